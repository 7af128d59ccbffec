import type { QueryStatsJson } from '../../contract/prometheus.ts'
import { formatFixed, formatSampleValue } from '../../formats/go-float.ts'
import type { Labels } from '../../model/labels.ts'
import type { PromqlResult, PromqlStats, ResultHistograms } from '../../query/promql/engine.ts'
import { encodeHistogram } from './encode-histogram.ts'

/** Length from which on a piece is handed out: about a millisecond of work. */
const PIECE_LENGTH = 64 * 1024

/** Prometheus shows the first ten of each kind (web/api/v1, respond). */
const MAX_ANNOTATIONS = 10

/** A grid has at most this many times (the API's own limit of points); others are formatted one by one. */
const MAX_GRID_POINTS = 11_001

export interface EncodeOptions {
  /** Series shown at most; 0 is all. More of them adds the warning of the original. */
  readonly limit: number
  /** Present when the request asked for statistics. */
  readonly withStats: boolean
  /** Warnings besides those of the result. */
  readonly warnings: readonly string[]
  /** Of a range query: lets the text of a time be made once for all series. */
  readonly grid?: { readonly startMs: number; readonly stepMs: number }
}

/**
 * The whole JSON answer of a query, written by hand from the columns, in pieces: whoever sends them decides when to go on, so
 * that a large answer neither blocks the event loop nor stands in memory as a whole.
 */
export function* encodeQueryAnswer(
  result: PromqlResult,
  options: EncodeOptions,
): Generator<string, void, undefined> {
  const shown = options.limit > 0 ? Math.min(options.limit, result.labels.length) : undefined
  const isTruncated = isSeries(result) && shown !== undefined && shown < result.labels.length
  const count = shown ?? result.labels.length

  const head = `{"status":"success","data":{"resultType":"${result.type}","result":`
  const stats = options.withStats ? `,"stats":${JSON.stringify(statsJson(result.stats))}` : ''
  const warnings = isTruncated
    ? [...result.warnings, ...options.warnings, 'results truncated due to limit']
    : [...result.warnings, ...options.warnings]
  const tail = `${stats}}${annotations('warnings', 'warning', warnings)}${annotations('infos', 'info', result.infos)}}`

  switch (result.type) {
    case 'scalar': {
      const value = formatFixed(result.values[0] ?? NaN)
      yield `${head}[${formatSeconds(result.timestampsMs[0] ?? 0)},"${value}"]${tail}`
      return
    }
    case 'string': {
      const text = JSON.stringify(result.text ?? '')
      yield `${head}[${formatSeconds(result.timestampsMs[0] ?? 0)},${text}]${tail}`
      return
    }
    case 'vector':
      yield* encodeVector(result, count, head, tail)
      return
    case 'matrix':
      yield* encodeMatrix(result, count, options.grid, head, tail)
      return
    default:
      result.type satisfies never
  }
}

function isSeries(result: PromqlResult): boolean {
  return result.type === 'vector' || result.type === 'matrix'
}

function* encodeVector(
  result: PromqlResult,
  count: number,
  head: string,
  tail: string,
): Generator<string, void, undefined> {
  const { labels, timestampsMs, values, histograms } = result
  let out = `${head}[`
  let lastMs = NaN
  let time = ''
  for (let i = 0; i < count; i++) {
    const ms = timestampsMs[i] as number
    const histogram = histograms?.rows[i] ?? -1
    if (histograms !== undefined && histogram >= 0) {
      if (i > 0) out += ','
      out += `{"metric":${encodeLabels(labels[i] as Labels)},"histogram":[${formatSeconds(ms)},`
      out += encodeHistogram(histograms.table, histogram) + ']}'
      continue
    }
    if (ms !== lastMs) {
      lastMs = ms
      time = `,"value":[${formatSeconds(ms)},"`
    }
    if (i > 0) out += ','
    out += `{"metric":${encodeLabels(labels[i] as Labels)}${time}`
    out += formatSampleValue(values[i] as number) + '"]}'
    if (out.length >= PIECE_LENGTH) {
      yield out
      out = ''
    }
  }
  yield `${out}]${tail}`
}

function* encodeMatrix(
  result: PromqlResult,
  count: number,
  grid: EncodeOptions['grid'],
  head: string,
  tail: string,
): Generator<string, void, undefined> {
  const { labels, offsets, timestampsMs, values, histograms } = result
  if (histograms !== undefined) {
    yield* encodeMixedMatrix({ ...result, histograms }, count, head, tail)
    return
  }
  const openPoint = pointOpener(grid)
  let out = `${head}[`
  for (let i = 0; i < count; i++) {
    if (i > 0) out += ','
    out += `{"metric":${encodeLabels(labels[i] as Labels)}`
    const first = offsets[i] as number
    const end = offsets[i + 1] as number
    let lastValue = NaN
    let text = 'NaN'
    for (let row = first; row < end; row++) {
      const value = values[row] as number
      // Most gauges and counters stand still for a while. (A NaN equals nothing and is cheap anyway; -0 equals 0 but differs.)
      if (value !== lastValue || value === 0) {
        lastValue = value
        text = formatSampleValue(value)
      }
      out +=
        (row === first ? ',"values":[' : ',') + openPoint(timestampsMs[row] as number) + text + '"]'
      if (out.length >= PIECE_LENGTH) {
        yield out
        out = ''
      }
    }
    out += end > first ? ']}' : '}'
  }
  yield `${out}]${tail}`
}

