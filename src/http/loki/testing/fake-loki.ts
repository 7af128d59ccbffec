import { LokiPushDecoder } from '../../../formats/loki-push/push-decoder.ts'
import { OtlpLogDecoder } from '../../../formats/otlp/decode-logs.ts'
import { DEFAULT_OTLP_LOG_SETTINGS, type OtlpLogSettings } from '../../../formats/otlp/log-rules.ts'
import { DEFAULT_LINE_LIMITS, type LineLimits } from '../../../ingest/line-limits.ts'
import { LineIngest } from '../../../ingest/lines.ts'
import type { Labels } from '../../../model/labels.ts'
import { lineStart, type LineSink, type LogBatch } from '../../../model/lines.ts'
import type { Matcher } from '../../../model/matcher.ts'
import type { Problem } from '../../../model/problem.ts'
import { createLogql } from '../../../query/logs/create-logql.ts'
import { limitLogql } from '../../../query/logs/limit-logql.ts'
import type { LiveLines } from '../../../query/logs/live-tail.ts'
import { DEFAULT_QUERY_LIMITS, type QueryLimits } from '../../../query/logs/query-limits.ts'
import { silentLog, type Log } from '../../../self/log.ts'
import { createRegistry } from '../../../self/metrics.ts'
import type { LineSelection, LinesSource, StreamQuery } from '../../../store/lines-source.ts'
import { createLogReceiver } from '../../otlp/receive-logs.ts'
import type { LokiDoors } from '../doors.ts'

export const NOW_MS = Date.UTC(2026, 4, 10, 12)

/** Lines in memory, as a store that forgets nothing. */
export class FakeLines implements LineSink, LinesSource, LiveLines {
  readonly batches: LogBatch[] = []
  readonly #listeners = new Set<Parameters<LiveLines['onDurable']>[0]>()
  /** What the next `append` rejects with. */
  fault: Problem | undefined

