// Aggregates of old metrics beside the raw samples that they are made of: what they take on disk, how long it takes to make them, and how
// fast thirty days are answered from either. The figures of docs/downsampling.md. Store and engine alone, without a server around them.
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { startEngine } from '../src/engine/supervise.ts'
import { Labels } from '../src/model/labels.ts'
import { createPromqlEngine } from '../src/query/promql/create.ts'
import { createLog } from '../src/self/log.ts'
import { StoreClient } from '../src/store/client.ts'
import type { MetricsSource } from '../src/store/metrics-source.ts'
import { LateStore } from '../src/store/late-store.ts'
import { MetricsStore } from '../src/store/metrics-store.ts'

const { values: args } = parseArgs({
  options: {
    series: { type: 'string', default: '1000' },
    days: { type: 'string', default: '30' },
    'interval-seconds': { type: 'string', default: '15' },
    repeats: { type: 'string', default: '3' },
  },
})
const SERIES = Number(args.series)
const DAYS = Number(args.days)
const INTERVAL_MS = Number(args['interval-seconds']) * 1000
const REPEATS = Number(args.repeats)
const DAY_MS = 86_400_000
const HOUR_MS = 3_600_000
/** The newest day is not made yet. */
const END_MS = Math.floor(Date.now() / DAY_MS) * DAY_MS - DAY_MS
const START_MS = END_MS - DAYS * DAY_MS
/** Half a day later: then all days are due. */
const NOW_MS = END_MS + DAY_MS / 2

/** Half of the series are counters, half are gauges that wander. */
const SHAPES = [
  ['rate of counters', `sum(rate(bench_total[1h]))`, HOUR_MS],
  ['increase a day', `sum(increase(bench_total[1d]))`, DAY_MS],
  ['maximum of gauges', `max_over_time(bench[1h])`, HOUR_MS],
  ['mean of gauges', `avg(avg_over_time(bench[1h]))`, HOUR_MS],
  ['last values', `avg(bench)`, HOUR_MS],
] as const

const folder = mkdtempSync(path.join(tmpdir(), 'bench-downsampling-'))
const row = (...cells: readonly string[]): void => console.log(`| ${cells.join(' | ')} |`)
const engine = await startEngine({
  dataDir: folder,
  memoryBudgetBytes: 250 * 1024 * 1024,
  log: createLog({ level: 'error' }),
})
await engine.whenReady()
const client = new StoreClient({
  url: engine.url,
  socketPath: engine.socketPath,
  database: 'bench',
})
const store = await MetricsStore.open({
  client,
  nowMs: () => NOW_MS,
  retention: { timeMs: 1000 * DAY_MS, sizeBytes: 0, rules: [] },
  downsampling: [
    { resolutionMs: 300_000, afterMs: DAY_MS / 2, keepMs: 1000 * DAY_MS },
    { resolutionMs: HOUR_MS, afterMs: DAY_MS / 2, keepMs: 1000 * DAY_MS },
  ],
})
try {
  await fill()
  await make()
  await ask()
} finally {
  await store.stop(5000)
  await client.close()
  await engine.stop()
  rmSync(folder, { recursive: true })
}

/** The series are made known by a sample each; the others are made in the engine. */
async function fill(): Promise<void> {
  const series = Array.from({ length: SERIES }, (_, i) =>
    Labels.from({ __name__: i % 2 === 0 ? 'bench_total' : 'bench', i: String(i) }),
  )
  const known = [START_MS + 1]
  // How often samples come is seen of the last hours.
  for (let timeMs = NOW_MS - 4 * HOUR_MS; timeMs < NOW_MS; timeMs += INTERVAL_MS) known.push(timeMs)
  for (const timestampMs of known) {
    await store.append({
      series,
      seriesIndex: Uint32Array.from({ length: SERIES }, (_, i) => i),
      timestampsMs: new Float64Array(SERIES).fill(timestampMs),
      values: new Float64Array(SERIES).fill(1),
    })
  }
  const perDay = DAY_MS / INTERVAL_MS
  for (let day = 0; day < DAYS; day++) {
    const fromMs = START_MS + day * DAY_MS
    await client.command(
      `INSERT INTO {db}.samples SELECT 0, mh, id, fromUnixTimestamp64Milli(toInt64(${fromMs} + (number + 1) * ${INTERVAL_MS} - id % ${INTERVAL_MS}), 'UTC') AS at,
         if(name = 'bench_total', floor(toUnixTimestamp64Milli(at) / 1000 * (1 + id % 100) / 7 - 1e9), round(sin(number / 300 + id % 50) * 50 + cityHash64(id, number) % 1000 / 100, 2))
       FROM (SELECT id, any(mh) AS mh, any(labels['__name__']) AS name FROM {db}.series_days GROUP BY id) AS s CROSS JOIN numbers(${perDay}) AS n`,
      { max_block_size: 20_000, min_insert_block_size_rows: 200_000, max_threads: 1 },
    )
    await client.command(
      `INSERT INTO {db}.series_days SELECT DISTINCT keep, toDate(${fromMs / DAY_MS}), id, mh, labels FROM {db}.series_days`,
    )
  }
  await client.command('OPTIMIZE TABLE {db}.samples')
}

