import { TokenCursor } from '../token-cursor.ts'
import { describeToken, Lexer, type Token, type TokenKind } from './lex.ts'

/** The tokens of a LogQL query. */
export class Cursor extends TokenCursor<TokenKind, Token> {
  readonly query: string

  constructor(query: string) {
    super(new Lexer(query))
    this.query = query
  }

  protected override describe(token: Token): string {
    return describeToken(token)
  }

  protected override nameOf(kind: TokenKind): string {
    return kind.toUpperCase()
  }

  override isAt(...words: readonly string[]): boolean {
    const { word } = this.peek()
    return word !== '' && words.includes(word)
  }
}
