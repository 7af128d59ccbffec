/**
 * A reader of JSON that finds values by their places in the text and builds no objects. It is as lenient as the library that Loki
 * uses (buger/jsonparser) and has its words for what is wrong.
 */
export class JsonFault extends Error {
  override readonly name = 'JsonFault'
}

const BAD_JSON = 'Malformed JSON error'
const BAD_OBJECT = "Value looks like object, but can't find closing '}' symbol"
const BAD_ARRAY = "Value is array, but can't find closing ']' symbol"
const BAD_STRING = "Value is string, but can't find closing '\"' symbol"
const BAD_ESCAPE = 'Encountered an invalid escape sequence in a string'
const UNKNOWN = 'Unknown value type'

const QUOTE = 0x22
const BACKSLASH = 0x5c
const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const COLON = 0x3a

export type JsonKind = 'string' | 'number' | 'boolean' | 'null' | 'object' | 'array'

/** Where a value stands in a text; of a string, what is between its quotes. */
export interface JsonValue {
  readonly kind: JsonKind
  readonly start: number
  readonly end: number
  /** Where the text goes on behind it. */
  readonly after: number
}

/** Called for each entry of an object, with the raw key. `false` ends the reading. */
export type OnEntry = (key: string, value: JsonValue) => boolean

/** Goes past blanks; -1 at the end. */
function skipBlank(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code !== 0x20 && code !== 0x0a && code !== 0x09 && code !== 0x0d) return at
  }
  return -1
}

/** Where the string ends whose first character is at `from`: the place of its closing quote, or -1. */
function findQuote(text: string, from: number, end: number): number {
  for (let at = text.indexOf('"', from); at >= 0 && at < end; at = text.indexOf('"', at + 1)) {
    let before = at - 1
    while (before >= from && text.charCodeAt(before) === BACKSLASH) before--
    // An even number of backslashes escape each other, and not the quote.
    if ((at - before) % 2 === 1) return at
  }
  return -1
}

/** Where the block ends that opens at `from`: behind its closing mark, or -1. */
function findBlockEnd(
  text: string,
  from: number,
  end: number,
  open: number,
  close: number,
): number {
  let level = 0
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    if (code === QUOTE) {
      const quote = findQuote(text, at + 1, end)
      if (quote < 0) return -1
      at = quote
    } else if (code === open) level++
    else if (code === close && --level === 0) return at + 1
  }
  return -1
}

/** The value that stands at or behind `from`. Throws `JsonFault`. */
export function readValue(text: string, from: number, end: number): JsonValue {
  const start = skipBlank(text, from, end)
  if (start < 0) throw new JsonFault(BAD_JSON)
  const code = text.charCodeAt(start)
  if (code === QUOTE) {
    const quote = findQuote(text, start + 1, end)
    if (quote < 0) throw new JsonFault(BAD_STRING)
    return { kind: 'string', start: start + 1, end: quote, after: quote + 1 }
  }
  if (code === OPEN_BRACE || code === OPEN_BRACKET) {
    const isObject = code === OPEN_BRACE
    const close = isObject ? CLOSE_BRACE : CLOSE_BRACKET
    const after = findBlockEnd(text, start, end, code, close)
    if (after < 0) throw new JsonFault(isObject ? BAD_OBJECT : BAD_ARRAY)
    return { kind: isObject ? 'object' : 'array', start, end: after, after }
  }
  const after = findTokenEnd(text, start, end)
  return { kind: kindOfToken(text.slice(start, after)), start, end: after, after }
}

function findTokenEnd(text: string, from: number, end: number): number {
  for (let at = from; at < end; at++) {
    const code = text.charCodeAt(at)
    const isBlank = code === 0x20 || code === 0x0a || code === 0x0d || code === 0x09
    if (isBlank || code === COMMA || code === CLOSE_BRACE || code === CLOSE_BRACKET) return at
  }
  return end
}

function kindOfToken(token: string): JsonKind {
  if (token === 'true' || token === 'false') return 'boolean'
  if (token === 'null') return 'null'
  if (/^[-0-9]/.test(token)) return 'number'
  throw new JsonFault(UNKNOWN)
}

