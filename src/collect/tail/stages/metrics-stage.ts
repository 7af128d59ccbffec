import type { Labels } from '../../../model/labels.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import type { LogEntry } from './entry.ts'
import { boardOf, type StreamMetric } from './metric-board.ts'
import { readMetric, type MetricSettings } from './metrics-settings.ts'
import type { StageEnv, StageSpec, StepStage } from './stage.ts'
import { numberOf, textOf } from './value-text.ts'

/** `metrics`: counts and measures lines, on the page of the program's own metrics. */
export function readMetrics(node: YamlNode): StageSpec['compile'] | undefined {
  const map = node.asMap()
  if (map === undefined) {
    return node.isEmpty ? node.errorAtKey('needs at least one metric') : undefined
  }
  const metrics = map.entries().flatMap((entry) => readMetric(entry) ?? [])
  return (env) => metricsStage(metrics, env)
}

function metricsStage(metrics: readonly MetricSettings[], env: StageEnv): StepStage {
  const board = boardOf(env.registry, env.nowMs)
  const recorders = metrics.flatMap((settings) => {
    const metric = board.take(settings)
    if (metric !== undefined) return [new Recorder(settings, metric, env)]
    const fields = { metric: settings.name }
    env.log.warn('a metric of a pipeline has another shape in another stage, not counted', fields)
    return []
  })
  return {
    step: (entry) => {
      for (const recorder of recorders) recorder.record(entry)
      return true
    },
    stop: () => {
      for (const { settings } of recorders) board.release(settings)
    },
  }
}

/** Writes what one stage measures. */
class Recorder {
  readonly settings: MetricSettings
  readonly #metric: StreamMetric
  readonly #env: StageEnv

  constructor(settings: MetricSettings, metric: StreamMetric, env: StageEnv) {
    this.settings = settings
    this.#metric = metric
    this.#env = env
  }

  record(entry: LogEntry): void {
    const { kind, source, value } = this.settings
    if (kind.type === 'counter' && kind.matchesAll) {
      const amount = kind.countsBytes ? Buffer.byteLength(entry.line, 'utf8') : undefined
      this.#change(entry.labels, amount)
      return
    }
    const found = entry.extracted.get(source)
    if (found === undefined) return
    if (value !== undefined && textOf(found) !== value) return
    this.#change(entry.labels, found)
  }

  #change(labels: Labels, found: unknown): void {
    const { kind } = this.settings
    const needsNumber = kind.type === 'histogram' || !['inc', 'dec'].includes(kind.action)
    const amount = needsNumber ? numberOf(found) : 1
    if (amount === undefined) return
    // A counter only grows.
    if (kind.type === 'counter' && !(amount >= 0)) return
    const nowMs = this.#env.nowMs()
    const cell = this.#metric.cell(labels, nowMs, this.#env.log)
    if (cell === undefined) return
    cell.touchedMs = nowMs
    if (kind.type === 'histogram') {
      kind.bounds.forEach((bound, at) => {
        if (amount <= bound) cell.counts[at] = (cell.counts[at] ?? 0) + 1
      })
      cell.count++
      cell.value += amount
    } else if (kind.action === 'set') cell.value = amount
    else cell.value += kind.action === 'dec' || kind.action === 'sub' ? -amount : amount
  }
}
