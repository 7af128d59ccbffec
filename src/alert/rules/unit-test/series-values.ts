import {
  expandHistograms,
  HISTOGRAM_ITEM,
  type HistogramValue,
  parseHistogram,
} from '../../../lang/promql/histogram-notation.ts'
import { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { messageOf } from '../../../model/problem.ts'
import { parseSeriesSelector } from '../../../lang/promql/parse.ts'
import { formatFault } from '../../../lang/promql/fault.ts'
import { parseGoFloat } from '../../../query/promql/go-format.ts'
import { Labels } from '../../../model/labels.ts'

/** One place of a sequence; `undefined` is a place without a sample. */
export type SequenceValue = number | 'stale' | HistogramValue | undefined

/** A text of the notation that cannot be read, or that means too much. */
export class NotationError extends Error {
  override readonly name = 'NotationError'
}

/** Most samples of one series: a typing error such as `0x100000000` must not take all memory. */
const MAX_SEQUENCE = 5_000_000

/** Items are parted by spaces, which histograms have inside, too. */
const ITEM = /(?:\{\{.*?\}\}|[^\s{])+|\S+/gs
/** An item, and how often it is repeated. */
const REPEATED = /^(.+?)(?:x([0-9]+))?$/
const NUMBER = /^[+-]?(?:(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?|inf|nan)/i

/**
 * Reads the values of a series in the notation of promtool's unit tests (promql/parser of Prometheus, series descriptions):
 * `1 2`, `_` for no sample, `_x3` for three of those, `stale`, `1x3` for a value and three repetitions, `1+2x3` and `1-2x3`
 * for steps, and the same of native histograms: `{{…}}x3`, `{{…}}+{{…}}x3`. Throws `NotationError`.
 */
export function parseValues(text: string): SequenceValue[] {
  const out: SequenceValue[] = []
  for (const [item] of text.matchAll(ITEM)) {
    if (item.startsWith('{{')) {
      out.push(...parseHistograms(item, MAX_SEQUENCE - out.length))
      continue
    }
    const { start, step, repeats } = parseItem(item)
    if (out.length + repeats > MAX_SEQUENCE) {
      throw new NotationError(`${item} makes more than ${MAX_SEQUENCE} samples`)
    }
    addItem(out, start, step, repeats)
  }
  return out
}

function parseHistograms(item: string, room: number): readonly HistogramValue[] {
  const found = HISTOGRAM_ITEM.exec(item)
  if (found === null) {
    throw new NotationError(
      `${JSON.stringify(item)} is not a histogram: allowed are {{…}}, {{…}}x3 and {{…}}+{{…}}x3`,
    )
  }
  if (Number(found[4] ?? 0) >= room) {
    throw new NotationError(`${item} makes more than ${MAX_SEQUENCE} samples`)
  }
  return asNotation(() => expandHistograms(found))
}

/** Reads a native histogram such as `{{schema:1 count:2 sum:3 buckets:[1 1]}}`; undefined of ''. Throws `NotationError`. */
export function parseHistogramText(text: string): HistogramValue | undefined {
  if (text.trim() === '') return undefined
  const table = new HistogramTable()
  return asNotation(() => ({ table, row: parseHistogram(text, table) }))
}

function asNotation<T>(read: () => T): T {
  try {
    return read()
  } catch (thrown) {
    throw new NotationError(messageOf(thrown))
  }
}

interface Item {
  readonly start: number | 'stale' | undefined
  readonly step: number
  /** Values behind the first; -1 for none at all. */
  readonly repeats: number
}

function parseItem(item: string): Item {
  const [, body = '', times] = REPEATED.exec(item) ?? []
  if (body === '_') return { start: undefined, step: 0, repeats: Number(times ?? 1) - 1 }
  if (body === 'stale' && times === undefined) return { start: 'stale', step: 0, repeats: 0 }
  const first = NUMBER.exec(body)?.[0] ?? ''
  const rest = body.slice(first.length)
  const isStep = /^[+-]/.test(rest) && NUMBER.exec(rest)?.[0] === rest && times !== undefined
  if (first === '' || (rest !== '' && !isStep)) {
    throw new NotationError(
      `${JSON.stringify(item)} is not a value: allowed are 1, 1x3, 1+2x3, _, _x3 and stale`,
    )
  }
  const step = rest === '' ? 0 : toNumber(rest)
  return { start: toNumber(first), step, repeats: Number(times ?? 0) }
}

function toNumber(text: string): number {
  return parseGoFloat(text.replace(/^\+/, '')) ?? Number.NaN
}

/** The steps are added one after the other, as in Prometheus: rounding adds up in the same way. */
function addItem(
  out: SequenceValue[],
  start: number | 'stale' | undefined,
  step: number,
  repeats: number,
): void {
  let value = start
  for (let i = 0; i <= repeats; i++) {
    out.push(value)
    if (typeof value === 'number') value += step
  }
}

/** Reads a series such as `up{job="a"}`; '' has no labels. Throws `NotationError`. */
export function parseSeries(text: string): Labels {
  if (text.trim() === '' || /^\s*\{\s*\}\s*$/.test(text)) return Labels.EMPTY
  const parsed = parseSeriesSelector(text)
  if (!parsed.ok) {
    const [fault] = parsed.faults
    throw new NotationError(fault === undefined ? 'not a series' : formatFault(text, fault))
  }
  const other = parsed.matchers.find(({ op }) => op !== '=')
  if (other !== undefined) {
    throw new NotationError(`a series has labels such as a="b", not ${other.name}${other.op}"…"`)
  }
  return Labels.fromPairs(parsed.matchers.map(({ name, value }): [string, string] => [name, value]))
}
