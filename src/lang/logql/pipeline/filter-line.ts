import type { LineFilter, LineFilterTerm } from '../ast.ts'
import { containsIp, parseIpRange } from '../ip.ts'
import { parseLinePattern } from '../pattern.ts'
import { Problem } from '../../../model/problem.ts'
import { compileSearch } from '../../../model/regex.ts'
import { testPattern } from './match-pattern.ts'
import type { ReadyStage } from './stage.ts'

type TestText = (text: string) => boolean

/** Whether the text of a line passes a line filter. */
function compileLineFilter({ op, terms }: LineFilter): TestText {
  const tests = terms.map((term) => compileTerm(op, term))
  const [only] = tests
  const isAny: TestText =
    tests.length === 1 && only ? only : (text) => tests.some((test) => test(text))
  return op.startsWith('!') ? (text) => !isAny(text) : isAny
}

export function lineFilterStage(filter: LineFilter): ReadyStage {
  const test = compileLineFilter(filter)
  return { needs: [], run: ({ text }) => test(text) }
}

function compileTerm(op: LineFilter['op'], { text: wanted, isIp }: LineFilterTerm): TestText {
  if (isIp) {
    const range = parseIpRange(wanted)
    if (!range) throw new Problem('bad_data', `ip: invalid pattern: ${JSON.stringify(wanted)}`)
    return (text) => containsIp(text, range)
  }
  switch (op) {
    case '|=':
    case '!=':
      return (text) => text.includes(wanted)
    case '|~':
    case '!~':
      return compileRegex(wanted)
    case '|>':
    case '!>': {
      const nodes = parseLinePattern(wanted)
      return (text) => testPattern(nodes, text)
    }
    default:
      return op satisfies never
  }
}

/** A pattern without special characters is looked for as it stands. */
function compileRegex(source: string): TestText {
  if (!/[\\^$.|?*+()[\]{}]/.test(source)) return (text) => text.includes(source)
  const regex = compileSearch(source)
  return (text) => regex.test(text)
}
