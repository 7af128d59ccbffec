import { StreamLanguage, type StringStream } from '@codemirror/language'
import { isAggregateOp, isFunctionWord, isKeyword } from '../../../../src/lang/logql/words.ts'

interface State {
  /** A text in backquotes goes on over lines. */
  isRaw: boolean
}

/** Colours of LogQL; what is right and wrong is said by our own parser. */
export const logqlHighlight = StreamLanguage.define<State>({
  name: 'logql',
  startState: () => ({ isRaw: false }),
  token: readToken,
  languageData: { closeBrackets: { brackets: ['(', '[', '{', '"', '`'] } },
})

function readToken(stream: StringStream, state: State): string | null {
  if (state.isRaw) return readRaw(stream, state)
  if (stream.eatSpace()) return null
  if (stream.eat('#')) {
    stream.skipToEnd()
    return 'comment'
  }
  if (stream.eat('`')) return readRaw(stream, state)
  if (stream.match(/^"(?:[^"\\]|\\.)*"?/)) return 'string'
  if (stream.match(/^\d[\w.]*/)) return 'number'
  if (stream.match(/^\$\w+/)) return 'number'
  if (stream.match(/^[a-zA-Z_]\w*/)) return classOf(stream)
  if (stream.match(/^(?:\|[=~>]|![=~>]|=~|==|>=|<=|[|=<>+*/%^-])/)) return 'operatorKeyword'
  stream.next()
  return null
}

function readRaw(stream: StringStream, state: State): string {
  const isClosed = stream.skipTo('`')
  if (isClosed) stream.next()
  else stream.skipToEnd()
  state.isRaw = !isClosed
  return 'string'
}

function classOf(stream: StringStream): string {
  const word = stream.current()
  const isCalled = stream.match(/^\s*(?:by\b|without\b|\()/, false)
  if (isFunctionWord(word) && isCalled) {
    return isAggregateOp(word) ? 'keyword' : 'variableName.function'
  }
  return isKeyword(word) ? 'keyword' : 'labelName'
}
