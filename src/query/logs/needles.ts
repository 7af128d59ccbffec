import type { LabelFilter, LineFilter, Stage } from '../../lang/logql/ast.ts'
import type { MetadataNeedle, Needle } from '../../store/lines-source.ts'
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

/**
 * What the engine can decide of the filters of labels: those before any stage that makes labels of the line, so that a name can only be
 * that of structured metadata or of the stream.
 */
export function metadataOf(stages: readonly Stage[]): MetadataNeedle[] {
  const needles: MetadataNeedle[] = []
  for (const stage of stages) {
    if (stage.kind === 'label_filter') needles.push(...metadataOfFilter(stage.filter))
    else if (stage.kind !== 'line_filter') break
  }
  return needles
}

function metadataOfFilter(filter: LabelFilter): MetadataNeedle[] {
  if (filter.kind === 'and')
    return [...metadataOfFilter(filter.left), ...metadataOfFilter(filter.right)]
  if (filter.kind !== 'string') return []
  const { name, op, value } = filter.matcher
  return op === '=' && value !== '' ? [{ name, value }] : []
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
