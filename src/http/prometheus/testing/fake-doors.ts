import { PushDecoder } from '../../../formats/remote-write/push-decoder.ts'
import { Labels } from '../../../model/labels.ts'
import type { Matcher } from '../../../model/matcher.ts'
import type { AppendResult, Exemplar, MetricMetadata, SampleBatch } from '../../../model/samples.ts'
import type { PromqlRequest, PromqlResult } from '../../../query/promql/engine.ts'
import { silentLog } from '../../../self/log.ts'
import { createRegistry } from '../../../self/metrics.ts'
import type { MetricsSource, NameQuery } from '../../../store/metrics-source.ts'
import type { PrometheusDoors } from '../doors.ts'

/** What a test may look at and change while the listener runs. */
export interface FakeWorld {
  readonly queries: PromqlRequest[]
  result: PromqlResult | Error
  readonly batches: SampleBatch[]
  appendResult: (batch: SampleBatch) => Promise<AppendResult>
  readonly series: Labels[]
  readonly exemplars: Exemplar[]
  readonly metadata: Map<string, MetricMetadata[]>
  readonly nameQueries: NameQuery[]
  readonly deletions: {
    selectors: readonly (readonly Matcher[])[]
    startMs: number
    endMs: number
  }[]
  reloadFaults: string[]
  quits: number
  isReady: boolean
}

export const NOW_MS = 1_700_000_000_000

/** A result from plain rows: each series with its `[timestampMs, value]` points. */
export function resultOf(
  type: PromqlResult['type'],
  series: readonly (readonly [Record<string, string>, readonly (readonly [number, number])[]])[],
  extra: Partial<PromqlResult> = {},
): PromqlResult {
  const points = series.flatMap(([, rows]) => rows)
  let at = 0
  const offsets = [0, ...series.map(([, rows]) => (at += rows.length))]
  return {
    type,
    labels:
      type === 'scalar' || type === 'string' ? [] : series.map(([labels]) => Labels.from(labels)),
    offsets: Uint32Array.from(offsets),
    timestampsMs: Float64Array.from(points, ([timestampMs]) => timestampMs),
    values: Float64Array.from(points, ([, value]) => value),
    warnings: [],
    infos: [],
    stats: { evalTotalMs: 3, queueMs: 1, fetchMs: 2, samplesRead: 10, peakSamples: 5 },
    ...extra,
  }
}

export function createFakeWorld(): FakeWorld {
  return {
    queries: [],
    result: resultOf('vector', [[{ __name__: 'up', job: 'a' }, [[NOW_MS, 1]]]]),
    batches: [],
    appendResult: (batch) =>
      Promise.resolve({ accepted: batch.values.length, rejected: [], rejectedCount: 0 }),
    series: [
      Labels.from({ __name__: 'up', job: 'a', instance: 'x:1' }),
      Labels.from({ __name__: 'up', job: 'b', instance: 'y:1' }),
      Labels.from({ __name__: 'http.requests', job: 'b' }),
    ],
    exemplars: [],
    metadata: new Map([['up', [{ family: 'up', type: 'gauge', help: 'Up?', unit: '' }]]]),
    nameQueries: [],
    deletions: [],
    reloadFaults: [],
    quits: 0,
    isReady: true,
  }
}

function fakeSource(world: FakeWorld): MetricsSource {
  const found = (query: NameQuery): Labels[] => {
    world.nameQueries.push(query)
    const accepts = (labels: Labels) => (matchers: readonly Matcher[]) =>
      matchers.every((m) => m.matches(labels.get(m.name)))
    return world.series.filter(
      (labels) => query.selectors.length === 0 || query.selectors.some(accepts(labels)),
    )
  }
  const limited = <T>(values: T[], { limit }: NameQuery) => {
    const truncated = limit > 0 && values.length > limit
    return Promise.resolve({ values: truncated ? values.slice(0, limit) : values, truncated })
  }
  const unused = () => Promise.reject(new Error('not used here'))
  return {
    select: unused,
    selectGrid: unused,
    estimateSamples: () => 0,
    series: (query) => limited(found(query), query),
    labelNames: (query) => {
      const names = found(query).flatMap((labels) => Object.keys(labels.toObject()))
      return limited([...new Set(names)].sort(), query)
    },
    labelValues: (label, query) => {
      const values = found(query).map((labels) => labels.get(label))
      return limited([...new Set(values)].filter((value) => value !== '').sort(), query)
    },
    exemplars: () => Promise.resolve(world.exemplars),
    metadata: (family) =>
      new Map([...world.metadata].filter(([name]) => family === '' || name === family)),
  }
}

