import { LOG_LEVELS } from '../model/log-level.ts'

/** The fields that a level is looked for in, and how deep in JSON; 0: any depth. */
export interface LevelFields {
  readonly names: readonly string[]
  readonly jsonDepth: number
}

/** Finds the level that the text of a line names. */
export type LevelFinder = (bytes: Uint8Array, start: number, end: number) => string

const SPACE = 0x20
const QUOTE = 0x22
const COMMA = 0x2c
const COLON = 0x3a
const EQUALS = 0x3d
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const UNKNOWN = 'unknown'
/** Objects deeper than this are passed over, however deep a configuration says. */
const MOST_DEPTH = 32

interface Word {
  readonly bytes: Uint8Array
  readonly level: string
}

const WORDS: readonly Word[] = Array.from(LOG_LEVELS, ([word, level]) => ({
  bytes: Buffer.from(word),
  level,
}))
/** Those that count where they stand in a text, by their first letter. */
const STANDING: readonly (readonly Word[] | undefined)[] = byFirstLetter(
  WORDS.filter(({ bytes }) =>
    ['trace', 'debug', 'fatal', 'critical', 'error', 'err', 'warning', 'warn', 'info'].includes(
      Buffer.from(bytes).toString(),
    ),
  ),
)
const BEFORE_WORD = signs(' \t\n[({"\'=|')
const BEHIND_WORD = signs(' \t\n[](){}:,!"\'=|')

/**
 * How Loki finds the level of a line by its text (pkg/distributor/field_detection.go): in JSON the first of some fields that holds a text, in
 * `key=value` pairs the first in the order of the list; where these say nothing, the first word that is a level; else `unknown`.
 */
export function createLevelFinder({ names, jsonDepth }: LevelFields): LevelFinder {
  const fields = names.map((name): Uint8Array => Buffer.from(name))
  const depth = jsonDepth <= 0 ? MOST_DEPTH : Math.min(MOST_DEPTH, jsonDepth)
  return (bytes, start, end) => {
    const value = new Range()
    if (isJson(bytes, start, end)) {
      const json = new JsonScan(bytes, end, fields, value)
      json.at = bytes.indexOf(OPEN_BRACE, start)
      json.object(depth)
    } else if (holds(bytes, start, end, EQUALS)) {
      findInPairs(bytes, start, end, fields, value)
    } else return firstWord(bytes, start, end)
    return levelAt(bytes, value.start, value.end) ?? firstWord(bytes, start, end)
  }
}

class Range {
  start = 0
  end = 0
}

function isJson(bytes: Uint8Array, start: number, end: number): boolean {
  let first = start
  while (first < end && isBlank(bytes[first] as number)) first++
  if (bytes[first] !== OPEN_BRACE || first === end) return false
  let last = end - 1
  while (last > first && isBlank(bytes[last] as number)) last--
  return bytes[last] === CLOSE_BRACE
}

function isBlank(byte: number): boolean {
  return byte === SPACE || (byte >= 0x09 && byte <= 0x0d)
}

function holds(bytes: Uint8Array, start: number, end: number, wanted: number): boolean {
  for (let i = start; i < end; i++) if (bytes[i] === wanted) return true
  return false
}

/** Goes through objects in the order of their text, until a field holds a text or something is no JSON. */
class JsonScan {
  at = 0
  readonly #bytes: Uint8Array
  readonly #end: number
  readonly #fields: readonly Uint8Array[]
  readonly #value: Range

  constructor(bytes: Uint8Array, end: number, fields: readonly Uint8Array[], value: Range) {
    this.#bytes = bytes
    this.#end = end
    this.#fields = fields
    this.#value = value
  }

