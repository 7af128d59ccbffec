import type { Metric, MetricFamily } from '../../model/metric-family.ts'
import type { Registry } from '../../self/metrics.ts'
import type { DiskState } from './disk-budget.ts'
import { SIGNALS, type Signal } from './signals.ts'

/** The figures of the disk budget, once there are some. */
export function registerDiskMetrics(
  registry: Registry,
  stateOf: () => DiskState | undefined,
  nowMs: () => number,
): void {
  registry.collect(() => {
    const state = stateOf()
    return state === undefined ? [] : [...boundFamilies(state, nowMs()), ...signalFamilies(state)]
  })
}

function boundFamilies(
  { settings, usage, forecast, refusal }: DiskState,
  nowMs: number,
): MetricFamily[] {
  const other = (what: string, value: number): Metric => ({ labels: ['what', what], value })
  const families = [
    one(
      'vedette_disk_refusing',
      'Whether pushes are refused because the disk budget is used up.',
      refusal === undefined ? 0 : 1,
    ),
    family('vedette_disk_other_bytes', 'gauge', 'What the data directory takes besides data.', [
      other('files', usage.otherBytes),
      other('merges', usage.passingBytes),
      other('backup', usage.heldBytes),
    ]),
  ]
  if (settings !== undefined) {
    const { budgetBytes } = settings
    families.push(
      one('vedette_disk_budget_bytes', 'Most that the data directory may take.', budgetBytes),
    )
  }
  if (forecast.fullInMs !== undefined) {
    families.push(
      one(
        'vedette_disk_forecast_full_timestamp_seconds',
        'When the disk budget, or the disk, will be full if all goes on as in the last hours.',
        (nowMs + forecast.fullInMs) / 1000,
      ),
    )
  }
  return families
}

function signalFamilies(state: DiskState): MetricFamily[] {
  const { usage, bytesPerSecond, oldestMs, forecast, droppedBytes, settings } = state
  const each = (valueOf: (signal: Signal) => number | undefined, extra: readonly string[] = []) =>
    SIGNALS.flatMap((signal): Metric[] => {
      const value = valueOf(signal)
      if (value === undefined || !Number.isFinite(value)) return []
      return [{ labels: [...extra, 'signal', signal], value }]
    })
  const seconds = (ms: number | undefined): number | undefined => ms && ms / 1000
  const families = [
    family(
      'vedette_disk_bytes',
      'gauge',
      'What a signal takes on the disk.',
      each((signal) => usage.signals[signal]),
    ),
    family(
      'vedette_disk_growth_bytes_per_second',
      'gauge',
      'What the last hours brought, packed.',
      each((signal) => bytesPerSecond[signal]),
    ),
    family(
      'vedette_oldest_timestamp_seconds',
      'gauge',
      'Time of the oldest data on the disk.',
      each((signal) => seconds(oldestMs[signal])),
    ),
    family(
      'vedette_disk_forecast_reach_seconds',
      'gauge',
      'How far back a signal will reach when the disk budget is full, or in the end.',
      each((signal) => seconds(forecast.reachMs[signal])),
    ),
    family(
      'vedette_dropped_bytes_total',
      'counter',
      'Data that was dropped before its retention ended.',
      each((signal) => droppedBytes[signal], ['reason', 'disk_budget']),
    ),
  ]
  if (settings === undefined) return families
  const share = family(
    'vedette_disk_share_ratio',
    'gauge',
    'What a signal may take of the disk budget when all want more.',
    each((signal) => settings.shares[signal]),
  )
  return [...families, share]
}

function family(
  name: string,
  type: 'gauge' | 'counter',
  help: string,
  metrics: readonly Metric[],
): MetricFamily {
  return { name, help, type, metrics: [...metrics] }
}

function one(name: string, help: string, value: number): MetricFamily {
  return family(name, 'gauge', help, [{ labels: [], value }])
}
