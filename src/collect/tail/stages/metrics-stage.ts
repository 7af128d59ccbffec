import type { Labels } from '../../../model/labels.ts'
import type { Metric, MetricFamily } from '../../../model/metric-family.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { readMetric, type MetricKind, type MetricSettings } from './metrics-settings.ts'
import type { StageEnv, StageSpec, StepStage } from './stage.ts'
import { numberOf, textOf } from './value-text.ts'

/** Streams that one metric keeps apart; lines of more are not measured, and the log says so once. */
const MAX_STREAMS = 10_000

/** `metrics`: counts and measures lines, on the page of the program's own metrics. */
export function readMetrics(node: YamlNode): StageSpec['compile'] | undefined {
  const map = node.asMap()
  if (map === undefined) {
    return node.isEmpty ? node.errorAtKey('needs at least one metric') : undefined
  }
  const metrics = map.entries().flatMap((entry) => readMetric(entry) ?? [])
  return (env) => metricsStage(metrics, env)
}

function metricsStage(settings: readonly MetricSettings[], env: StageEnv): StepStage {
  let metrics: readonly StreamMetric[] = settings.map((each) => new StreamMetric(each, env))
  env.registry?.collect(() => metrics.map((metric) => metric.family()))
  return {
    step: (entry) => {
      for (const metric of metrics) metric.record(entry)
      return true
    },
    stop: () => {
      metrics = []
    },
  }
}

/** The value of one stream. */
interface Cell {
  readonly labels: readonly string[]
  value: number
  /** Of a histogram: observations up to each bound, and of all. */
  readonly counts: Float64Array
  count: number
  touchedMs: number
}

class StreamMetric {
  readonly #settings: MetricSettings
  readonly #env: StageEnv
  readonly #cells = new Map<string, Cell>()
  #isFull = false

  constructor(settings: MetricSettings, env: StageEnv) {
    this.#settings = settings
    this.#env = env
  }

  record(entry: LogEntry): void {
    const { kind, source, value } = this.#settings
    if (kind.type === 'counter' && kind.matchesAll) {
      const amount = kind.countsBytes ? Buffer.byteLength(entry.line, 'utf8') : undefined
      this.#change(entry.labels, kind, amount)
      return
    }
    const found = entry.extracted.get(source)
    if (found === undefined) return
    if (value !== undefined && textOf(found) !== value) return
    this.#change(entry.labels, kind, found)
  }

  #change(labels: Labels, kind: MetricKind, found: unknown): void {
    const needsNumber = kind.type === 'histogram' || !['inc', 'dec'].includes(kind.action)
    const amount = needsNumber ? numberOf(found) : 1
    if (amount === undefined) return
    // A counter only grows.
    if (kind.type === 'counter' && !(amount >= 0)) return
    const cell = this.#cell(labels)
    if (cell === undefined) return
    cell.touchedMs = this.#env.nowMs()
    if (kind.type === 'histogram') {
      kind.bounds.forEach((bound, at) => {
        if (amount <= bound) cell.counts[at] = (cell.counts[at] ?? 0) + 1
      })
      cell.count++
      cell.value += amount
    } else if (kind.action === 'set') cell.value = amount
    else cell.value += kind.action === 'dec' || kind.action === 'sub' ? -amount : amount
  }

  #cell(labels: Labels): Cell | undefined {
    const known = this.#cells.get(labels.key)
    if (known !== undefined) return known
    if (this.#cells.size >= MAX_STREAMS) this.#forgetIdle()
    if (this.#cells.size >= MAX_STREAMS) {
      if (!this.#isFull) {
        this.#env.log.warn('a metric of a pipeline has too many streams, others are not measured', {
          metric: this.#settings.name,
          streams: MAX_STREAMS,
        })
      }
      this.#isFull = true
      return undefined
    }
    const { kind } = this.#settings
    const cell: Cell = {
      labels: shownLabels(labels),
      value: 0,
      counts: new Float64Array(kind.type === 'histogram' ? kind.bounds.length : 0),
      count: 0,
      touchedMs: 0,
    }
    this.#cells.set(labels.key, cell)
    return cell
  }

  #forgetIdle(): void {
    const beforeMs = this.#env.nowMs() - this.#settings.maxIdleMs
    for (const [key, { touchedMs }] of this.#cells) {
      if (touchedMs <= beforeMs) this.#cells.delete(key)
    }
  }

  family(): MetricFamily {
    const { name, help, kind } = this.#settings
    const cells = [...this.#cells.values()]
    const metrics =
      kind.type === 'histogram'
        ? cells.flatMap((cell) => histogramLines(cell, kind.bounds))
        : cells.map(({ labels, value }) => ({ labels, value }))
    // As in promtail, what is idle is shown once more.
    this.#forgetIdle()
    return { name, help, type: kind.type, metrics }
  }
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

function histogramLines(cell: Cell, bounds: readonly number[]): Metric[] {
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