  append(batch: LogBatch): ReturnType<LineSink['append']> {
    if (this.fault !== undefined) return Promise.reject(this.fault)
    this.batches.push({ ...batch, bytes: new Uint8Array(batch.bytes) })
    const rows = Uint32Array.from(batch.ends.keys())
    for (const listener of this.#listeners) listener(batch, rows)
    // From now on this memory may be another's.
    batch.bytes.fill(0)
    return Promise.resolve({
      accepted: batch.ends.length,
      refusedStreams: [],
      refusedLines: 0,
      outOfBounds: 0,
    })
  }

  onDurable(listener: Parameters<LiveLines['onDurable']>[0]): () => void {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  async *lines(selection: LineSelection): AsyncGenerator<LogBatch, void> {
    await Promise.resolve()
    const rows = this.#rows(selection)
    const sign = selection.direction === 'forward' ? 1 : -1
    for (const row of rows.sort((a, b) => sign * Number(a.ns - b.ns))) yield row.batch
  }

  streams(query: StreamQuery): { values: Labels[]; truncated: boolean } {
    const found = new Map<string, Labels>()
    for (const matchers of query.selectors.length === 0 ? [[]] : query.selectors) {
      for (const { labels } of this.#rows({ ...query, matchers })) found.set(labels.key, labels)
    }
    return { values: [...found.values()], truncated: false }
  }

  labelNames(query: StreamQuery): { values: string[]; truncated: boolean } {
    const names = this.streams(query).values.flatMap((labels) => Object.keys(labels.toObject()))
    return { values: [...new Set(names)].sort(), truncated: false }
  }

  labelValues(name: string, query: StreamQuery): { values: string[]; truncated: boolean } {
    const values = this.streams(query).values.map((labels) => labels.get(name))
    return { values: [...new Set(values)].filter((v) => v !== '').sort(), truncated: false }
  }

  stats(selection: Parameters<LinesSource['stats']>[0]): ReturnType<LinesSource['stats']> {
    const rows = this.#rows(selection)
    const streams = new Set(rows.map(({ labels }) => labels.key)).size
    const bytes = rows.reduce((sum, { batch }) => sum + batch.bytes.length, 0)
    return Promise.resolve({ streams, chunks: streams, bytes, entries: rows.length })
  }

  volume(request: Parameters<LinesSource['volume']>[0]): ReturnType<LinesSource['volume']> {
    const { startNs, endNs, stepNs = endNs - startNs } = request
    const steps = Number((endNs - startNs + stepNs - 1n) / stepNs)
    const sums = new Map<string, { labels: Labels; bytes: Float64Array }>()
    for (const { labels, ns, batch } of this.#rows(request)) {
      const sum = sums.get(labels.key) ?? { labels, bytes: new Float64Array(steps) }
      sums.set(labels.key, sum)
      const step = Number((ns - startNs) / stepNs)
      sum.bytes[step] = (sum.bytes[step] ?? 0) + batch.bytes.length
    }
    return Promise.resolve([...sums.values()])
  }

  /** Each line as a batch of its own. */
  #rows(selection: {
    readonly matchers: readonly Matcher[]
    readonly startNs: bigint
    readonly endNs: bigint
  }): { labels: Labels; ns: bigint; batch: LogBatch }[] {
    const rows = []
    for (const batch of this.batches) {
      for (const [row, end] of batch.ends.entries()) {
        const labels = batch.streams[batch.streamIndex[row] ?? 0]
        const ns = batch.timestampsNs[row] ?? 0n
        if (labels === undefined || ns < selection.startNs || ns >= selection.endNs) continue
        if (!selection.matchers.every((m) => m.matches(labels.get(m.name)))) continue
        const bytes = batch.bytes.slice(lineStart(batch, row), end)
        const one = {
          streams: [labels],
          streamIndex: Uint32Array.of(0),
          timestampsNs: BigInt64Array.of(ns),
          bytes,
          ends: Uint32Array.of(bytes.length),
          metadata: batch.metadata,
          metadataIndex: batch.metadataIndex.slice(row, row + 1),
        }
        rows.push({ labels, ns, batch: one })
      }
    }
    return rows
  }
}

/** Nobody deletes anything, unless a test does. */
const NO_REQUESTS: LokiDoors['deletions']['requests'] = {
  add: () => Promise.resolve('00000000'),
  list: () => Promise.resolve([]),
  cancel: () => Promise.resolve(),
}

/** Doors over lines in memory. */
export function createFakeLoki(
  lines: FakeLines,
  limits: Partial<LineLimits> = {},
  log: Log = silentLog(),
  queryLimits: Partial<QueryLimits> = {},
): LokiDoors {
  const registry = createRegistry()
  const nowMs = (): number => NOW_MS
  const ingest = new LineIngest(lines, {
    limits: () => ({ ...DEFAULT_LINE_LIMITS, ...limits }),
    nowMs,
  })
  const settings = (): OtlpLogSettings => DEFAULT_OTLP_LOG_SETTINGS
  const decoder = new OtlpLogDecoder()
  return {
    ingest,
    decoder: new LokiPushDecoder(1 << 20),
    otlpLogs: createLogReceiver({ ingest, decoder, settings, registry, log, nowMs }),
    source: lines,
    logql: limitLogql(
      createLogql(lines, () => ({ maxStreams: 1000, maxSeries: 500, maxSamples: 1e6 })),
      () => ({ ...DEFAULT_QUERY_LIMITS, ...queryLimits }),
      () => NOW_MS,
    ),
    deletions: { requests: NO_REQUESTS, isEnabled: () => true },
    rules: { isServed: () => true, groups: () => [] },
    readiness: { ready: () => ({ ok: true, reason: '' }) },
    configYaml: () => 'auth_enabled: false\n',
    selfMetrics: () => '',
    limits: () => ({ ...DEFAULT_QUERY_LIMITS, ...queryLimits }),
    inForce: () => ({
      limits: { ...DEFAULT_LINE_LIMITS, ...limits },
      query: { ...DEFAULT_QUERY_LIMITS, ...queryLimits },
      retention: { timeMs: 31 * 86_400_000, rules: [] },
    }),
    registry,
    log,
    nowMs,
  }
}