/**
 * Reads the object at `from`, entry by entry, and ignores what follows it. Returns false when the reader ended it. Throws
 * `JsonFault` where the text is no object; the entries before that have been told.
 */
export function readObject(text: string, from: number, end: number, onEntry: OnEntry): boolean {
  let at = skipBlank(text, from, end)
  if (at < 0 || text.charCodeAt(at) !== OPEN_BRACE) throw new JsonFault(BAD_OBJECT)
  at = skipBlank(text, at + 1, end)
  if (at < 0) throw new JsonFault(BAD_JSON)
  for (;;) {
    const code = text.charCodeAt(at)
    if (code === CLOSE_BRACE) return true
    if (code !== QUOTE) throw new JsonFault(BAD_OBJECT)
    const quote = findQuote(text, at + 1, end)
    if (quote < 0) throw new JsonFault(BAD_JSON)
    const key = unescapeJson(text.slice(at + 1, quote))
    if (key === undefined) throw new JsonFault(BAD_ESCAPE)
    at = skipBlank(text, quote + 1, end)
    if (at < 0 || text.charCodeAt(at) !== COLON) throw new JsonFault(BAD_JSON)
    const value = readValue(text, at + 1, end)
    if (!onEntry(key, value)) return false
    at = skipBlank(text, value.after, end)
    if (at < 0) throw new JsonFault(BAD_ARRAY)
    const next = text.charCodeAt(at)
    if (next === CLOSE_BRACE) return true
    if (next !== COMMA) throw new JsonFault(BAD_OBJECT)
    at = skipBlank(text, at + 1, end)
    if (at < 0) throw new JsonFault(BAD_ARRAY)
  }
}

/** The item of the array at `from` with this index; undefined when there are fewer. Throws `JsonFault`. */
export function findItem(
  text: string,
  from: number,
  end: number,
  index: number,
): JsonValue | undefined {
  let at = from + 1
  for (let i = 0; ; i++) {
    const start = skipBlank(text, at, end)
    if (start < 0 || text.charCodeAt(start) === CLOSE_BRACKET) return undefined
    const value = readValue(text, start, end)
    if (i === index) return value
    const next = skipBlank(text, value.after, end)
    if (next < 0 || text.charCodeAt(next) !== COMMA) return undefined
    at = next + 1
  }
}

const SIMPLE: Readonly<Record<string, string>> = {
  '"': '"',
  '\\': '\\',
  '/': '/',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
}

/** What the inside of a JSON string says; undefined where an escape is none. */
export function unescapeJson(raw: string): string | undefined {
  let at = raw.indexOf('\\')
  if (at < 0) return raw
  let out = ''
  let last = 0
  while (at >= 0) {
    out += raw.slice(last, at)
    const kind = raw.charAt(at + 1)
    if (kind === 'u') {
      const found = /^\\u([0-9a-fA-F]{4})(?:\\u([dD][c-fC-F][0-9a-fA-F]{2}))?/.exec(
        raw.slice(at, at + 12),
      )
      if (!found) return undefined
      const unit = Number.parseInt(found[1] ?? '', 16)
      const isHigh = unit >= 0xd800 && unit < 0xdc00
      if ((unit >= 0xdc00 && unit < 0xe000) || (isHigh && found[2] === undefined)) return undefined
      out += isHigh
        ? String.fromCharCode(unit, Number.parseInt(found[2] ?? '', 16))
        : String.fromCharCode(unit)
      last = at + (isHigh ? 12 : 6)
    } else {
      const simple = SIMPLE[kind]
      if (simple === undefined) return undefined
      out += simple
      last = at + 2
    }
    at = raw.indexOf('\\', last)
  }
  return out + raw.slice(last)
}

/** The text of a value as a label has it: strings without their escapes, everything else as written. */
export function textOfValue(text: string, { kind, start, end }: JsonValue): string {
  if (kind === 'null') return ''
  const raw = text.slice(start, end)
  if (kind !== 'string') return raw
  return (unescapeJson(raw) ?? '').replaceAll('\ufffd', ' ')
}
