import { useMemo, type ReactNode } from 'react'
import { FUNCTION_DOCS } from '../../editor/promql/function-docs.ts'
import { Lexer, type TokenKind } from '../../../../src/lang/promql/lex.ts'
import styles from './promql-text.module.css'

/** The kinds that have a colour; the rest is plain. */
const COLOURS: Readonly<Partial<Record<TokenKind, string>>> = {
  keyword: 'keyword',
  operator: 'keyword',
  aggregator: 'function',
  preprocessor: 'function',
  string: 'string',
  number: 'number',
  duration: 'number',
}

/** An expression in the colours of the editor, without the editor's weight. */
export function PromqlText({ query }: { readonly query: string }) {
  const pieces = useMemo(() => colour(query), [query])
  return <code className={styles['code']}>{pieces}</code>
}

function colour(query: string): ReactNode[] {
  const lexer = new Lexer(query)
  const pieces: ReactNode[] = []
  let at = 0
  for (;;) {
    const token = lexer.next()
    if (token.start > at) pieces.push(query.slice(at, token.start))
    if (token.kind === 'end' || token.kind === 'error') {
      pieces.push(query.slice(Math.max(at, token.start)))
      return pieces
    }
    const isFunction = token.kind === 'identifier' && Object.hasOwn(FUNCTION_DOCS, token.text)
    const kind = isFunction ? 'function' : COLOURS[token.kind]
    const text = query.slice(token.start, token.end)
    pieces.push(
      kind === undefined ? (
        text
      ) : (
        <span key={token.start} data-kind={kind}>
          {text}
        </span>
      ),
    )
    at = token.end
  }
}
