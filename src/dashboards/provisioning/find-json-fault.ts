const TOKEN =
  /\s*(?:(?<mark>[{}[\],:])|(?<text>"(?:[^"\\\p{Cc}]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*")|(?<plain>-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?|true|false|null))/uy

/** What may come next. */
type Wanted = 'value' | 'value or end' | 'key' | 'key or end' | 'colon' | 'comma or end' | 'nothing'

/**
 * Where a text stops being JSON, as an offset; its length where something is missing at the end. The parser of the language tells
 * only for some faults.
 */
export function findJsonFault(text: string): number {
  const open: ('{' | '[')[] = []
  let wanted: Wanted = 'value'
  let at = 0
  for (;;) {
    TOKEN.lastIndex = at
    const groups = TOKEN.exec(text)?.groups
    const start = at + (/^\s*/.exec(text.slice(at, at + 10_000))?.[0].length ?? 0)
    if (groups === undefined) return start
    const token = groups['mark'] ?? (groups['text'] === undefined ? 'plain' : 'text')
    const next = follow(token, wanted, open)
    if (next === undefined) return start
    wanted = next
    at = TOKEN.lastIndex
  }
}

/** What may come behind a token; undefined when it must not be there. */
function follow(token: string, wanted: Wanted, open: ('{' | '[')[]): Wanted | undefined {
  const isValue = wanted === 'value' || wanted === 'value or end'
  const isKey = wanted === 'key' || wanted === 'key or end'
  const closed = (): Wanted => (open.length === 0 ? 'nothing' : 'comma or end')
  switch (token) {
    case '{':
    case '[':
      if (!isValue) return undefined
      open.push(token)
      return token === '{' ? 'key or end' : 'value or end'
    case '}':
    case ']': {
      const isEnd =
        wanted === 'comma or end' || wanted === (token === '}' ? 'key or end' : 'value or end')
      if (!isEnd || open.pop() !== (token === '}' ? '{' : '[')) return undefined
      return closed()
    }
    case ',':
      if (wanted !== 'comma or end') return undefined
      return open.at(-1) === '{' ? 'key' : 'value'
    case ':':
      return wanted === 'colon' ? 'value' : undefined
    case 'text':
      if (isKey) return 'colon'
      return isValue ? closed() : undefined
    default:
      return isValue ? closed() : undefined
  }
}
