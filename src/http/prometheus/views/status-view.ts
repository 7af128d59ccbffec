import { hostname } from 'node:os'
import { printPrometheusConfig } from '../../../collect/config/print.ts'
import type { PrometheusConfig } from '../../../collect/config/prometheus-config.ts'
import type { AggregatesJson, DiskJson } from '../../../contract/disk.ts'
import { formatDurationMs } from '../../../model/duration.ts'
import { PROMETHEUS_VERSION, VERSION } from '../../../self/version.ts'
import { nameResolution } from '../../../store/downsample/levels.ts'
import type { Retention } from '../../../store/limits.ts'
import type { MetricsStore } from '../../../store/metrics-store.ts'
import type { StatusView } from '../doors.ts'
import { describeIndex } from './tsdb-status.ts'

/** What the status endpoints read; every member is asked anew for each request. */
export interface StatusSources {
  readonly startedMs: number
  readonly config: () => {
    readonly prometheus: PrometheusConfig
    readonly prometheusFile: string
    readonly retention: Retention
  }
  readonly flags: () => Readonly<Record<string, string>>
  readonly lastReload: () => { readonly succeeded: boolean; readonly atMs: number }
  readonly store: () => MetricsStore | undefined
  readonly features: ReadonlySet<string>
  readonly disk: () => Promise<DiskJson | undefined>
}

export function createStatusView(sources: StatusSources): StatusView {
  return {
    buildInfo: () => ({
      version: PROMETHEUS_VERSION,
      revision: `vedette-${VERSION}`,
      branch: 'vedette',
      buildUser: '',
      buildDate: '',
      goVersion: `node ${process.version}`,
    }),
    configYaml: () => {
      const { prometheus, prometheusFile } = sources.config()
      return printPrometheusConfig(prometheus, prometheusFile)
    },
    flags: sources.flags,
    runtimeInfo: () => {
      const reload = sources.lastReload()
      return {
        startTime: new Date(sources.startedMs).toISOString(),
        CWD: process.cwd(),
        hostname: hostname(),
        serverTime: new Date().toISOString(),
        reloadConfigSuccess: reload.succeeded,
        lastConfigTime: new Date(reload.atMs).toISOString(),
        corruptionCount: 0,
        goroutineCount: 0,
        GOMAXPROCS: 1,
        GOMEMLIMIT: 0,
        GOGC: '',
        GODEBUG: '',
        storageRetention: describeRetention(sources.config().retention),
      }
    },
    tsdb: async (limit) => {
      const store = sources.store()
      return store === undefined ? EMPTY_INDEX : describeIndex(store, limit)
    },
    disk: async () => {
      const [disk, store] = [await sources.disk(), sources.store()]
      const aggregates = store === undefined ? [] : describeAggregates(store)
      return disk === undefined ? null : { ...disk, ...(aggregates.length > 0 && { aggregates }) }
    },
    notifications: () => [],
    features: () => ({
      flags: Object.fromEntries([...sources.features].map((name) => [name, true])),
    }),
  }
}

function describeAggregates({ buckets }: MetricsStore): AggregatesJson[] {
  return buckets.downsampler
    .stats()
    .filter(({ days, waitingDays }) => days + waitingDays > 0)
    .map(({ resolutionMs, rows, bytes, waitingDays, untilMs }) => ({
      resolution: nameResolution(resolutionMs),
      count: rows,
      bytes,
      waitingDays,
      untilMs: untilMs === 0 ? null : untilMs,
    }))
}

const EMPTY_INDEX = {
  headStats: { numSeries: 0, numLabelPairs: 0, chunkCount: 0, minTime: 0, maxTime: 0 },
  seriesCountByMetricName: [],
  labelValueCountByLabelName: [],
  memoryInBytesByLabelName: [],
  seriesCountByLabelValuePair: [],
}

function describeRetention(retention: Retention): string {
  const time = formatDurationMs(retention.timeMs)
  return retention.sizeBytes > 0 ? `${time} or ${retention.sizeBytes}B` : time
}