  /** Reads the object that begins at `at`; false when nothing is to be read any more. */
  object(depth: number): boolean {
    this.at++
    for (;;) {
      if (this.#sign() === CLOSE_BRACE) {
        this.at++
        return true
      }
      const keyStart = this.at + 1
      if (!this.#text()) return false
      const keyEnd = this.at - 1
      if (this.#sign() !== COLON) return false
      this.at++
      if (!this.#valueOf(keyStart, keyEnd, depth)) return false
      const sign = this.#sign()
      if (sign !== COMMA && sign !== CLOSE_BRACE) return false
      if (sign === COMMA) this.at++
    }
  }

  #valueOf(keyStart: number, keyEnd: number, depth: number): boolean {
    const first = this.#sign()
    if (first === QUOTE) {
      const start = this.at + 1
      if (!this.#text()) return false
      if (!this.#fields.some((field) => isSame(this.#bytes, keyStart, keyEnd, field))) return true
      this.#value.start = start
      this.#value.end = this.at - 1
      return false
    }
    if (first === OPEN_BRACE && depth > 1) return this.object(depth - 1)
    if (first === OPEN_BRACE || first === OPEN_BRACKET) return this.#block()
    const bytes = this.#bytes
    while (this.at < this.#end && !ENDS_SCALAR.has(bytes[this.at] as number)) this.at++
    return this.at < this.#end
  }

  /** The next byte that is no blank, -1 at the end. */
  #sign(): number {
    while (this.at < this.#end && isBlank(this.#bytes[this.at] as number)) this.at++
    return this.at < this.#end ? (this.#bytes[this.at] as number) : -1
  }

  /** Steps over a text. */
  #text(): boolean {
    const bytes = this.#bytes
    if (bytes[this.at] !== QUOTE) return false
    for (this.at++; this.at < this.#end; this.at++) {
      const byte = bytes[this.at]
      if (byte === BACKSLASH) this.at++
      else if (byte === QUOTE) {
        this.at++
        return true
      }
    }
    return false
  }

  /** Steps over an array, or an object that is too deep. */
  #block(): boolean {
    let open = 0
    while (this.at < this.#end) {
      const byte = this.#bytes[this.at]
      if (byte === QUOTE) {
        if (!this.#text()) return false
        continue
      }
      this.at++
      if (byte === OPEN_BRACE || byte === OPEN_BRACKET) open++
      else if ((byte === CLOSE_BRACE || byte === CLOSE_BRACKET) && --open === 0) return true
    }
    return false
  }
}

const ENDS_SCALAR = new Set([COMMA, CLOSE_BRACE, CLOSE_BRACKET, SPACE, 0x09, 0x0a, 0x0d])

/** Reads pairs as go-logfmt does, until something is none, and sets `value` to that of the field that comes first in the list. */
function findInPairs(
  bytes: Uint8Array,
  start: number,
  end: number,
  fields: readonly Uint8Array[],
  value: Range,
): void {
  let best = fields.length
  let at = start
  for (;;) {
    while (at < end && (bytes[at] as number) <= SPACE) at++
    const keyStart = at
    while (at < end && isPlain(bytes[at] as number)) at++
    const keyEnd = at
    let valueStart = at
    let valueEnd = at
    if (bytes[at] === EQUALS && at < end) {
      if (keyEnd === keyStart) return
      const isQuoted = at + 1 < end && bytes[at + 1] === QUOTE
      valueStart = isQuoted ? at + 2 : at + 1
      valueEnd = isQuoted ? endOfText(bytes, valueStart, end) : endOfPlain(bytes, valueStart, end)
      if (valueEnd < 0) return
      at = isQuoted ? valueEnd + 1 : valueEnd
    } else if (keyEnd === keyStart || (at < end && bytes[at] === QUOTE)) return
    for (let i = 0; i < best; i++) {
      if (!isFolded(bytes, keyStart, keyEnd, fields[i] as Uint8Array)) continue
      best = i
      value.start = valueStart
      value.end = valueEnd
    }
    if (best === 0) return
  }
}

function isPlain(byte: number): boolean {
  return byte > SPACE && byte !== EQUALS && byte !== QUOTE
}

/** Where a value without quotes ends; -1 when a sign is in it that may not be. */
function endOfPlain(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && isPlain(bytes[at] as number)) at++
  return at === end || (bytes[at] as number) <= SPACE ? at : -1
}

/** The closing quote; -1 when there is none. */
function endOfText(bytes: Uint8Array, start: number, end: number): number {
  for (let at = start; at < end; at++) {
    if (bytes[at] === BACKSLASH) at++
    else if (bytes[at] === QUOTE) return at
  }
  return -1
}

function levelAt(bytes: Uint8Array, start: number, end: number): string | undefined {
  if (start === end) return undefined
  return WORDS.find((word) => isFolded(bytes, start, end, word.bytes))?.level
}

/** The first word that stands by itself and is a level. */
function firstWord(bytes: Uint8Array, start: number, end: number): string {
  let isBegin = true
  for (let i = start; i < end; i++) {
    const byte = bytes[i] as number
    if (isBegin) {
      const words = STANDING[byte]
      if (words !== undefined) {
        for (const word of words) {
          const stop = i + word.bytes.length
          if (stop > end || !isFolded(bytes, i, stop, word.bytes)) continue
          if (stop === end || BEHIND_WORD[bytes[stop] as number] === 1) return word.level
        }
      }
    }
    isBegin = BEFORE_WORD[byte] === 1
  }
  return UNKNOWN
}

function isSame(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) if (bytes[start + i] !== wanted[i]) return false
  return true
}

/** The same, with ASCII letters in either case. */
function isFolded(bytes: Uint8Array, start: number, end: number, wanted: Uint8Array): boolean {
  if (end - start !== wanted.length) return false
  for (let i = 0; i < wanted.length; i++) {
    if (lower(bytes[start + i] as number) !== lower(wanted[i] as number)) return false
  }
  return true
}

function lower(byte: number): number {
  return byte >= 0x41 && byte <= 0x5a ? byte | 0x20 : byte
}

function signs(text: string): Uint8Array {
  const table = new Uint8Array(256)
  for (const sign of Buffer.from(text)) table[sign] = 1
  return table
}

function byFirstLetter(words: readonly Word[]): (readonly Word[] | undefined)[] {
  const table = new Array<Word[] | undefined>(256).fill(undefined)
  for (const word of words) {
    const first = word.bytes[0] as number
    for (const letter of [first, first & ~0x20]) (table[letter] ??= []).push(word)
  }
  return table
}
