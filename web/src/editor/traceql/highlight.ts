import { StreamLanguage, type StringStream } from '@codemirror/language'
import { findIntrinsic } from '../../../../src/lang/traceql/field-names.ts'
import { METRICS_DOCS, STAGE_DOCS } from './word-docs.ts'

interface State {
  /** What goes on over lines: a text in backquotes or a comment. */
  inside: 'text' | 'comment' | undefined
}

const WORDS: ReadonlySet<string> = new Set([
  ...['true', 'false', 'nil', 'error', 'ok', 'unset', 'parent', 'minInt', 'maxInt'],
  ...['unspecified', 'internal', 'server', 'client', 'producer', 'consumer'],
])

/** Colours of TraceQL; what is right and wrong is said by our own parser. */
export const traceqlHighlight = StreamLanguage.define<State>({
  name: 'traceql',
  startState: () => ({ inside: undefined }),
  token: readToken,
  languageData: {
    closeBrackets: { brackets: ['(', '{', '"', '`'] },
    commentTokens: { line: '//' },
  },
})

function readToken(stream: StringStream, state: State): string | null {
  if (state.inside !== undefined) return readInside(stream, state, state.inside)
  if (stream.eatSpace()) return null
  if (stream.match('//')) {
    stream.skipToEnd()
    return 'comment'
  }
  if (stream.match('/*')) return readInside(stream, state, 'comment')
  if (stream.eat('`')) return readInside(stream, state, 'text')
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string'
  if (stream.match(/^(?:\d[\w.µ]*|\.\d[\w]*)/)) return 'number'
  if (stream.match(/^\$\{?\w+\}?/)) return 'number'
  if (stream.match(ATTRIBUTE)) return 'labelName'
  if (stream.match(/^(?:trace|span|event|link|instrumentation):\w*/)) return 'labelName'
  if (stream.match(/^[\p{L}_][\p{L}\p{Nd}_]*/u)) return classOf(stream)
  if (stream.match(/^(?:[!&]?(?:>>|<<|[><~])|&&|\|\||[!=]~|[!><]?=|[|+*/%^!-])/))
    return 'operatorKeyword'
  stream.next()
  return null
}

/** A scope and a name in one, or a name behind a dot. */
const ATTRIBUTE =
  /^(?:parent\.)?(?:span\.|resource\.|event\.|link\.|instrumentation\.|\.)(?:[^\s{}()=~!<>&|^,"]|"(?:[^"\\]|\\.)*")*/

function readInside(stream: StringStream, state: State, what: 'text' | 'comment'): string {
  const close = what === 'text' ? '`' : '*/'
  const isClosed = stream.skipTo(close)
  if (isClosed) stream.match(close)
  else stream.skipToEnd()
  state.inside = isClosed ? undefined : what
  return what === 'text' ? 'string' : 'comment'
}

function classOf(stream: StringStream): string | null {
  const word = stream.current()
  if (Object.hasOwn(METRICS_DOCS, word)) return 'variableName.function'
  if (Object.hasOwn(STAGE_DOCS, word) || word === 'with') return 'keyword'
  if (findIntrinsic(word) !== undefined) return 'labelName'
  return WORDS.has(word) ? 'number' : null
}
