export const TAB = 0x09
export const NEWLINE = 0x0a
export const SPACE = 0x20
export const QUOTE = 0x22
export const HASH = 0x23
export const COMMA = 0x2c
export const EQUAL = 0x3d
export const BACKSLASH = 0x5c
export const BRACE_OPEN = 0x7b
export const BRACE_CLOSE = 0x7d

const LABEL_START = 1
const LABEL_REST = 2
const METRIC_START = 4
const METRIC_REST = 8

/** `[a-zA-Z_][a-zA-Z0-9_]*` and `[a-zA-Z_:][a-zA-Z0-9_:]*` as bits of each byte. */
const CLASSES = new Uint8Array(256)
for (let byte = 0; byte < 256; byte++) {
  const char = String.fromCharCode(byte)
  const isLetter = /[a-zA-Z_]/.test(char)
  const isDigit = /[0-9]/.test(char)
  CLASSES[byte] =
    (isLetter ? LABEL_START | LABEL_REST | METRIC_START | METRIC_REST : 0) |
    (isDigit ? LABEL_REST | METRIC_REST : 0) |
    (char === ':' ? METRIC_START | METRIC_REST : 0)
}

/** Where the label name that begins at `at` ends; `at` itself when none does. */
export function endOfLabelName(bytes: Uint8Array, at: number, end: number): number {
  return endOfName(bytes, at, end, LABEL_START, LABEL_REST)
}

/** Where the metric name that begins at `at` ends; `at` itself when none does. */
export function endOfMetricName(bytes: Uint8Array, at: number, end: number): number {
  return endOfName(bytes, at, end, METRIC_START, METRIC_REST)
}

function endOfName(
  bytes: Uint8Array,
  at: number,
  end: number,
  first: number,
  rest: number,
): number {
  if (at >= end || ((CLASSES[bytes[at] as number] as number) & first) === 0) return at
  let i = at + 1
  while (i < end && ((CLASSES[bytes[i] as number] as number) & rest) !== 0) i++
  return i
}

/** The first byte from `at` on that is neither a space nor a tab. */
export function skipBlanks(bytes: Uint8Array, at: number, end: number): number {
  let i = at
  while (i < end && (bytes[i] === SPACE || bytes[i] === TAB)) i++
  return i
}
