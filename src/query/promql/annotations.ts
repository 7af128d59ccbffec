import type { Span } from '../../lang/promql/ast.ts'
import { quoteString, utf8Length } from '../../model/go-notation.ts'
import { formatG, formatGPrecision } from './go-format.ts'

type Severity = 'warning' | 'info'

interface Note {
  readonly severity: Severity
  readonly start: number
  /** What the message says between its text and its position; only notes that merge have it. */
  readonly detail?: MonotonicityDetail
}

interface MonotonicityDetail {
  fromMs: number
  toMs: number
  minBucket: number
  maxBucket: number
  maxDiff: number
  samples: number
}

const MAX_SHOWN = 10
const FORCED_MONOTONICITY =
  'PromQL info: input to histogram_quantile needed to be fixed for monotonicity (see https://prometheus.io/docs/prometheus/latest/querying/functions/#histogram_quantile)'

/** `line:column` of a UTF-16 offset, counted in bytes as Prometheus does. */
function positionOf(query: string, start: number): string {
  const before = query.slice(0, start)
  const lineStart = before.lastIndexOf('\n') + 1
  const line = before.split('\n').length
  return `${line}:${utf8Length(before.slice(lineStart)) + 1}`
}

function rfc3339(timestampMs: number): string {
  return new Date(Math.floor(timestampMs / 1000) * 1000).toISOString().replace('.000Z', 'Z')
}

function ofMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quoteString(name)}`
}

function describe(detail: MonotonicityDetail): string {
  const buckets = `from buckets ${formatG(detail.minBucket)} to ${formatG(detail.maxBucket)}`
  const diff = `with a max diff of ${formatGPrecision(detail.maxDiff, 2)}`
  const period = `from ${rfc3339(detail.fromMs)} to ${rfc3339(detail.toMs)}`
  return `, ${buckets}, ${diff}, over ${detail.samples} samples ${period}`
}

/**
 * The warnings and infos of one query, with the wording of Prometheus (util/annotations/annotations.go). The same message is
 * kept once, with the position seen last.
 */
export class Annotations {
  readonly #notes = new Map<string, Note>()

  #add(severity: Severity, message: string, where: Span): void {
    this.#notes.set(message, { severity, start: where.start })
  }

  warn(text: string, where: Span): void {
    this.#add('warning', `PromQL warning: ${text}`, where)
  }

  inform(text: string, where: Span): void {
    this.#add('info', `PromQL info: ${text}`, where)
  }

  invalidQuantile(quantile: number, where: Span): void {
    const text = `PromQL warning: quantile value should be between 0 and 1, got ${formatG(quantile)}`
    this.#add('warning', text, where)
  }

  invalidRatio(ratio: number, cappedTo: number, where: Span): void {
    const got = `got ${formatG(ratio)}, capping to ${formatG(cappedTo)}`
    this.#add('warning', `PromQL warning: ratio value should be between -1 and 1, ${got}`, where)
  }

  /** `metricName` is '' where names were dropped already. */
  badBucketLabel(value: string, metricName: string, where: Span): void {
    const text = `PromQL warning: bucket label "le" is missing or has a malformed value of ${quoteString(value)}${ofMetric(metricName)}`
    this.#add('warning', text, where)
  }

  sortInRangeQuery(where: Span): void {
    const text =
      'PromQL warning: sort is ineffective for range queries since results are always ordered by labels'
    this.#add('warning', text, where)
  }

  possibleNonCounter(metricName: string, where: Span): void {
    const text = 'metric might not be a counter, name does not end in _total/_sum/_count/_bucket:'
    this.#add('info', `PromQL info: ${text} ${quoteString(metricName)}`, where)
  }

  /** `text` tells which samples were answered from what. */
  downsampled(text: string, where: Span): void {
    this.#add('info', `PromQL info: ${text}`, where)
  }

  /** Several of these become one that covers them all. */
  forcedMonotonicity(
    timestampMs: number,
    minBucket: number,
    maxBucket: number,
    maxDiff: number,
    where: Span,
    metricName = '',
  ): void {
    const message = FORCED_MONOTONICITY + ofMetric(metricName)
    const detail = this.#notes.get(message)?.detail
    if (detail === undefined) {
      const first = {
        fromMs: timestampMs,
        toMs: timestampMs,
        minBucket,
        maxBucket,
        maxDiff,
        samples: 1,
      }
      this.#notes.set(message, { severity: 'info', start: where.start, detail: first })
      return
    }
    detail.fromMs = Math.min(detail.fromMs, timestampMs)
    detail.toMs = Math.max(detail.toMs, timestampMs)
    detail.minBucket = Math.min(detail.minBucket, minBucket)
    detail.maxBucket = Math.max(detail.maxBucket, maxBucket)
    detail.maxDiff = Math.max(detail.maxDiff, maxDiff)
    detail.samples++
  }

  /** The messages of one severity with their positions; past ten, the tenth is followed by how many were left out. */
  shown(severity: Severity, query: string): string[] {
    const all: string[] = []
    for (const [message, note] of this.#notes) {
      if (note.severity !== severity) continue
      const detail = note.detail === undefined ? '' : describe(note.detail)
      all.push(`${message}${detail} (${positionOf(query, note.start)})`)
    }
    if (all.length <= MAX_SHOWN) return all
    return [
      ...all.slice(0, MAX_SHOWN),
      `${all.length - MAX_SHOWN} more ${severity} annotations omitted`,
    ]
  }
}
