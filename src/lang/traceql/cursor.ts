import { TokenCursor } from '../token-cursor.ts'
import { describeToken, Lexer, type Token, type TokenKind } from './lex.ts'

/** The tokens of a TraceQL query. */
export class Cursor extends TokenCursor<TokenKind, Token> {
  constructor(query: string) {
    super(new Lexer(query))
  }

  protected override describe(token: Token): string {
    return describeToken(token)
  }

  protected override nameOf(kind: TokenKind): string {
    return kind === 'int' ? 'INTEGER' : kind.toUpperCase()
  }

  override isAt(...words: readonly string[]): boolean {
    const { kind, text } = this.peek()
    return (kind === 'symbol' || kind === 'word') && words.includes(text)
  }
}
