import { LINE_TABLES, SPAN_TABLES } from '../retention.ts'

/** What is kept, by what it is: each has its share of the disk. */
export const SIGNALS = ['metrics', 'logs', 'traces'] as const
export type Signal = (typeof SIGNALS)[number]

/** A figure of each signal. */
export type PerSignal<T> = Readonly<Record<Signal, T>>

/** Tables whose rows belong to no time: they are small, and nothing of them goes. */
const TIMELESS = new Set(['metric_metadata', 'doomed_lines', 'schema_version'])

/** Whose data a table holds; undefined for the few that are nobody's. */
export function signalOf(table: string): Signal | undefined {
  if (TIMELESS.has(table)) return undefined
  if (LINE_TABLES.includes(table)) return 'logs'
  return SPAN_TABLES.includes(table) ? 'traces' : 'metrics'
}

/** One figure a signal. */
export function perSignal<T>(figureOf: (signal: Signal) => T): PerSignal<T> {
  return { metrics: figureOf('metrics'), logs: figureOf('logs'), traces: figureOf('traces') }
}

export function sumOf(figures: PerSignal<number>): number {
  return SIGNALS.reduce((sum, signal) => sum + figures[signal], 0)
}
