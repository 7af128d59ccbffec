import { quoteString, utf8Length } from '../../model/go-notation.ts'
import type { Token } from './lex.ts'

/** How a message names a token (Item.desc in promql/parser/lex.go). */
export function describeToken(token: Token): string {
  switch (token.kind) {
    case 'end':
      return 'end of input'
    case 'error':
      return token.text
    case 'identifier':
      return `identifier ${quoteString(token.text)}`
    case 'metric':
      return `metric identifier ${quoteString(token.text)}`
    case 'keyword':
      return `<${token.text}>`
    case 'operator':
      return `<op:${token.text}>`
    case 'aggregator':
      return `<aggr:${token.text}>`
    case 'number':
    case 'duration':
    case 'string':
      return `${token.kind} ${quoteShortened(token.text)}`
    case 'preprocessor':
    case 'punctuation':
      return quoteShortened(token.text)
    default:
      return token.kind satisfies never
  }
}

function quoteShortened(text: string): string {
  if (utf8Length(text) <= 10) return quoteString(text)
  return `${quoteString(Array.from(text).slice(0, 10).join(''))}...`
}
