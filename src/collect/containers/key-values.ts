/** The number that begins at `at`: digits only, NaN when there is none there. Exact up to 2^53. */
export function numberAt(text: string, at: number): number {
  let value = 0
  let end = at
  for (;;) {
    const digit = text.charCodeAt(end) - 48
    if (!(digit >= 0 && digit <= 9)) break
    value = value * 10 + digit
    end++
  }
  return end === at ? Number.NaN : value
}

/** A file that holds one number; `max` is Infinity, and what is no number NaN. */
export function readNumber(text: string | undefined): number {
  if (text === undefined) return Number.NaN
  if (text.startsWith('max')) return Number.POSITIVE_INFINITY
  return numberAt(text, 0)
}

/** Calls `found` for each line `key number` of a file such as memory.stat. */
export function eachKeyValue(
  text: string | undefined,
  found: (key: string, value: number) => void,
): void {
  if (text === undefined) return
  for (let at = 0; at < text.length;) {
    const end = lineEnd(text, at)
    const space = text.indexOf(' ', at)
    if (space > at && space < end) {
      const value = numberAt(text, space + 1)
      if (!Number.isNaN(value)) found(text.slice(at, space), value)
    }
    at = end + 1
  }
}

/** The number behind `key=` within a stretch of a text, e.g. of a line of io.stat; NaN when it is not there. */
export function valueOf(text: string, key: string, from: number, to: number): number {
  const at = text.indexOf(key, from)
  return at < 0 || at >= to ? Number.NaN : numberAt(text, at + key.length)
}

export function lineEnd(text: string, at: number): number {
  const end = text.indexOf('\n', at)
  return end < 0 ? text.length : end
}
