/** The parts of a line between runs of spaces, tabs and line ends (Go's strings.Fields for ASCII). */
export function splitFields(line: string): string[] {
  const out: string[] = []
  const length = line.length
  let at = 0
  while (at < length) {
    while (at < length && isSpace(line.charCodeAt(at))) at++
    const start = at
    while (at < length && !isSpace(line.charCodeAt(at))) at++
    if (at > start) out.push(line.slice(start, at))
  }
  return out
}

function isSpace(code: number): boolean {
  return code === 32 || (code >= 9 && code <= 13)
}

/** The lines of a text, without the empty one after the last line end. */
export function splitLines(text: string): string[] {
  const lines = text.split('\n')
  if (lines[lines.length - 1] === '') lines.pop()
  return lines
}

/** A whole number without sign, as strconv.ParseUint reads it; `what` says in the error where it stood. */
export function parseCount(text: string | undefined, what: string): number {
  if (text === undefined || !isDigits(text)) {
    throw new Error(`${what}: ${JSON.stringify(text ?? '')} is not a whole number`)
  }
  return Number(text)
}

export function isDigits(text: string): boolean {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    if (code < 48 || code > 57) return false
  }
  return text.length > 0
}

/** A decimal number, perhaps negative or with a fraction; undefined when the text is not one. */
export function toNumber(text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const first = text.charCodeAt(0)
  const starts = (first >= 48 && first <= 57) || first === 43 || first === 45 || first === 46
  if (!starts || text.charCodeAt(1) === 120) return undefined
  const value = Number(text)
  return Number.isNaN(value) || isSpace(text.charCodeAt(text.length - 1)) ? undefined : value
}

/** Like `toNumber`; throws an Error that says where the text stood. */
export function parseNumber(text: string | undefined, what: string): number {
  const value = toNumber(text)
  if (value === undefined) {
    throw new Error(`${what}: ${JSON.stringify(text ?? '')} is not a number`)
  }
  return value
}
