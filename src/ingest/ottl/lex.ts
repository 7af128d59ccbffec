/** What is wrong with an expression, and where in its text, in UTF-16 units. */
export class OttlFault extends Error {
  override readonly name = 'OttlFault'
  readonly start: number

  constructor(message: string, start: number) {
    super(message)
    this.start = start
  }
}

export interface Token {
  readonly kind: 'name' | 'text' | 'number' | 'sign'
  /** Of a text what it stands for. */
  readonly text: string
  readonly start: number
}

/** Longer expressions are refused. */
const MAX_CHARACTERS = 20_000

const TOKEN =
  /\s+|([A-Za-z_][A-Za-z0-9_]*)|("(?:[^"\\]|\\.)*")|([0-9]+(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?)|(==|!=|<=|>=|[<>()[\].,+\-*/])/sy

/** The tokens of an expression. Throws `OttlFault`. */
export function lex(text: string): Token[] {
  if (text.length > MAX_CHARACTERS) {
    throw new OttlFault(`is longer than ${MAX_CHARACTERS} characters`, 0)
  }
  const tokens: Token[] = []
  for (let at = 0; at < text.length;) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null) {
      const shown = text[at] === '"' ? 'a text that does not end' : `unexpected ${text[at]}`
      throw new OttlFault(shown, at)
    }
    const [all, name, quoted, number, sign] = found
    if (name !== undefined) tokens.push({ kind: 'name', text: name, start: at })
    if (quoted !== undefined) tokens.push({ kind: 'text', text: unquote(quoted), start: at })
    if (number !== undefined) tokens.push({ kind: 'number', text: number, start: at })
    if (sign !== undefined) tokens.push({ kind: 'sign', text: sign, start: at })
    at += all.length
  }
  return tokens
}

const ESCAPES: Readonly<Record<string, string>> = {
  ...{ n: '\n', t: '\t', r: '\r', '"': '"', '\\': '\\' },
}

/** A backslash before any other letter stays: patterns such as `\d` are written with one or with two. */
function unquote(quoted: string): string {
  return quoted.slice(1, -1).replace(/\\(.)/gs, (all, letter: string) => ESCAPES[letter] ?? all)
}
