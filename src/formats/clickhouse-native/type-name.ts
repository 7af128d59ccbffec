import { Problem } from '../../model/problem.ts'

/** A ClickHouse type as a tree: `Map(String, UInt8)` is `{ name: 'Map', args: [String, UInt8] }`. */
export interface TypeTree {
  /** The type as it was written, without the name of a tuple's element. */
  readonly text: string
  readonly name: string
  readonly args: readonly TypeTree[]
}

/** Functions whose arguments are values, not types; they are kept as text in `text` only. */
const VALUE_ARGUMENTS = new Set([
  'DateTime64',
  'DateTime',
  'FixedString',
  'Enum8',
  'Enum16',
  'Decimal',
])
const MAX_DEPTH = 32

/** Reads the type of a column's header. Rejects unbalanced text with a `Problem` of code `internal`. */
export function parseTypeName(text: string, depth = 0): TypeTree {
  const open = text.indexOf('(')
  if (open === -1) return { text, name: text, args: [] }
  if (!text.endsWith(')') || depth > MAX_DEPTH) {
    throw new Problem('internal', `native: cannot read the column type ${JSON.stringify(text)}`)
  }
  const name = text.slice(0, open)
  if (VALUE_ARGUMENTS.has(name)) return { text, name, args: [] }
  const parts = splitArguments(text.slice(open + 1, -1))
  if (name === 'SimpleAggregateFunction') return parseTypeName(parts[1] ?? '', depth + 1)
  const args = parts.map((part) => {
    return parseTypeName(name === 'Tuple' ? withoutElementName(part) : part, depth + 1)
  })
  return { text, name, args }
}

function splitArguments(text: string): string[] {
  const parts: string[] = []
  let depth = 0
  let quote = ''
  let start = 0
  for (let i = 0; i < text.length; i++) {
    const char = text[i] as string
    if (quote !== '') {
      if (char === '\\') i++
      else if (char === quote) quote = ''
    } else if (char === "'" || char === '`') quote = char
    else if (char === '(') depth++
    else if (char === ')') depth--
    else if (char === ',' && depth === 0) {
      parts.push(text.slice(start, i).trim())
      start = i + 1
    }
  }
  parts.push(text.slice(start).trim())
  return parts
}

/** `a UInt8` and `` `a b` UInt8 `` are elements with a name; a type itself has no space before its first parenthesis. */
function withoutElementName(part: string): string {
  if (part.startsWith('`')) {
    const close = part.indexOf('` ', 1)
    return close === -1 ? part : part.slice(close + 2)
  }
  const space = part.indexOf(' ')
  const open = part.indexOf('(')
  return space !== -1 && (open === -1 || space < open) ? part.slice(space + 1) : part
}
