/**
 * What an agent forwards, each in a queue of its own, so that one that the server refuses does not hold up the others: samples by remote
 * write, lines by Loki's push, and what programs of OpenTelemetry send as it came. Requests of each, one behind the other, are one request:
 * their messages have nothing but lists.
 */
export const SIGNALS = ['metrics', 'logs', 'otlp_logs', 'traces'] as const

export type Signal = (typeof SIGNALS)[number]

/** What of the room for all queues is each one's. */
export const SHARE_OF: Readonly<Record<Signal, number>> = {
  metrics: 0.5,
  logs: 0.25,
  otlp_logs: 0.125,
  traces: 0.125,
}
