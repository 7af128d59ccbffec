import type { Labels } from '../../../model/labels.ts'
import type { Metric, MetricFamily } from '../../../model/metric-family.ts'
import type { Log } from '../../../self/log.ts'
import type { Registry } from '../../../self/metrics.ts'
import type { MetricSettings } from './metrics-settings.ts'

/** Streams that one metric keeps apart; lines of more are not measured, and the log says so once. */
const MAX_STREAMS = 10_000

/** The value of one stream. */
export interface MetricCell {
  readonly labels: readonly string[]
  /** Of a histogram: the sum. */
  value: number
  /** Of a histogram: observations up to each bound. */
  readonly counts: Float64Array
  /** Of a histogram: observations. */
  count: number
  /** Unix milliseconds. */
  touchedMs: number
}

/** A metric that stages made, with its values by stream. */
export class StreamMetric {
  readonly #settings: MetricSettings
  readonly #cells = new Map<string, MetricCell>()
  /** How many stages write to it. */
  userCount = 0
  #isFull = false

  constructor(settings: MetricSettings) {
    this.#settings = settings
  }

  /** Whether another stage may write to it: the type is the same, and the buckets are. */
  isShapedAs({ kind }: MetricSettings): boolean {
    const own = this.#settings.kind
    if (kind.type !== 'histogram' || own.type !== 'histogram') return kind.type === own.type
    return kind.bounds.join() === own.bounds.join()
  }

  /** The cell of a stream; undefined when there are too many. */
  cell(labels: Labels, nowMs: number, log: Log): MetricCell | undefined {
    const known = this.#cells.get(labels.key)
    if (known !== undefined) return known
    if (this.#cells.size >= MAX_STREAMS) this.#forgetIdle(nowMs)
    if (this.#cells.size >= MAX_STREAMS) {
      if (!this.#isFull) {
        const fields = { metric: this.#settings.name, streams: MAX_STREAMS }
        log.warn('a metric of a pipeline has too many streams, others are not measured', fields)
      }
      this.#isFull = true
      return undefined
    }
    const { kind } = this.#settings
    const counts = new Float64Array(kind.type === 'histogram' ? kind.bounds.length : 0)
    const cell = { labels: shownLabels(labels), value: 0, counts, count: 0, touchedMs: 0 }
    this.#cells.set(labels.key, cell)
    return cell
  }

  #forgetIdle(nowMs: number): void {
    const beforeMs = nowMs - this.#settings.maxIdleMs
    for (const [key, { touchedMs }] of this.#cells) {
      if (touchedMs <= beforeMs) this.#cells.delete(key)
    }
  }

  /** As in promtail, what is idle is shown once more. */
  family(nowMs: number): MetricFamily {
    const { name, help, kind } = this.#settings
    const cells = [...this.#cells.values()]
    const metrics =
      kind.type === 'histogram'
        ? cells.flatMap((cell) => histogramLines(cell, kind.bounds))
        : cells.map(({ labels, value }) => ({ labels, value }))
    this.#forgetIdle(nowMs)
    return { name, help, type: kind.type, metrics }
  }
}

/** The metrics of all stages, so that stages that name the same one write to the same. */
export class MetricBoard {
  readonly #metrics = new Map<string, StreamMetric>()

  constructor(registry: Registry | undefined, nowMs: () => number) {
    registry?.collect(() => [...this.#metrics.values()].map((metric) => metric.family(nowMs())))
  }

  /** The metric of that name; undefined when there is one of another shape. Every call needs a `release`. */
  take(settings: MetricSettings): StreamMetric | undefined {
    const key = settings.name
    const metric = this.#metrics.get(key) ?? new StreamMetric(settings)
    if (!metric.isShapedAs(settings)) return undefined
    metric.userCount++
    this.#metrics.set(key, metric)
    return metric
  }

  release(settings: MetricSettings): void {
    const metric = this.#metrics.get(settings.name)
    if (metric !== undefined && --metric.userCount === 0) this.#metrics.delete(settings.name)
  }
}

const BOARDS = new WeakMap<Registry, MetricBoard>()

/** The board of a registry, one for all jobs; of its own where there is none. */
export function boardOf(registry: Registry | undefined, nowMs: () => number): MetricBoard {
  if (registry === undefined) return new MetricBoard(undefined, nowMs)
  let board = BOARDS.get(registry)
  if (board === undefined) {
    board = new MetricBoard(registry, nowMs)
    BOARDS.set(registry, board)
  }
  return board
}

/** Labels of the reserved kind stay out. */
function shownLabels({ flat }: Labels): readonly string[] {
  const out: string[] = []
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    if (!name.startsWith('__')) out.push(name, flat[i + 1] as string)
  }
  return out
}

function histogramLines(cell: MetricCell, bounds: readonly number[]): Metric[] {
  const { labels, value, count, counts } = cell
  const buckets = bounds.map((bound, at) => ({
    labels: [...labels, 'le', String(bound)],
    value: counts[at] ?? 0,
    suffix: '_bucket',
  }))
  return [
    ...buckets,
    { labels: [...labels, 'le', '+Inf'], value: count, suffix: '_bucket' },
    { labels, value, suffix: '_sum' },
    { labels, value: count, suffix: '_count' },
  ]
}
