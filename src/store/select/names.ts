import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { Limited, NameQuery } from '../metrics-source.ts'
import type { SeriesIndex, SeriesRef } from '../series/series-index.ts'

/** The refs that any selector accepts and whose samples may lie in the range, ascending. */
function refsOf(index: SeriesIndex, query: NameQuery): readonly SeriesRef[] {
  const inRange = inRangeOf(index, query)
  if (query.selectors.length === 0) return index.all().filter(inRange)
  if (query.selectors.length === 1) {
    return index.match(query.selectors[0] ?? []).filter(inRange)
  }
  const seen = new Set<SeriesRef>()
  for (const matchers of query.selectors) for (const ref of index.match(matchers)) seen.add(ref)
  return [...seen].filter(inRange).sort((a, b) => a - b)
}

function inRangeOf(index: SeriesIndex, query: NameQuery): (ref: SeriesRef) => boolean {
  return (ref) => index.firstMsOf(ref) <= query.endMs && index.lastMsOf(ref) >= query.startMs
}

export function findSeries(
  index: SeriesIndex,
  query: NameQuery,
  maxSeries: number,
): Limited<Labels> {
  const refs = refsOf(index, query)
  const limit = query.limit > 0 ? query.limit : refs.length
  const shown = refs.slice(0, limit)
  if (shown.length > maxSeries) {
    throw new Problem(
      'limit',
      `the answer would have ${shown.length} series, the limit is ${maxSeries} (query.max-series)`,
    )
  }
  return { values: shown.map((ref) => index.labelsOf(ref)), truncated: refs.length > limit }
}

export function findLabelNames(index: SeriesIndex, query: NameQuery): Limited<string> {
  const names = new Set<string>()
  if (query.selectors.length === 0) {
    for (const name of index.labelNames()) {
      for (const [, refs] of index.valuesOf(name)) {
        if (!refs.some(inRangeOf(index, query))) continue
        names.add(name)
        break
      }
    }
    return limited([...names].sort(), query.limit)
  }
  for (const ref of refsOf(index, query)) {
    const flat = index.labelsOf(ref).flat
    for (let i = 0; i < flat.length; i += 2) names.add(flat[i] as string)
  }
  return limited([...names].sort(), query.limit)
}

export function findLabelValues(
  index: SeriesIndex,
  label: string,
  query: NameQuery,
): Limited<string> {
  const inRange = inRangeOf(index, query)
  const values: string[] = []
  if (query.selectors.length === 0) {
    for (const [value, refs] of index.valuesOf(label)) if (refs.some(inRange)) values.push(value)
  } else {
    const seen = new Set<string>()
    for (const ref of refsOf(index, query)) seen.add(index.labelsOf(ref).get(label))
    seen.delete('')
    values.push(...seen)
  }
  return limited(values.sort(), query.limit)
}

function limited<T>(values: readonly T[], limit: number): Limited<T> {
  const truncated = limit > 0 && values.length > limit
  return { values: truncated ? values.slice(0, limit) : values, truncated }
}
