import { quoteString } from '../../../model/go-notation.ts'
import type { Span } from '../../../lang/promql/ast.ts'
import type { Annotations } from '../annotations.ts'

function ofMetric(name: string): string {
  return name === '' ? '' : ` for metric name ${quoteString(name)}`
}

/** What Prometheus tells about native histograms, in its words (util/annotations/annotations.go). */
export class HistogramNotes {
  readonly #notes: Annotations
  readonly #where: Span

  /** `where` is the expression that the notes are about. */
  constructor(notes: Annotations, where: Span) {
    this.#notes = notes
    this.#where = where
  }

  mixedFloats(metricName: string): void {
    const text = 'encountered a mix of histograms and floats for metric name'
    this.#notes.warn(`${text} ${quoteString(metricName)}`, this.#where)
  }

  mixedFloatsInAggregation(): void {
    const text = 'encountered a mix of histograms and floats for aggregation'
    this.#notes.warn(text, this.#where)
  }

  mixedClassic(metricName: string): void {
    const text = 'vector contains a mix of classic and native histograms'
    this.#notes.warn(text + ofMetric(metricName), this.#where)
  }

  mixedSchemas(metricName: string): void {
    const text =
      'vector contains a mix of histograms with exponential and custom buckets schemas for metric name'
    this.#notes.warn(`${text} ${quoteString(metricName)}`, this.#where)
  }

  notCounter(metricName: string): void {
    const text = 'this native histogram metric is not a counter:'
    this.#notes.warn(`${text} ${quoteString(metricName)}`, this.#where)
  }

  notGauge(metricName: string): void {
    const text = 'this native histogram metric is not a gauge:'
    this.#notes.warn(`${text} ${quoteString(metricName)}`, this.#where)
  }

  incompatibleLayout(op: string): void {
    this.#notes.warn(
      `incompatible bucket layout encountered for binary operator ${op}`,
      this.#where,
    )
  }

  incompatibleTypes(left: string, op: string, right: string): void {
    const text = 'incompatible sample types encountered for binary operator'
    this.#notes.inform(`${text} ${quoteString(op)}: ${left} ${op} ${right}`, this.#where)
  }

  ignoredInAggregation(op: string): void {
    this.#notes.inform(`ignored histogram in ${op} aggregation`, this.#where)
  }

  ignoredInRange(metricName: string): void {
    const text =
      'ignored histograms in a range containing both floats and histograms for metric name'
    this.#notes.inform(`${text} ${quoteString(metricName)}`, this.#where)
  }

  quantileIsNaN(metricName: string): void {
    const text = 'input to histogram_quantile has NaN observations, result is NaN'
    this.#notes.inform(text + ofMetric(metricName), this.#where)
  }

  quantileIsSkewed(metricName: string): void {
    const text = 'input to histogram_quantile has NaN observations, result is skewed higher'
    this.#notes.inform(text + ofMetric(metricName), this.#where)
  }

  fractionLacksNaN(metricName: string): void {
    const text =
      'input to histogram_fraction has NaN observations, which are excluded from all fractions'
    this.#notes.inform(text + ofMetric(metricName), this.#where)
  }

  resetsCollide(operation: HistogramOperation): void {
    this.#notes.warn(`conflicting counter resets during histogram ${operation}`, this.#where)
  }

  boundsReconciled(operation: HistogramOperation): void {
    this.#notes.inform(`mismatched custom buckets were reconciled during ${operation}`, this.#where)
  }
}

export type HistogramOperation = 'addition' | 'subtraction' | 'aggregation'
