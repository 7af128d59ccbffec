import { TextDecoder } from 'node:util'

/** How lines end and texts are decoded in a file. */
export interface TextForm {
  /** Undefined: UTF-8, where what is invalid becomes U+FFFD. */
  readonly decoder: TextDecoder | undefined
  /** Bytes of a line break: 1, or 2 in UTF-16. */
  readonly width: 1 | 2
  /** Where the byte 0x0A is in a line break of two. */
  readonly low: 0 | 1
}

export const UTF8: TextForm = { decoder: undefined, width: 1, low: 0 }

/** The form of an encoding by its name; undefined for one that is not known. */
export function textFormOf(encoding: string): TextForm | undefined {
  let decoder: TextDecoder
  try {
    decoder = new TextDecoder(encoding, { ignoreBOM: false })
  } catch {
    return undefined
  }
  const name = decoder.encoding
  if (name === 'utf-8') return UTF8
  if (name === 'utf-16le') return { decoder, width: 2, low: 0 }
  if (name === 'utf-16be') return { decoder, width: 2, low: 1 }
  return { decoder, width: 1, low: 0 }
}

const NEWLINE = 0x0a
const RETURN = 0x0d

/** Where the line that begins at `from` ends, at its line break; -1 when it does not end before `end`. */
export function findBreak(bytes: Buffer, from: number, end: number, form: TextForm): number {
  if (form.width === 1) {
    const at = bytes.indexOf(NEWLINE, from)
    return at >= end ? -1 : at
  }
  let at = from
  for (;;) {
    at = bytes.indexOf(NEWLINE, at)
    if (at < 0 || at >= end) return -1
    const start = at - form.low
    const other = start + 1 - form.low
    const isAligned = start >= from && (start - from) % 2 === 0
    if (isAligned && other < end && bytes[other] === 0) return start
    at++
  }
}

/** Where the last whole line ends, behind its break; `from` when none does. */
export function endOfLines(bytes: Buffer, from: number, end: number, form: TextForm): number {
  if (form.width === 1) {
    const at = end <= from ? -1 : bytes.lastIndexOf(NEWLINE, end - 1)
    return at < from ? from : at + 1
  }
  let at = from
  for (;;) {
    const next = findBreak(bytes, at, end, form)
    if (next < 0) return at
    at = next + 2
  }
}

/** The end of a line without the carriage return of Windows: `end` is that of its text. */
export function withoutReturn(
  bytes: Uint8Array,
  start: number,
  end: number,
  form: TextForm,
): number {
  const at = end - form.width
  return at >= start &&
    bytes[at + form.low] === RETURN &&
    (form.width === 1 || bytes[at + 1 - form.low] === 0)
    ? at
    : end
}

export function decodeLine(bytes: Buffer, start: number, end: number, form: TextForm): string {
  if (form.decoder === undefined) return bytes.toString('utf8', start, end)
  return form.decoder.decode(bytes.subarray(start, end))
}
