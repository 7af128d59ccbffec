import { decodeUtf8 } from '../text-codec.ts'
import {
  readPriority,
  type StructuredElement,
  type SyslogFault,
  type SyslogMessage,
} from './message.ts'

const SPACE = 0x20
const QUOTE = 0x22
const BACKSLASH = 0x5c
const CLOSE = 0x5d
const OPEN = 0x5b
const NIL = '-'
/** Of RFC 5424, section 6; longer names are taken, so long as they are not absurd. */
const MOST_HEADER_BYTES = 1024
const MOST_ELEMENTS = 100

const TIME = /^(\d{4})-(\d\d)-(\d\d)T(\d\d):(\d\d):(\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d)$/i

/**
 * Parses `bytes[start..end)` as RFC 5424 has it: `<PRI>1 TIME HOST APP PROCID MSGID SD MSG`. A byte order mark before the message
 * is left away.
 */
export function parseRfc5424(
  bytes: Uint8Array,
  start: number,
  end: number,
): SyslogMessage | SyslogFault {
  const priority = readPriority(bytes, start, end)
  if (priority === undefined) return { fault: 'expecting a priority value within angle brackets' }
  const header = new HeaderReader(bytes, priority.at, end)
  const version = header.word()
  if (!/^[1-9]\d{0,2}$/.test(version)) return { fault: 'expecting a version value' }
  const time = header.word()
  const timestampNs = time === NIL ? undefined : parseTime(time)
  if (time !== NIL && timestampNs === undefined) {
    return { fault: 'expecting a RFC3339 timestamp or a nil value' }
  }
  const hostname = header.text()
  const appName = header.text()
  const procId = header.text()
  const msgId = header.text()
  if (header.isCut) return { fault: 'the header ends early' }
  const data = readStructuredData(bytes, header.at, end)
  if (data === undefined) return { fault: 'the structured data is malformed' }
  const { priority: both } = priority
  return {
    facility: both >> 3,
    severity: both & 7,
    timestampNs,
    hostname,
    appName,
    procId,
    msgId,
    structuredData: data.elements,
    start: skipMark(bytes, Math.min(end, data.at + 1), end),
    end,
  }
}

/** Whether this is RFC 5424 and not RFC 3164, as far as can be told: a version stands behind the priority. */
export function looksLikeRfc5424(bytes: Uint8Array, start: number, end: number): boolean {
  const at = readPriority(bytes, start, end)?.at
  if (at === undefined) return false
  const first = bytes[at] ?? 0
  return first >= 0x31 && first <= 0x39 && bytes[at + 1] === SPACE
}

/** Walks words that a space ends each. */
class HeaderReader {
  readonly #bytes: Uint8Array
  readonly #end: number
  at: number
  /** A word was the last of the message, or longer than any is. */
  isCut = false

  constructor(bytes: Uint8Array, at: number, end: number) {
    this.#bytes = bytes
    this.at = at
    this.#end = end
  }

  word(): string {
    const bytes = this.#bytes
    const start = this.at
    const most = Math.min(this.#end, start + MOST_HEADER_BYTES)
    let to = start
    while (to < most && bytes[to] !== SPACE) to++
    if (to >= most || to === start) this.isCut = true
    this.at = Math.min(this.#end, to + 1)
    return decodeUtf8(bytes, start, to)
  }

  /** A word; `-` is none. */
  text(): string {
    const word = this.word()
    return word === NIL ? '' : word
  }
}

function parseTime(text: string): bigint | undefined {
  const found = TIME.exec(text)
  if (found === null) return undefined
  const timestampMs = Date.parse(text.toUpperCase().replace(/\.\d+/, ''))
  if (Number.isNaN(timestampMs)) return undefined
  return BigInt(timestampMs) * 1_000_000n + BigInt((found[7] ?? '').padEnd(9, '0'))
}

/** `-`, or elements such as `[id name="value"]` without anything between them. `at` is where the last one ends. */
function readStructuredData(
  bytes: Uint8Array,
  start: number,
  end: number,
): { readonly elements: readonly StructuredElement[]; readonly at: number } | undefined {
  if (bytes[start] === 0x2d) return { elements: [], at: start + 1 }
  const elements: StructuredElement[] = []
  let at = start
  while (at < end && bytes[at] === OPEN) {
    const element = readElement(bytes, at + 1, end)
    if (element === undefined || elements.length >= MOST_ELEMENTS) return undefined
    elements.push(element)
    at = element.at
  }
  return elements.length === 0 ? undefined : { elements, at }
}

function readElement(
  bytes: Uint8Array,
  start: number,
  end: number,
): (StructuredElement & { readonly at: number }) | undefined {
  let at = nameEnd(bytes, start, end)
  const id = decodeUtf8(bytes, start, at)
  const params: [string, string][] = []
  while (at < end && bytes[at] === SPACE) {
    const nameStart = at + 1
    const nameTo = nameEnd(bytes, nameStart, end)
    if (bytes[nameTo] !== 0x3d || bytes[nameTo + 1] !== QUOTE) return undefined
    const valueStart = nameTo + 2
    const valueTo = valueEnd(bytes, valueStart, end)
    if (valueTo >= end) return undefined
    const value = decodeUtf8(bytes, valueStart, valueTo).replace(/\\(["\\\]])/g, '$1')
    params.push([decodeUtf8(bytes, nameStart, nameTo), value])
    at = valueTo + 1
  }
  return at < end && bytes[at] === CLOSE && id !== '' ? { id, params, at: at + 1 } : undefined
}

function nameEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end) {
    const byte = bytes[at] as number
    if (byte <= SPACE || byte === QUOTE || byte === 0x3d || byte === CLOSE || byte >= 0x7f) break
    at++
  }
  return at
}

/** Where the quote stands that ends a value. */
function valueEnd(bytes: Uint8Array, start: number, end: number): number {
  let at = start
  while (at < end && bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1
  return at
}

function skipMark(bytes: Uint8Array, start: number, end: number): number {
  const hasMark =
    end - start >= 3 &&
    bytes[start] === 0xef &&
    bytes[start + 1] === 0xbb &&
    bytes[start + 2] === 0xbf
  return hasMark ? start + 3 : start
}
