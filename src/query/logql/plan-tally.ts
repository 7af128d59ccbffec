import { isPlainPattern } from './plain-pattern.ts'
import type { LineFilter, RangeAggregate, RangeOp, Stage } from '../../lang/logql/ast.ts'
import {
  ERROR_DETAILS_LABEL,
  ERROR_LABEL,
  PRESERVE_ERROR_LABEL,
} from '../../lang/logql/pipeline/line-labels.ts'
import type { LineForm, LinePattern, Needle, TallyRequest } from '../../store/lines-source.ts'
import { fieldsOf } from './plan-fields.ts'

/** What of a request for a tally depends on the expression alone. */
export type TallyPlan = Pick<
  TallyRequest,
  'needles' | 'patterns' | 'form' | 'labels' | 'sumsBytes' | 'isOfValues'
>

const ERROR_LABELS = [ERROR_LABEL, ERROR_DETAILS_LABEL, PRESERVE_ERROR_LABEL]
const REPLACEMENT = '\ufffd'

/** Aggregations of values whose order matters, and that of the same values. */
const LOOKS_AT_ORDER: ReadonlySet<RangeOp> = new Set<RangeOp>([
  ...(['first_over_time', 'last_over_time', 'rate_counter'] as const),
])

/**
 * How the lines of a range aggregation that counts, or that looks at values in whatever order, can be counted by the engine; undefined when only reading them does. `looksAt` are the
 * labels that samples depend on. What the plan leaves of a line (some labels, some fields) goes through the same stages as
 * the line itself would, so it must hold all that they look at: line filters, which the engine decides, may come anywhere, and but one
 * stage may look at the text.
 */
export function planTally(
  { op, range }: RangeAggregate,
  looksAt: ReadonlySet<string> | undefined,
): TallyPlan | undefined {
  if (range.unwrap && LOOKS_AT_ORDER.has(op)) return undefined
  const { stages } = range.log
  const needles: Needle[] = []
  const patterns: LinePattern[] = []
  for (const stage of stages) {
    if (stage.kind !== 'line_filter') continue
    const decided = decideFilter(stage)
    if (decided === undefined) return undefined
    if ('anyOf' in decided) needles.push(decided)
    else patterns.push(...decided.patterns)
  }
  const parsers = stages.filter(({ kind }) => !KEEPS_TEXT.has(kind))
  if (parsers.length > 1) return undefined
  // A parser of which nothing is asked does nothing; one of which only its errors are asked must still be known to have none.
  const [parser] = looksAt?.size === 0 ? [] : parsers
  const fields = parser && looksAt && fieldsOf(parser, namesIn(looksAt))
  if (parser && fields === undefined) return undefined
  const sumsBytes = op === 'bytes_over_time' || op === 'bytes_rate'
  const form: LineForm = {
    isUtf8: sumsBytes || patterns.length > 0,
    ...(fields && { fields }),
  }
  const labels = looksAt === undefined ? undefined : [...new Set([...looksAt, ...ERROR_LABELS])]
  return { needles, patterns, form, labels, sumsBytes, isOfValues: range.unwrap !== undefined }
}

/** Where a parser fails is for who reads the line; no line that the engine tells the fields of makes these labels. */
function namesIn(looksAt: ReadonlySet<string>): readonly string[] {
  return [...looksAt].filter((name) => !ERROR_LABELS.includes(name))
}

/** Stages that see labels only, and those of which `looksAt` knows. */
const KEEPS_TEXT: ReadonlySet<Stage['kind']> = new Set<Stage['kind']>([
  ...(['line_filter', 'label_filter', 'drop', 'keep'] as const),
])

/** A line filter as what the engine decides exactly as the filter does; undefined when it cannot. */
export function decideFilter({
  op,
  terms,
}: LineFilter): Needle | { readonly patterns: readonly LinePattern[] } | undefined {
  const texts = terms.map(({ text }) => text)
  if (terms.some(({ isIp, text }) => isIp || text === '' || text.includes(REPLACEMENT))) {
    return undefined
  }
  switch (op) {
    case '|=':
      return { anyOf: texts }
    case '!=':
      return { anyOf: texts, isAbsent: true }
    case '|~':
    case '!~': {
      if (!texts.every(isPlainPattern)) return undefined
      const isAbsent = op === '!~'
      if (isAbsent || texts.length === 1) {
        return { patterns: texts.map((source) => ({ source, isAbsent })) }
      }
      return { patterns: [{ source: texts.map((text) => `(?:${text})`).join('|'), isAbsent }] }
    }
    case '|>':
    case '!>':
      return undefined
    default:
      return op satisfies never
  }
}
