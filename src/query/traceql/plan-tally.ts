import type { Field, MetricsAggregate, Pipeline } from '../../lang/traceql/ast.ts'
import type { SpanTallyRequest, TallyKey, TallyValue } from '../../store/span-tally.ts'
import type { MetricsGrid } from './metrics-grid.ts'
import { planTest } from './plan-test.ts'

/** What the store is asked so that it counts the spans of a metrics query itself; undefined when whole traces have to be looked at. */
export function planTally(
  pipeline: Pipeline,
  { name, field, by }: MetricsAggregate,
  { startNs, stepNs, count }: MetricsGrid,
  hasExemplars: boolean,
): SpanTallyRequest | undefined {
  const test = planTest(pipeline)
  const value = field && planValue(field)
  const keys = by.map(planKey).filter((key) => key !== undefined)
  if (test === undefined || keys.length < by.length) return undefined
  if (field !== undefined && value === undefined) return undefined
  const measure = MEASURES[name]
  return { test, startNs, stepNs, count, by: keys, value, measure, hasExemplars }
}

const MEASURES: Readonly<Record<MetricsAggregate['name'], SpanTallyRequest['measure']>> = {
  rate: 'count',
  count_over_time: 'count',
  min_over_time: 'min',
  max_over_time: 'max',
  avg_over_time: 'sum',
  sum_over_time: 'sum',
  quantile_over_time: 'buckets',
  histogram_over_time: 'buckets',
}

function planValue(field: Field): TallyValue | undefined {
  if (field.kind === 'intrinsic')
    return field.name === 'duration' ? { kind: 'duration' } : undefined
  if (field.isParent) return undefined
  if (field.scope === 'span') return { kind: 'attribute', name: field.name }
  return field.scope === 'any' ? { kind: 'anywhere', name: field.name } : undefined
}

function planKey(field: Field): TallyKey | undefined {
  if (field.kind === 'intrinsic') {
    switch (field.name) {
      case 'name':
      case 'kind':
      case 'status':
        return { kind: 'column', column: field.name }
      case 'statusMessage':
        return { kind: 'column', column: 'message' }
      default:
        return undefined
    }
  }
  const { scope, name, isParent } = field
  if (isParent) return undefined
  switch (scope) {
    case 'span':
      return { kind: 'attribute', name }
    case 'resource':
      return { kind: 'resource', name }
    case 'any':
      return { kind: 'anywhere', name }
    default:
      return undefined
  }
}
