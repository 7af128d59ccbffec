import type { LineFilter, LineFilterTerm, Stage } from '../../lang/logql/ast.ts'
import { Problem } from '../../model/problem.ts'
import { compileSearch } from '../../model/regex.ts'
import { asStored, type ProcessLine } from './read-streams.ts'

type Test = (text: string) => boolean

/** A pipeline of nothing but line filters; undefined when it is empty. Throws a `Problem` for other stages. */
export function compileLineFilters(stages: readonly Stage[]): ProcessLine | undefined {
  if (stages.length === 0) return undefined
  const tests = stages.map((stage): Test => {
    if (stage.kind === 'line_filter') return compileFilter(stage)
    throw new Problem('execution', `stage ${stage.kind} of a pipeline is not there yet`)
  })
  return (batch, row, text) =>
    tests.every((test) => test(text)) ? asStored(batch, row, text) : undefined
}

function compileFilter({ op, terms }: LineFilter): Test {
  const isNegative = op.startsWith('!')
  const tests = terms.map((term) => compileTerm(op, term))
  return (text) => tests.some((test) => test(text)) !== isNegative
}

function compileTerm(op: LineFilter['op'], { text: wanted, isIp }: LineFilterTerm): Test {
  if (isIp || op.endsWith('>')) {
    throw new Problem('execution', `line filter ${op}${isIp ? ' ip()' : ''} is not there yet`)
  }
  if (op.endsWith('=')) return (text) => text.includes(wanted)
  const regex = compileSearch(wanted)
  return (text) => regex.test(text)
}
