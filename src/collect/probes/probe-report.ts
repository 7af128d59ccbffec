import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import { PROBE_METRICS } from './probe-metrics.ts'

/** Notes kept of one probe: they are shown to who asks with `debug=true`. */
const MAX_NOTES = 200
const MAX_NOTE_CHARS = 500

/** What one probe finds out: values by metric, and in words what happened. */
export class ProbeReport {
  readonly #values = new Map<string, Map<string, { labels: readonly string[]; value: number }>>()
  readonly #notes: string[] = []

  /** `labels` are `name, value, …`. */
  set(name: string, value: number, ...labels: readonly string[]): void {
    this.#cell(name, labels).value = value
  }

  add(name: string, value: number, ...labels: readonly string[]): void {
    this.#cell(name, labels).value += value
  }

  /** Says what happened. A text never holds credentials or the body of an answer. */
  note(text: string): void {
    if (this.#notes.length < MAX_NOTES) this.#notes.push(text.slice(0, MAX_NOTE_CHARS))
  }

  /** Says why the probe failed; always false, so that a prober can return it. */
  fail(reason: string): false {
    this.note(reason)
    return false
  }

  get notes(): readonly string[] {
    return this.#notes
  }

  families(): MetricFamily[] {
    return PROBE_METRICS.flatMap(({ name, help }): MetricFamily[] => {
      const cells = this.#values.get(name)
      if (cells === undefined) return []
      const metrics: Metric[] = [...cells.values()]
      return [{ name, help, type: 'gauge', metrics }]
    })
  }

  #cell(name: string, labels: readonly string[]): { value: number } {
    const cells =
      this.#values.get(name) ?? new Map<string, { labels: readonly string[]; value: number }>()
    this.#values.set(name, cells)
    const key = labels.join('\u0000')
    const cell = cells.get(key) ?? { labels, value: 0 }
    cells.set(key, cell)
    return cell
  }
}

/** Seconds since a time of `performance.now()`. */
export function secondsSince(startMs: number): number {
  return (performance.now() - startMs) / 1000
}
