import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import type { MetricType } from '../../model/samples.ts'
import { parseGoFloat } from '../go-float.ts'
import { formatOpenMetricsFloat } from '../openmetrics/format-float.ts'
import { decodePooled } from '../text-pool.ts'
import {
  BRACE_CLOSE,
  BRACE_OPEN,
  COMMA,
  EQUAL,
  QUOTE,
  endOfLabelName,
  endOfMetricName,
  skipBlanks,
} from './char-class.ts'
import { scanQuoted } from './scan-series.ts'
import { unescapeLabel } from './unescape.ts'

const METRIC_NAME = '__name__'

/**
 * The labels of a series as a page writes it; the range must have passed `scanSeries`. `le` of a histogram and `quantile` of a
 * summary are given their canonical form, as Prometheus 3 does. Empty values are left out. Throws a `Problem` of code
 * `bad_data` when a label name comes twice.
 */
export function parseSeries(
  bytes: Uint8Array,
  start: number,
  end: number,
  type: MetricType,
): Labels {
  const flat: string[] = []
  const nameEnd = endOfMetricName(bytes, start, end)
  if (nameEnd > start) insertSorted(flat, METRIC_NAME, decodePooled(bytes, start, nameEnd))
  const brace = skipBlanks(bytes, nameEnd, end)
  if (brace < end && bytes[brace] === BRACE_OPEN) {
    readBraces(bytes, brace + 1, end, (name, value) => {
      insertSorted(flat, name, canonicalValue(type, name, value))
    })
  }
  return withoutEmpty(flat)
}

/**
 * The labels that a series is given without a value, which `parseSeries` leaves out. With `honor_labels` they say that the series
 * has no such label, not even the target's: so Pushgateway writes `instance=""`.
 */
export function emptyLabelsOf(bytes: Uint8Array, start: number, end: number): ReadonlySet<string> {
  const names = new Set<string>()
  const brace = skipBlanks(bytes, endOfMetricName(bytes, start, end), end)
  if (brace < end && bytes[brace] === BRACE_OPEN) {
    readBraces(bytes, brace + 1, end, (name, value) => {
      if (value === '') names.add(name)
    })
  }
  return names
}

/** The labels of an exemplar, from its opening brace on; the range must have passed `scanBraces`. */
export function parseExemplarLabels(bytes: Uint8Array, start: number, end: number): Labels {
  const flat: string[] = []
  readBraces(bytes, start + 1, end, (name, value) => insertSorted(flat, name, value))
  return withoutEmpty(flat)
}

/** Hands over each name and value between braces; a quoted name without a value is the metric's. */
function readBraces(
  bytes: Uint8Array,
  start: number,
  end: number,
  onLabel: (name: string, value: string) => void,
): void {
  let i = start
  for (;;) {
    i = skipBlanks(bytes, i, end)
    if (bytes[i] === COMMA) {
      i++
      continue
    }
    if (i >= end || bytes[i] === BRACE_CLOSE) return
    const isQuoted = bytes[i] === QUOTE
    const nameStart = i
    i = isQuoted ? scanQuoted(bytes, i, end, true) : endOfLabelName(bytes, i, end)
    const name = isQuoted ? readQuoted(bytes, nameStart, i) : decodePooled(bytes, nameStart, i)
    i = skipBlanks(bytes, i, end)
    if (bytes[i] !== EQUAL) {
      onLabel(METRIC_NAME, name)
      continue
    }
    i = skipBlanks(bytes, i + 1, end)
    const valueStart = i
    i = scanQuoted(bytes, i, end, true)
    onLabel(name, readQuoted(bytes, valueStart, i))
  }
}

function readQuoted(bytes: Uint8Array, start: number, end: number): string {
  return unescapeLabel(decodePooled(bytes, start + 1, end - 1))
}

function canonicalValue(type: MetricType, name: string, value: string): string {
  const isNumber =
    (type === 'histogram' && name === 'le') || (type === 'summary' && name === 'quantile')
  const number = isNumber ? parseGoFloat(value) : undefined
  return number === undefined ? value : formatOpenMetricsFloat(number)
}

/** Series have few labels, mostly in order already: an insertion sort from the end. */
function insertSorted(flat: string[], name: string, value: string): void {
  let at = flat.length
  while (at > 0 && name < (flat[at - 2] as string)) {
    flat[at] = flat[at - 2] as string
    flat[at + 1] = flat[at - 1] as string
    at -= 2
  }
  flat[at] = name
  flat[at + 1] = value
  if (at > 0 && flat[at - 2] === name) {
    throw new Problem(
      'bad_data',
      `label name ${JSON.stringify(name)} is not unique: invalid sample`,
    )
  }
}

function withoutEmpty(flat: string[]): Labels {
  if (!flat.includes('')) return Labels.fromSortedFlat(flat)
  const kept: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    if (flat[i + 1] !== '') kept.push(flat[i] as string, flat[i + 1] as string)
  }
  return Labels.fromSortedFlat(kept)
}
