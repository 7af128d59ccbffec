/** A bracket that is open at the end of a text. */
export interface OpenBracket {
  readonly bracket: '(' | '{' | '['
  /** The word in front of it. */
  readonly word: string
  readonly at: number
}

interface Scanned {
  /** From the outside to the inside. */
  readonly open: OpenBracket[]
  /** Where the string begins that is open, or -1. */
  readonly quoteAt: number
  readonly isComment: boolean
}

/** Which brackets are open at the end of a text, and whether it ends within a string or a comment. */
export function scanBrackets(text: string): Scanned {
  const open: OpenBracket[] = []
  for (let i = 0; i < text.length; i++) {
    const char = text[i] ?? ''
    if (char === '#') {
      const end = text.indexOf('\n', i)
      if (end < 0) return { open, quoteAt: -1, isComment: true }
      i = end
    } else if (char === '"' || char === "'" || char === '`') {
      const end = endOfString(text, i)
      if (end < 0) return { open, quoteAt: i, isComment: false }
      i = end
    } else if (char === '(' || char === '{' || char === '[') {
      const word = /([a-zA-Z_:][\w:]*)\s*$/.exec(text.slice(0, i))?.[1] ?? ''
      open.push({ bracket: char, word, at: i })
    } else if (char === ')' || char === '}' || char === ']') open.pop()
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
