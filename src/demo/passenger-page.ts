import { encodeText } from '../formats/prometheus-text/encode.ts'
import type { MetricFamily } from '../model/metric-family.ts'

/** What the pretend application server is doing. */
export interface PassengerState {
  /** Requests under way. */
  readonly busy: number
  /** Requests served so far. */
  readonly served: number
}

const PROCESSES = 6
const FIRST_PID = 4100
const INSTANCE = 'demo'
const SUPERGROUP = '/srv/demo (production)'
const LEAST_KB = 180_000

/** A page as the exporter of Passenger gives it, under the names that the dashboards and alerts for Passenger ask for. */
export function passengerPage({ busy, served }: PassengerState): string {
  const instance = ['instance', INSTANCE]
  const group = [...instance, 'supergroup', SUPERGROUP]
  const waiting = Math.max(0, busy - PROCESSES)
  const gauge = (name: string, help: string, labels: readonly string[], value: number) => ({
    ...{ name, help, type: 'gauge' as const },
    metrics: [{ labels, value }],
  })
  const each = (
    name: string,
    help: string,
    type: 'gauge' | 'counter',
    valueOf: (at: number) => number,
  ): MetricFamily => ({
    ...{ name, help, type },
    metrics: Array.from({ length: PROCESSES }, (_, at) => ({
      labels: [...group, 'pid', String(FIRST_PID + at)],
      value: valueOf(at),
    })),
  })
  const share = (at: number): number => Math.floor((served + PROCESSES - 1 - at) / PROCESSES)
  return encodeText([
    gauge('passenger_process_count', 'Total number of processes in instance', instance, PROCESSES),
    gauge(
      'passenger_capacity_used',
      'Capacity used by instance',
      instance,
      Math.min(busy, PROCESSES),
    ),
    gauge('passenger_get_wait_list_size', 'Size of get wait list in instance', instance, waiting),
    gauge(
      'passenger_supergroup_capacity_used',
      'Capacity used by supergroup',
      group,
      Math.min(busy, PROCESSES),
    ),
    gauge(
      'passenger_supergroup_get_wait_list_size',
      'Size of get wait list in supergroup',
      group,
      waiting,
    ),
    each('passenger_process_cpu', 'CPU usage by process', 'gauge', (at) =>
      at < busy ? 20 + at : 0,
    ),
    each('passenger_process_memory', 'Memory usage by process (rss), in KB', 'gauge', (at) =>
      Math.min(600_000, LEAST_KB + share(at) * 3),
    ),
    each('passenger_process_sessions', 'Active sessions by process', 'gauge', (at) =>
      at < busy ? 1 : 0,
    ),
    each('passenger_process_processed', 'Total requests processed by process', 'counter', share),
  ])
}
