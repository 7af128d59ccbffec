import type { MetricType } from './samples.ts'

/** One line of an exposition page: the value of one series now. */
export interface Metric {
  /**
   * `name, value, name, value, …` in the order in which they are to be written; names are unique, and an empty value means the
   * same as an absent label. Collectors may hand out the same array on every collection: nobody changes it.
   */
  readonly labels: readonly string[]
  readonly value: number
  /** What follows the family's name, e.g. `_bucket`, `_sum`, `_count`, `_total`; absent when the line has the name itself. */
  readonly suffix?: string
  /** Milliseconds since the Unix epoch; absent (the rule) means the time of the scrape. */
  readonly timestampMs?: number
}

/**
 * A metric family as Prometheus's text formats know it: a name, what it is, and its lines. This is what in-process sources (the
 * host, our own metrics) hand to the scraper and to the encoder of pages.
 */
export interface MetricFamily {
  /**
   * The name that `# TYPE` carries. As in text format 0.0.4, a counter's name includes its `_total`, so that its lines need no
   * suffix; an encoder of OpenMetrics takes it off there.
   */
  readonly name: string
  /** Plain text; the encoder escapes. */
  readonly help: string
  readonly type: MetricType
  /** OpenMetrics's unit, e.g. `seconds`; absent when there is none. */
  readonly unit?: string
  readonly metrics: readonly Metric[]
}
