/**
 * Where a character of a scalar's value stands in the document. YAML takes off quotes, escapes, indentation and line ends, so
 * the two texts are walked side by side: a run of white space of the value stands for one of the document.
 *
 * `source` is the scalar as it is written, `value` what it means, `at` an offset into `value` (its length means its end).
 * Returns an offset into `source`, exact for everything but unusual escapes, where it may be a few characters early.
 */
export function offsetInScalar(source: string, value: string, at: number): number {
  const first = source[0]
  const isBlock = first === '|' || first === '>'
  const quote = first === '"' || first === "'" ? first : ''
  let from = isBlock ? source.indexOf('\n') + 1 : quote.length
  if (isBlock && from === 0) return 0
  if (isBlock) from = skipSpace(source, from)
  let v = isBlock ? skipSpace(value, 0) : 0
  while (v < at && v < value.length && from < source.length) {
    if (isSpace(value, v) && isSpace(source, from)) {
      v = skipSpace(value, v)
      from = skipSpace(source, from)
    } else {
      from += widthOf(source, from, quote)
      v++
    }
  }
  return Math.min(from, source.length)
}

/** How many characters of the document make the next character of the value. */
function widthOf(source: string, at: number, quote: string): number {
  const char = source[at]
  if (quote === "'" && char === "'") return 2
  if (quote !== '"' || char !== '\\') return 1
  switch (source[at + 1]) {
    case 'x':
      return 4
    case 'u':
      return 6
    case 'U':
      return 10
    default:
      return 2
  }
}

function isSpace(text: string, at: number): boolean {
  const char = text[at]
  return char === ' ' || char === '\n' || char === '\t' || char === '\r'
}

function skipSpace(text: string, from: number): number {
  let at = from
  while (at < text.length && isSpace(text, at)) at++
  return at
}
