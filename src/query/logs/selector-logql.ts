import { formatFault } from '../../lang/promql/fault.ts'
import { parseSeriesSelector } from '../../lang/promql/parse.ts'
import { matcher, matchesEmpty, type Matcher } from '../../model/matcher.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import { compileSearch, RegexError } from '../../model/regex.ts'
import type { LinesSource, Needle } from '../../store/lines-source.ts'
import type { Logql } from './logql.ts'
import { asStored, readStreams, type StreamsQuery } from './read-streams.ts'

const FILTER = /\s*(\|=|!=|\|~|!~)\s*("(?:[^"\\\n]|\\.)*"|`[^`]*`)/y

/** The part of LogQL that selects lines: stream selectors and line filters. Everything else is refused by name. */
export function createSelectorLogql(source: LinesSource, maxStreams: number): Logql {
  return {
    evaluate: async (request) => {
      const query = parseQuery(request.query)
      if (request.isInstant) {
        throw bad(
          'log queries are not supported as an instant query type, please change your query to a range query type',
        )
      }
      const result = await readStreams(source, query, request, maxStreams)
      return { type: 'streams', ...result, warnings: [] }
    },
    parseMatchers: (selector, allowsAll) => parseMatchers(selector, allowsAll),
    format: (query) => {
      parseQuery(query)
      return query
    },
  }
}

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}

function parseMatchers(selector: string, allowsAll: boolean): readonly Matcher[] {
  const parsed = parseSeriesSelector(selector)
  if (!parsed.ok) {
    const [fault] = parsed.faults
    throw bad(fault === undefined ? 'parse error' : formatFault(selector, fault))
  }
  try {
    const matchers = parsed.matchers.map(({ name, op, value }) => matcher(name, op, value))
    if (allowsAll || matchers.some((m) => !matchesEmpty(m))) return matchers
  } catch (thrown) {
    if (thrown instanceof RegexError) throw bad(`parse error : ${messageOf(thrown)}`)
    throw thrown
  }
  throw bad(
    'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
  )
}

type Test = (text: string) => boolean

function parseQuery(query: string): StreamsQuery {
  const end = selectorEnd(query)
  const matchers = parseMatchers(query.slice(0, end), false)
  const needles: Needle[] = []
  const tests: Test[] = []
  let at = end
  while (query.slice(at).trim() !== '') {
    FILTER.lastIndex = at
    const found = FILTER.exec(query)
    if (found === null)
      throw bad(
        `parse error at line 1, col ${at + 1}: syntax error: unexpected ${query.slice(at, at + 20)}`,
      )
    at = FILTER.lastIndex
    const [, op, quoted = ''] = found
    addFilter(op ?? '', unquote(quoted), needles, tests)
  }
  if (tests.length === 0) return { matchers, needles, process: undefined }
  return {
    matchers,
    needles,
    process: (batch, row, text) =>
      tests.every((test) => test(text)) ? asStored(batch, row, text) : undefined,
  }
}

function addFilter(op: string, text: string, needles: Needle[], tests: Test[]): void {
  const isAbsent = op.startsWith('!')
  if (op.endsWith('=')) {
    needles.push(isAbsent ? { anyOf: [text], isAbsent } : { anyOf: [text] })
    tests.push((line) => line.includes(text) !== isAbsent)
    return
  }
  try {
    const regex = compileSearch(text)
    tests.push((line) => regex.test(line) !== isAbsent)
  } catch (thrown) {
    if (thrown instanceof RegexError) throw bad(`parse error : ${messageOf(thrown)}`)
    throw thrown
  }
}

/** Where the brace closes that the selector begins with; braces in quotes do not count. */
function selectorEnd(query: string): number {
  const found = /^\s*\{(?:[^}"`']|"(?:[^"\\]|\\.)*"|`[^`]*`|'(?:[^'\\]|\\.)*')*\}/.exec(query)
  return found === null ? query.length : found[0].length
}

function unquote(quoted: string): string {
  if (quoted.startsWith('`')) return quoted.slice(1, -1)
  try {
    return String(JSON.parse(quoted))
  } catch (cause) {
    throw bad(`parse error : invalid string ${quoted}: ${messageOf(cause)}`)
  }
}
