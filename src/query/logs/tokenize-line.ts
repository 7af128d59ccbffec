/** What stands in a pattern for a part that differs between lines; `|>` of LogQL accepts anything there. */
export const WILDCARD = '<_>'

/** A line cut for comparison with others. */
export interface LineTokens {
  /** What lies between separators. A word that hardly is the same twice (a number, a time, an id) is `<_>` already. */
  readonly words: readonly string[]
  /** Before the first word, between words, and behind the last: one more than words. */
  readonly separators: readonly string[]
}

/** Longer lines are cut: what makes them alike is at their beginning. */
const MAX_LENGTH = 3000
const MAX_WORDS = 100

/** Stands for a part of a line that was recognised before it was cut. Control characters are separators in what is sent. */
const MARK = '\u0001'

/** Dates and times that hold separators themselves. */
const TIMES =
  /\d{4}[-/]\d\d[-/]\d\d(?:[T ]\d\d:\d\d:\d\d(?:[.,]\d+)?(?: ?(?:Z|UTC|[+-]\d\d:?\d\d))?)?|\b(?:(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun),? )?(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec) {1,2}\d{1,2} \d\d:\d\d:\d\d(?:\.\d+)?(?: \d{4}\b)?|\b\d{1,2}\/(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)\/\d{4}:\d\d:\d\d:\d\d(?: [+-]\d{4})?|\b\d\d:\d\d:\d\d(?:[.,]\d+)?/g

const SEPARATOR = /[\s=,;|()[\]{}<>"'`\\\u0000]/
/** What a path or an address may hold of the separators. */
const PATH_END = /[\s"'`()<>[\]{}\\,]/

const NUMBER = /^[+-]?\d[\d.:_]*(?:[a-zA-Zµ%]{1,3})?[.:]?$/
const HEXADECIMAL =
  /^(?:0x[0-9a-f]+|[0-9a-f]{8,}|[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}):?$/i
const ADDRESS =
  /^\/?(?:\d{1,3}\.){3}\d{1,3}(?:[:/]\d+)?:?$|^\[?(?:[0-9a-f]{0,4}:){3,7}[0-9a-f]{0,4}\]?$/i

/** Cuts a line at blanks, brackets, quotes and the like, but not in paths and addresses. */
export function tokenizeLine(line: string): LineTokens {
  const text = line.slice(0, MAX_LENGTH).replaceAll(MARK, ' ').replace(TIMES, MARK)
  const words: string[] = []
  const separators: string[] = []
  let at = 0
  while (words.length < MAX_WORDS) {
    const wordStart = skipSeparators(text, at)
    separators.push(text.slice(at, wordStart))
    at = wordStart
    if (at >= text.length) break
    const end = endOfWord(text, at)
    const word = text.slice(at, end)
    words.push(isVariable(word) ? WILDCARD : word)
    at = end
  }
  if (words.length === separators.length) separators.push('')
  const isCut = at < text.length || line.length > MAX_LENGTH
  if (isCut) separators[separators.length - 1] += WILDCARD
  return { words, separators }
}

function skipSeparators(text: string, from: number): number {
  let at = from
  while (at < text.length && (SEPARATOR.test(text.charAt(at)) || isColonAt(text, at, from))) at++
  return at
}

/** A colon behind a quoted key or a bracket. */
function isColonAt(text: string, at: number, from: number): boolean {
  return at > from && text.charAt(at) === ':' && /["'\])}]/.test(text.charAt(at - 1))
}

function endOfWord(text: string, from: number): number {
  let at = from
  let isPath = text.charAt(from) === '/'
  while (at < text.length) {
    const sign = text.charAt(at)
    if (isPath ? PATH_END.test(sign) : SEPARATOR.test(sign)) break
    if (sign === '/' && text.charAt(at - 1) === '/' && text.charAt(at - 2) === ':') isPath = true
    at++
  }
  // The colon behind a name is not part of it.
  if (at - from > 1 && text.charAt(at - 1) === ':' && !isPath) return at - 1
  return at
}

function isVariable(word: string): boolean {
  if (word.includes(MARK)) return true
  if (!/\d/.test(word)) return false
  return NUMBER.test(word) || ADDRESS.test(word) || HEXADECIMAL.test(word)
}
