import { CUSTOM_BUCKETS } from '../../model/histograms/bucket-bounds.ts'
import {
  HINT_GAUGE,
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
  type HistogramTable,
} from '../../model/histograms/histogram-table.ts'

const FIELD = /\s*([a-z_]+):(?:\[([^\]]*)\]|([^\s\]]+))/y

const HINTS: Readonly<Record<string, number>> = {
  unknown: HINT_UNKNOWN,
  reset: HINT_RESET,
  not_reset: HINT_NO_RESET,
  gauge: HINT_GAUGE,
}

const SCALARS: ReadonlySet<string> = new Set([
  ...['schema', 'sum', 'count', 'z_bucket', 'z_bucket_w', 'offset', 'n_offset'],
  'counter_reset_hint',
])
const LISTS: ReadonlySet<string> = new Set(['buckets', 'n_buckets', 'custom_values'])

/**
 * Reads a native histogram in the notation of promtool's tests, `{{schema:1 count:3 sum:4 buckets:[1 2] offset:-1}}`, into a table, and
 * returns its row. Throws an `Error` that says what is wrong.
 */
export function parseHistogram(text: string, table: HistogramTable): number {
  const found = /^\{\{(.*)\}\}$/s.exec(text.trim())
  if (found === null) throw new Error(`not a histogram: ${text}`)
  const fields = readFields((found[1] as string).trimEnd())
  const numberOf = (name: string): number => toNumber(fields.get(name)?.[0] ?? '0')
  const listOf = (name: string): number[] => (fields.get(name) ?? []).map(toNumber)
  const hint = HINTS[fields.get('counter_reset_hint')?.[0] ?? 'unknown']
  if (hint === undefined) throw new Error(`not a counter reset hint: ${text}`)
  const schema = numberOf('schema')
  const isCustom = schema === CUSTOM_BUCKETS
  table.begin()
  addBuckets(table, listOf('n_buckets'), numberOf('n_offset'))
  table.startPositive()
  addBuckets(table, listOf('buckets'), numberOf('offset'))
  return table.finish({
    schema,
    hint,
    count: numberOf('count'),
    sum: numberOf('sum'),
    zeroThreshold: isCustom ? 0 : numberOf('z_bucket_w'),
    zeroCount: isCustom ? 0 : numberOf('z_bucket'),
    bounds: isCustom ? Float64Array.from(listOf('custom_values')) : undefined,
  })
}

function readFields(text: string): Map<string, readonly string[]> {
  const fields = new Map<string, readonly string[]>()
  FIELD.lastIndex = 0
  let at = 0
  while (at < text.length) {
    FIELD.lastIndex = at
    const found = FIELD.exec(text)
    const [, name = '', list, scalar] = found ?? []
    const isKnown = (list === undefined ? SCALARS : LISTS).has(name)
    if (found === null || !isKnown || fields.has(name)) {
      throw new Error(`not a part of a histogram: ${text.slice(at).trim()}`)
    }
    fields.set(name, list === undefined ? [scalar as string] : list.split(/\s+/).filter(Boolean))
    at = FIELD.lastIndex
  }
  return fields
}

function addBuckets(table: HistogramTable, counts: readonly number[], offset: number): void {
  counts.forEach((count, i) => table.addBucket(offset + i, count))
}

function toNumber(text: string): number {
  if (/^[+-]?inf$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^nan$/i.test(text)) return NaN
  const value = Number(text)
  if (text === '' || Number.isNaN(value)) throw new Error(`not a number: ${text}`)
  return value
}
