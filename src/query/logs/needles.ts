import type { LineFilter, Stage } from '../../lang/logql/ast.ts'
import type { Needle } from '../../store/lines-source.ts'
import { requiredLiterals } from './regex-literals.ts'

/** Stages behind which a line may be another than the one that is stored. */
const REWRITING: ReadonlySet<Stage['kind']> = new Set(['line_format', 'unpack', 'decolorize'])

/**
 * What the engine can decide of a pipeline: the line filters that see the lines as they are stored. Lines that the needles let
 * through are for the pipeline to judge.
 */
export function needlesOf(stages: readonly Stage[]): Needle[] {
  const needles: Needle[] = []
  for (const stage of stages) {
    if (REWRITING.has(stage.kind)) break
    if (stage.kind === 'line_filter') needles.push(...needlesOfFilter(stage))
  }
  return needles
}

function needlesOfFilter({ op, terms }: LineFilter): Needle[] {
  if (terms.some(({ isIp }) => isIp)) return []
  const texts = terms.map(({ text }) => text)
  const [first = ''] = texts
  switch (op) {
    case '|=':
      return [{ anyOf: texts }]
    case '!=':
      // An empty text is in every line, which nobody asks the engine about.
      return texts.includes('') ? [] : [{ anyOf: texts, isAbsent: true }]
    case '|~': {
      // Of several patterns any may fit: only what is required of one alone is required of the line.
      const { anyOf, ignoresCase } = requiredLiterals(texts.length === 1 ? first : '')
      return anyOf.map((list) => (ignoresCase ? { anyOf: list, ignoresCase } : { anyOf: list }))
    }
    case '|>':
      return texts.length === 1 ? literalsOfPattern(first).map((text) => ({ anyOf: [text] })) : []
    case '!~':
    case '!>':
      return []
    default:
      return op satisfies never
  }
}

/** What stands between the `<_>` of a pattern. */
function literalsOfPattern(pattern: string): string[] {
  return pattern.split('<_>').filter((text) => text.length > 1)
}