function fakeStatus(): PrometheusDoors['status'] {
  return {
    buildInfo: () => ({
      version: '3.5.0',
      revision: 'abc',
      branch: 'HEAD',
      buildUser: '',
      buildDate: '',
      goVersion: '',
    }),
    configYaml: () => 'global:\n  scrape_interval: 15s\n',
    flags: () => ({ 'web.enable-lifecycle': 'true' }),
    runtimeInfo: () => ({
      startTime: '2026-01-01T00:00:00Z',
      CWD: '/',
      hostname: 'h',
      serverTime: '2026-01-01T00:00:01Z',
      reloadConfigSuccess: true,
      lastConfigTime: '2026-01-01T00:00:00Z',
      corruptionCount: 0,
      goroutineCount: 1,
      GOMAXPROCS: 2,
      GOMEMLIMIT: 0,
      GOGC: '',
      GODEBUG: '',
      storageRetention: '15d',
    }),
    disk: () => Promise.resolve(null),
    tsdb: (limit) =>
      Promise.resolve({
        headStats: { numSeries: limit, numLabelPairs: 0, chunkCount: 0, minTime: 0, maxTime: 0 },
        seriesCountByMetricName: [],
        labelValueCountByLabelName: [],
        memoryInBytesByLabelName: [],
        seriesCountByLabelValuePair: [],
      }),
    notifications: () => [],
    features: () => ({ promql: { subqueries: true } }),
  }
}

function fakeTargets(): PrometheusDoors['targets'] {
  const labels = Labels.from({ job: 'node', instance: 'localhost:9100' })
  const discoveredLabels = Labels.from({ __address__: 'localhost:9100', job: 'node' })
  return {
    activeTargets: () => [
      {
        discoveredLabels,
        labels,
        scrapePool: 'node',
        scrapeUrl: 'http://localhost:9100/metrics',
        lastError: '',
        lastScrapeMs: NOW_MS,
        lastScrapeDurationMs: 12.5,
        health: 'up',
        scrapeIntervalMs: 15_000,
        scrapeTimeoutMs: 10_000,
      },
      {
        discoveredLabels,
        labels,
        scrapePool: 'other',
        scrapeUrl: 'http://10.0.0.1:80/metrics',
        lastError: 'connection refused',
        lastScrapeMs: undefined,
        lastScrapeDurationMs: 0,
        health: 'unknown',
        scrapeIntervalMs: 60_000,
        scrapeTimeoutMs: 10_000,
      },
    ],
    droppedTargets: () => [{ discoveredLabels, scrapePool: 'node' }],
    droppedCounts: () => new Map([['node', 1]]),
    scrapePools: () => ['other', 'node'],
    scrapePoolConfig: (pool) => (pool === 'node' ? 'job_name: node\n' : undefined),
    metadata: () => [
      {
        target: labels,
        metadata: [
          { family: 'a', type: 'counter', help: 'A', unit: '' },
          { family: 'b', type: 'gauge', help: 'B', unit: 'bytes' },
        ],
      },
    ],
    relabelSteps: (pool, given) =>
      pool === 'node'
        ? [{ rule: { action: 'keep' }, output: given.toObject(), keep: true }]
        : undefined,
  }
}

/** Doors over a fake world, everything switched on. */
export function createFakeDoors(world: FakeWorld): PrometheusDoors {
  const registry = createRegistry()
  return {
    engine: {
      evaluate: (request) => {
        world.queries.push(request)
        const { result } = world
        return result instanceof Error ? Promise.reject(result) : Promise.resolve(result)
      },
    },
    source: fakeSource(world),
    sink: {
      append: (batch) => {
        world.batches.push(batch)
        return world.appendResult(batch)
      },
      offer: () => ({ accepted: 0, rejected: [], rejectedCount: 0 }),
    },
    writeDecoder: new PushDecoder({ maxBytes: 1024 * 1024 }),
    receiveMetrics: () => Promise.resolve({ kind: 'taken' }),
    targets: fakeTargets(),
    status: fakeStatus(),
    rules: { groups: () => [] },
    alertmanagers: { active: () => ['http://127.0.0.1:9093/api/v2/alerts'], dropped: () => [] },
    admin: {
      deleteSeries: (selectors, startMs, endMs) => {
        world.deletions.push({ selectors, startMs, endMs })
        return Promise.resolve()
      },
      cleanTombstones: () => Promise.resolve(),
    },
    lifecycle: {
      reload: () => Promise.resolve(world.reloadFaults),
      quit: () => {
        world.quits++
      },
    },
    readiness: { ready: () => ({ ok: world.isReady, reason: world.isReady ? '' : 'store away' }) },
    selfMetrics: () => {
      const names = registry.families().map(({ name, metrics }) => `${name} ${metrics.length}\n`)
      return Promise.resolve(names.join(''))
    },
    registry,
    log: silentLog(),
    limits: { maxSeries: 1000, maxSamples: 1000 },
    externalUrl: new URL('http://mon.example.org:9090/'),
    nowMs: () => NOW_MS,
  }
}