async function make(): Promise<void> {
  const begunMs = performance.now()
  const { samples, madeDays } = await store.buckets.downsampler.pass(new AbortController().signal)
  const seconds = (performance.now() - begunMs) / 1000
  const [raw] = await client.rows(
    `SELECT sum(rows) AS n, sum(bytes_on_disk) AS bytes FROM system.parts WHERE active AND database = {db_name} AND table = 'samples'`,
  )
  const rawBytes = Number(raw?.['bytes'])
  console.log(`${SERIES} series, ${DAYS} days, a sample every ${INTERVAL_MS / 1000} s\n`)
  row('', 'rows', 'bytes', 'bytes a row', 'of the raw samples')
  row('---', '---', '---', '---', '---')
  const size = (name: string, rows: number, bytes: number): void =>
    row(
      name,
      `${(rows / 1e6).toFixed(2)} M`,
      `${(bytes / 1e6).toFixed(1)} MB`,
      (bytes / rows).toFixed(1),
      `1 : ${(rawBytes / bytes).toFixed(1)}`,
    )
  size('raw samples', Number(raw?.['n']), rawBytes)
  for (const { resolutionMs, rows, bytes } of store.buckets.downsampler.stats())
    size(`aggregates of ${resolutionMs / 60_000} min`, rows, bytes)
  console.log(
    `\n${madeDays} days of a resolution made in ${seconds.toFixed(1)} s, ${(samples / seconds / 1e6).toFixed(2)} M raw samples a second\n`,
  )
}

async function ask(): Promise<void> {
  const late = new LateStore()
  late.open(store)
  const limits = {
    lookbackMs: 300_000,
    timeoutMs: 600_000,
    maxSamples: 1e9,
    maxSeries: 1e6,
    maxConcurrency: 1,
    defaultStepMs: 60_000,
  }
  const bucketed = createPromqlEngine(late, limits)
  const raw = createPromqlEngine(withoutBuckets(late), limits)
  row('thirty days', 'step', 'raw samples', 'aggregates', 'times as fast')
  row('---', '---', '---', '---', '---')
  for (const [name, query, stepMs] of SHAPES) {
    const request = { query, startMs: START_MS + DAY_MS, endMs: END_MS - DAY_MS, stepMs }
    const times = []
    for (const promql of [raw, bucketed]) {
      let bestMs = Number.POSITIVE_INFINITY
      for (let i = 0; i < REPEATS; i++) {
        const begunMs = performance.now()
        const { infos } = await promql.evaluate(request)
        bestMs = Math.min(bestMs, performance.now() - begunMs)
        if ((promql === bucketed) !== infos.some((info) => info.includes('aggregates')))
          throw new Error(`${query} was answered from something else: ${infos.join()}`)
      }
      times.push(bestMs)
    }
    const [rawMs = 0, bucketMs = 1] = times
    row(
      `${name}: \`${query}\``,
      `${stepMs / HOUR_MS} h`,
      `${rawMs.toFixed(0)} ms`,
      `${bucketMs.toFixed(0)} ms`,
      (rawMs / bucketMs).toFixed(0),
    )
  }
}

function withoutBuckets(late: LateStore): MetricsSource {
  return {
    select: (request, bounds) => late.select(request, bounds),
    estimateSamples: (request) => late.estimateSamples(request),
    selectGrid: (request, bounds) => late.selectGrid(request, bounds),
    portions: (request, bounds) => late.portions(request, bounds),
    series: (query, bounds) => late.series(query, bounds),
    labelNames: (query) => late.labelNames(query),
    labelValues: (label, query) => late.labelValues(label, query),
    exemplars: (request, bounds) => late.exemplars(request, bounds),
    metadata: () => new Map(),
  }
}