/** The same where there are native histograms: of each series its floats, then its histograms. */
function* encodeMixedMatrix(
  result: PromqlResult & { readonly histograms: ResultHistograms },
  count: number,
  head: string,
  tail: string,
): Generator<string, void, undefined> {
  const { labels, offsets, timestampsMs, values, histograms } = result
  let out = `${head}[`
  for (let i = 0; i < count; i++) {
    if (i > 0) out += ','
    out += `{"metric":${encodeLabels(labels[i] as Labels)}`
    for (const kind of ['values', 'histograms'] as const) {
      let isFirst = true
      for (let row = offsets[i] as number; row < (offsets[i + 1] as number); row++) {
        const histogram = histograms.rows[row] as number
        if (histogram >= 0 !== (kind === 'histograms')) continue
        out += isFirst ? `,"${kind}":[` : ','
        isFirst = false
        out += `[${formatSeconds(timestampsMs[row] as number)},`
        out +=
          histogram >= 0
            ? encodeHistogram(histograms.table, histogram)
            : `"${formatSampleValue(values[row] as number)}"`
        out += ']'
        if (out.length >= PIECE_LENGTH) {
          yield out
          out = ''
        }
      }
      if (!isFirst) out += ']'
    }
    out += '}'
  }
  yield `${out}]${tail}`
}

/** `[1435781451.781,"`: of times on the grid the text is made once. */
function pointOpener(grid: EncodeOptions['grid']): (timestampMs: number) => string {
  const format = (ms: number): string => `[${formatSeconds(ms)},"`
  if (grid === undefined || !(grid.stepMs > 0)) return format
  const { startMs, stepMs } = grid
  const texts: string[] = []
  return (ms) => {
    const step = (ms - startMs) / stepMs
    if (!Number.isInteger(step) || step < 0 || step > MAX_GRID_POINTS) return format(ms)
    return (texts[step] ??= format(ms))
  }
}

/** Milliseconds as seconds with up to three decimals, as Prometheus's MarshalTimestamp writes them (`.5` s is `.500`). */
export function formatSeconds(timestampMs: number): string {
  const size = Math.abs(timestampMs)
  const fraction = size % 1000
  const sign = timestampMs < 0 ? '-' : ''
  const whole = `${sign}${(size - fraction) / 1000}`
  if (fraction === 0) return whole
  return `${whole}.${fraction < 10 ? '00' : fraction < 100 ? '0' : ''}${fraction}`
}

/** A label set as a JSON object. */
export function encodeLabels(labels: Labels): string {
  const flat = labels.flat
  let out = '{'
  for (let i = 0; i < flat.length; i += 2) {
    if (i > 0) out += ','
    out += quote(flat[i] as string) + ':' + quote(flat[i + 1] as string)
  }
  return out + '}'
}

/** A JSON string. Nearly all labels hold nothing to escape, and looking is cheaper than `JSON.stringify`. */
function quote(text: string): string {
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i)
    // Quote, backslash, controls, and surrogates (a lone one must be escaped).
    if (code < 0x20 || code === 0x22 || code === 0x5c || code >= 0xd800) return JSON.stringify(text)
  }
  return `"${text}"`
}

/** `,"warnings":[…]`, or nothing when there are none. */
function annotations(key: string, word: string, texts: readonly string[]): string {
  if (texts.length === 0) return ''
  const shown = texts.slice(0, MAX_ANNOTATIONS)
  const skipped = texts.length - shown.length
  if (skipped > 0) shown.push(`${skipped} more ${word} annotations omitted`)
  return `,"${key}":${JSON.stringify(shown)}`
}

function statsJson(stats: PromqlStats): QueryStatsJson {
  return {
    timings: {
      evalTotalTime: stats.evalTotalMs / 1000,
      resultSortTime: 0,
      queryPreparationTime: stats.fetchMs / 1000,
      innerEvalTime: Math.max(0, stats.evalTotalMs - stats.fetchMs) / 1000,
      execQueueTime: stats.queueMs / 1000,
      execTotalTime: (stats.evalTotalMs + stats.queueMs) / 1000,
    },
    samples: {
      totalQueryableSamples: stats.samplesRead,
      samplesRead: stats.samplesRead,
      peakSamples: stats.peakSamples,
    },
  }
}
