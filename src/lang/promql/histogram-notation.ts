import { CUSTOM_BUCKETS } from '../../model/histograms/bucket-bounds.ts'
import { HistogramDraft } from '../../model/histograms/histogram-draft.ts'
import {
  HINT_GAUGE,
  HINT_NO_RESET,
  HINT_RESET,
  HINT_UNKNOWN,
  HistogramTable,
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
    fields.set(name, list === undefined ? [scalar ?? ''] : list.split(/\s+/).filter(Boolean))
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

/** A histogram: a row of a table. */
export interface HistogramValue {
  readonly table: HistogramTable
  readonly row: number
}

/** Matches one item of a sequence: `{{…}}`, `{{…}}x3`, `{{…}}+{{…}}x3`, followed by a space or the end. */
export const HISTOGRAM_ITEM = /^(\{\{.*?\}\})(?:([+-])(\{\{.*?\}\})(?=x))?(?:x([0-9]+))?(?=\s|$)/s

/** The histograms that a match of `HISTOGRAM_ITEM` stands for. Throws as `parseHistogram` does. */
export function expandHistograms(item: RegExpExecArray): HistogramValue[] {
  const [, first = '', sign, step, times] = item
  const table = new HistogramTable()
  let row = parseHistogram(first, table)
  const added = step === undefined ? undefined : parseHistogram(step, table)
  const draft = new HistogramDraft()
  const out: HistogramValue[] = []
  for (let i = 0; i <= Number(times ?? 0); i++) {
    out.push({ table, row })
    if (added === undefined) continue
    draft.load(table, row)
    const addition = draft.add(table, added, sign === '-' ? -1 : 1)
    if (!addition.isCompatible) throw new Error(`histograms of two kinds cannot be added: ${step}`)
    row = draft.commit(table)
  }
  return out
}

/** The notation of a histogram. */
export function printHistogram({ table, row }: HistogramValue): string {
  const parts: string[] = []
  const add = (name: string, value: number | undefined): void => {
    if (value !== undefined && value !== 0) parts.push(`${name}:${formatNumber(value)}`)
  }
  add('schema', table.schemas[row])
  add('count', table.totals[row])
  add('sum', table.sums[row])
  add('z_bucket', table.zeroCounts[row])
  add('z_bucket_w', table.zeroThresholds[row])
  const bounds = Array.from(table.boundsOf(row), formatNumber)
  if (table.isCustom(row)) parts.push(`custom_values:[${bounds.join(' ')}]`)
  const hint = Object.keys(HINTS).find((name) => HINTS[name] === table.hints[row])
  if (hint !== undefined && hint !== 'unknown') parts.push(`counter_reset_hint:${hint}`)
  const middle = table.positiveFrom[row] as number
  parts.push(...printSide(table, '', middle, table.ends[row] as number))
  parts.push(...printSide(table, 'n_', table.negativeFrom[row] as number, middle))
  return `{{${parts.join(' ')}}}`
}

function printSide(table: HistogramTable, prefix: string, from: number, to: number): string[] {
  if (from === to) return []
  const first = table.indexes[from] as number
  const counts: number[] = []
  for (let i = from; i < to; i++) {
    while (first + counts.length < (table.indexes[i] as number)) counts.push(0)
    counts.push(table.counts[i] as number)
  }
  const buckets = `${prefix}buckets:[${counts.map(formatNumber).join(' ')}]`
  return first === 0 ? [buckets] : [`${prefix}offset:${first}`, buckets]
}

function formatNumber(value: number): string {
  if (value === Infinity) return '+Inf'
  return value === -Infinity ? '-Inf' : String(value)
}
