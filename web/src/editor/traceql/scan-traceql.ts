/** A bracket that is open at the end of a text. */
export interface OpenBracket {
  readonly bracket: '(' | '{'
  /** The word in front of it: `by`, `select`, `rate`; empty for a bracket that only groups. */
  readonly word: string
  readonly at: number
}

interface Scanned {
  /** From the outside to the inside. */
  readonly open: readonly OpenBracket[]
  /** Where the string begins that is open, or -1. */
  readonly quoteAt: number
  readonly isComment: boolean
}

const TOKEN = /\/\/[^\n]*(?:\n|(?<open>$))|\/\*[^]*?(?:\*\/|(?<openBlock>$))|["`(){}]/g

/** Which brackets of a TraceQL query are open at the end of a text, and whether it ends within a string or a comment. */
export function scanTraceql(text: string): Scanned {
  const open: OpenBracket[] = []
  TOKEN.lastIndex = 0
  for (let found = TOKEN.exec(text); found; found = TOKEN.exec(text)) {
    const [token] = found
    const at = found.index
    if (found.groups?.['open'] !== undefined || found.groups?.['openBlock'] !== undefined)
      return { open, quoteAt: -1, isComment: true }
    if (token === '"' || token === '`') {
      const end = endOfString(text, at)
      if (end < 0) return { open, quoteAt: at, isComment: false }
      TOKEN.lastIndex = end + 1
    } else if (token === '(' || token === '{') {
      const word = /(\w+)\s*$/.exec(text.slice(0, at))?.[1] ?? ''
      open.push({ bracket: token, word: token === '(' ? word : '', at })
    } else if (token === ')' || token === '}') open.pop()
  }
  return { open, quoteAt: -1, isComment: false }
}

/** The index of the closing quote, or -1. */
function endOfString(text: string, start: number): number {
  const quote = text[start]
  for (let i = start + 1; i < text.length; i++) {
    if (text[i] === '\\' && quote !== '`') i += 1
    else if (text[i] === quote) return i
  }
  return -1
}
