import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, describe, expect, it } from 'vitest'
import { Discoveries } from '../../src/collect/discovery/discoveries.ts'
import { BodyRoom } from '../../src/collect/scrape/body-room.ts'
import { ScrapeManager } from '../../src/collect/scrape/scrape-manager.ts'
import { ScrapeMetrics } from '../../src/collect/scrape/scrape-metrics.ts'
import { PROTOBUF, readJobs, TEXT } from '../../src/collect/scrape/test-scrape.ts'
import { serve, type TestServer } from '../../src/collect/scrape/test-server.ts'
import { HistogramDecoder } from '../../src/formats/native-histogram/decode.ts'
import {
  writeFamilies,
  type WrittenFamily,
} from '../../src/formats/prometheus-proto/testing/write-families.ts'
import type { AnsweredDataJson } from '../../src/contract/prometheus.ts'
import { acceptHeader } from '../../src/formats/prometheus-text/content-type.ts'
import type { ScrapePage } from '../../src/formats/prometheus-text/page.ts'
import { createScrapeParser } from '../../src/formats/prometheus-text/scrape-parser.ts'
import { exponentialBound } from '../../src/model/histograms/bucket-bounds.ts'
import { HistogramTable } from '../../src/model/histograms/histogram-table.ts'
import { createPromqlEngine } from '../../src/query/promql/create.ts'
import { createLog } from '../../src/self/log.ts'
import { createRegistry } from '../../src/self/metrics.ts'
import { LateStore } from '../../src/store/late-store.ts'
import { askApi } from '../e2e/tools/query.ts'
import { findFreePorts } from '../e2e/free-ports.ts'
import { bounds, MINUTE, StoreHarness } from './store-harness.ts'

const PROMETHEUS = '/usr/bin/prometheus'
const NODE_EXPORTER = '/usr/bin/prometheus-node-exporter'
const SOON_MS = 60_000
const NATIVE = { takesNative: true, keepsClassic: false, maxBuckets: 0, maxSchema: 8 }

const folder = mkdtempSync(path.join(tmpdir(), 'vedette-protobuf-'))
const ends: (() => Promise<unknown>)[] = []
const harness = new StoreHarness()

for (const program of [PROMETHEUS, NODE_EXPORTER]) {
  if (!existsSync(program)) console.log(`notice: ${program} is missing: its pages are not compared`)
}

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})
afterAll(() => rmSync(folder, { recursive: true }))

/** Starts a program that serves on a port; it ends with the test. */
async function start(program: string, args: (address: string) => string[]): Promise<string> {
  const [port] = await findFreePorts(1)
  const address = `127.0.0.1:${port}`
  const child = spawn(program, args(address), { stdio: 'ignore', cwd: folder })
  ends.push(async () => {
    if (child.exitCode !== null) return
    child.kill('SIGKILL')
    await once(child, 'exit')
  })
  await until(`${program} to answer`, async () => {
    const answer = await fetch(`http://${address}/metrics`).catch(() => undefined)
    await answer?.arrayBuffer()
    return answer?.ok === true ? true : undefined
  })
  return address
}

function startPrometheus(config: string): Promise<string> {
  const file = path.join(folder, 'prometheus.yml')
  writeFileSync(file, config)
  return start(PROMETHEUS, (address) => [
    ...[`--config.file=${file}`, `--web.listen-address=${address}`, '--log.level=error'],
    ...[`--storage.tsdb.path=${mkdtempSync(path.join(folder, 'tsdb-'))}`],
    '--enable-feature=native-histograms',
  ])
}

async function until<T>(what: string, ask: () => Promise<T | undefined>): Promise<T> {
  const deadline = Date.now() + SOON_MS
  for (;;) {
    const found = await ask()
    if (found !== undefined) return found
    if (Date.now() > deadline) throw new Error(`no ${what} within a minute`)
    await sleep(100)
  }
}

async function getPage(address: string, accept: string): Promise<ScrapePage> {
  const answer = await fetch(`http://${address}/metrics`, { headers: { accept } })
  const bytes = new Uint8Array(await answer.arrayBuffer())
  const type = answer.headers.get('content-type') ?? ''
  expect(type).toContain(accept.startsWith('text/') ? 'text/plain' : 'protobuf')
  const page = createScrapeParser().parse(bytes, type, 0, true)
  expect(page.fault).toBeUndefined()
  return page
}

function valuesOf(page: ScrapePage): Map<string, number> {
  const values = new Map<string, number>()
  for (let row = 0; row < page.rows; row++) {
    values.set(page.labelsOf(row).toString(), page.values[row] ?? NaN)
  }
  expect(values.size).toBe(page.rows)
  return values
}

/** Series that come with the first pages of a kind, and those of what goes on meanwhile. */
const COMES_AND_GOES = /^(?:promhttp_metric_handler|prometheus_http_|net_conntrack|go_gc_)/

/**
 * A page of protobuf between two of text: series that stand in only one kind, and those whose value is the same in both pages of text
 * and another one between them.
 */
async function compareOnce(address: string, accept: string, least: number): Promise<Set<string>> {
  const before = valuesOf(await getPage(address, TEXT))
  const own = valuesOf(await getPage(address, accept))
  const after = valuesOf(await getPage(address, TEXT))
  const differing = new Set<string>()
  let same = 0
  for (const key of new Set([...before.keys(), ...own.keys(), ...after.keys()])) {
    if (COMES_AND_GOES.test(key)) continue
    const [first, value, last] = [before.get(key), own.get(key), after.get(key)]
    if (first === undefined && last === undefined) differing.add(key)
    if (first === undefined || last === undefined || !Object.is(first, last)) continue
    if (Object.is(first, value)) same++
    else differing.add(key)
  }
  expect(same).toBeGreaterThan(least)
  return differing
}

describe('pages of programs', () => {
  const programs: readonly (readonly [string, () => Promise<string>, number])[] = [
    [
      NODE_EXPORTER,
      () => start(NODE_EXPORTER, (address) => [`--web.listen-address=${address}`]),
      200,
    ],
    [
      PROMETHEUS,
      () => startPrometheus('scrape_configs: [{job_name: none, static_configs: []}]'),
      150,
    ],
  ]
  it.each(programs.filter(([program]) => existsSync(program)))(
    '%s: protobuf says what text says',
    async (_program, begin, least) => {
      const address = await begin()
      const accept = acceptHeader(['PrometheusProto'])
      // The pages about its own pages are there from the second on.
      await getPage(address, accept)
      await getPage(address, TEXT)
      let wrong: ReadonlySet<string> | undefined
      for (let round = 0; round < 8 && wrong?.size !== 0; round++) {
        const differing = await compareOnce(address, accept, least)
        // What changes while the pages are asked for is another series each time.
        wrong =
          wrong === undefined ? differing : new Set([...wrong].filter((key) => differing.has(key)))
      }
      expect([...(wrong ?? [])]).toEqual([])
      const described = (of: ScrapePage) =>
        of
          .metadata()
          .filter(({ family }) => !COMES_AND_GOES.test(family))
          .toSorted((a, b) => (a.family < b.family ? -1 : 1))
      const [page, text] = [await getPage(address, accept), await getPage(address, TEXT)]
      expect(described(page)).toEqual(described(text))
    },
    SOON_MS,
  )
})

/** Whole counts, counts of a gauge with fractions, nothing observed, and a wide gap. */
const FAMILIES: readonly WrittenFamily[] = [
  {
    ...{ name: 'h', type: 'histogram', help: 'Seconds.' },
    metrics: [
      {
        labels: [['kind', 'whole']],
        histogram: {
          ...{ count: 26, sum: 40.5, schema: 3, zeroThreshold: 0.001, zeroCount: 4 },
          buckets: [[1, 10]],
          positive: {
            spans: [
              [-3, 2],
              [5, 3],
            ],
            deltas: [2, 1, -3, 5, 0],
          },
          negative: { spans: [[7, 2]], deltas: [3, 1] },
        },
      },
      {
        labels: [['kind', 'empty']],
        histogram: { count: 0, sum: 0, schema: 0, positive: { spans: [[0, 0]], deltas: [] } },
      },
      {
        labels: [['kind', 'wide']],
        histogram: {
          ...{ count: 2, sum: 1e9, schema: -1, zeroThreshold: 1e-128 },
          positive: {
            spans: [
              [-200, 1],
              [400, 1],
            ],
            deltas: [1, 0],
          },
        },
      },
    ],
  },
  {
    ...{ name: 'g', type: 'gaugehistogram' },
    metrics: [
      {
        histogram: {
          ...{ countFloat: 3.25, sum: 2, schema: 1, zeroThreshold: 0.5, zeroCountFloat: 0.5 },
          positive: { spans: [[1, 2]], counts: [2, 0.75] },
        },
      },
    ],
  },
]

/** Serves what `page` says now, and only to those who ask for protobuf. */
async function startExporter(page: () => Uint8Array): Promise<TestServer> {
  const server = await serve((request, response) => {
    const isAsked = request.headers.accept?.startsWith('application/vnd.google.protobuf;') === true
    response.writeHead(isAsked ? 200 : 406, { 'content-type': PROTOBUF })
    response.end(page())
  })
  ends.push(() => server.close())
  return server
}

/** The last digit of a bound differs between versions of Prometheus. */
function showBucket(low: number, high: number, count: string | number): string {
  return `${Number(low.toPrecision(14))}..${Number(high.toPrecision(14))}=${count}`
}

/** `name kind: count sum lower..upper=count …` of each histogram, by what Prometheus answers. */
async function askPrometheus(address: string): Promise<string[] | undefined> {
  const { json } = await askApi<AnsweredDataJson>(`http://${address}`, 'query', {
    query: '{__name__=~"h|g"}',
  })
  if (json.status === 'error' || json.data.resultType !== 'vector') return undefined
  const { result } = json.data
  if (result.length < 4) return undefined
  const lines = result.map(({ metric, histogram }) => {
    const [, { count, sum, buckets = [] }] = histogram ?? [0, { count: '', sum: '' }]
    const shown = buckets.map(([, low, high, of]) => showBucket(Number(low), Number(high), of))
    const name = `${metric['__name__']} ${metric['kind'] ?? ''}:`
    return [name, Number(count), Number(sum), ...shown].join(' ')
  })
  return lines.toSorted()
}

/** The same by what the page is read as. */
function readHere(): string[] {
  const page = createScrapeParser({ histograms: NATIVE }).parse(
    ...([writeFamilies(...FAMILIES), PROTOBUF, 0, true] as const),
  )
  const table = new HistogramTable()
  const decoder = new HistogramDecoder()
  const lines = page.histograms.map(({ row, data }) => {
    const at = decoder.decode(data, 0, data.length, table)
    const schema = table.schemas[at] ?? 0
    const [from = 0, middle = 0, end = 0] = [
      ...[table.negativeFrom[at], table.positiveFrom[at], table.ends[at]],
    ]
    const bucketsOf = (first: number, last: number): string[][] =>
      Array.from({ length: last - first }, (_, i) => {
        const index = table.indexes[first + i] ?? 0
        const [low, high] = [exponentialBound(index - 1, schema), exponentialBound(index, schema)]
        const [lower, upper] = last === middle && first === from ? [-high, -low] : [low, high]
        return [showBucket(lower, upper, table.counts[first + i] ?? NaN)]
      })
    const zero = table.zeroThresholds[at] ?? 0
    const zeros = table.zeroCounts[at] ?? 0
    const labels = page.labelsOf(row)
    return [
      ...[`${labels.name} ${labels.get('kind')}:`, table.totals[at], table.sums[at]],
      ...bucketsOf(from, middle).toReversed().flat(),
      ...(zeros > 0 ? [showBucket(-zero, zero, zeros)] : []),
      ...(middle === end ? [] : bucketsOf(middle, end).flat()),
    ].join(' ')
  })
  return lines.toSorted()
}

describe('an exporter with native histograms', () => {
  it.skipIf(!existsSync(PROMETHEUS))(
    'is read as by Prometheus',
    async () => {
      const exporter = await startExporter(() => writeFamilies(...FAMILIES))
      const prometheus = await startPrometheus(
        `{global: {scrape_interval: 1s, scrape_timeout: 1s}, scrape_configs: [{job_name: a, static_configs: [{targets: ['${exporter.address}']}]}]}`,
      )
      const theirs = await until('histograms', () => askPrometheus(prometheus))
      expect(readHere()).toEqual(theirs)
    },
    SOON_MS * 2,
  )

  it(
    'is answered by PromQL until it ends',
    async () => {
      let families = FAMILIES
      const exporter = await startExporter(() => writeFamilies(...families))
      const { store } = await harness.open({ nowMs: Date.now })
      const manager = new ScrapeManager({
        sink: store,
        aliasOf: (_target, fetchPage) => fetchPage,
        discoveries: new Discoveries({ registry: createRegistry() }),
        log: createLog({ level: 'error' }),
        nowMs: Date.now,
        metrics: new ScrapeMetrics(createRegistry()),
        room: new BodyRoom(1e8),
      })
      ends.push(() => manager.stop())
      await manager.apply(
        readJobs(
          `{global: {scrape_interval: 200ms, scrape_timeout: 200ms, scrape_native_histograms: true}, scrape_configs: [{job_name: a, static_configs: [{targets: ['${exporter.address}']}]}]}`,
        ),
      )
      const source = new LateStore()
      source.open(store)
      const engine = createPromqlEngine(source, {
        ...{ lookbackMs: 300_000, timeoutMs: 30_000, maxConcurrency: 4, ...bounds },
        defaultStepMs: MINUTE,
      })
      const ask = async (query: string): Promise<string> => {
        const now = Date.now()
        const { labels, values } = await engine.evaluate({
          ...{ query, startMs: now, endMs: now, stepMs: 0 },
        })
        const shown = labels.map((own, at) => `${own.get('kind')}=${values[at]}`)
        return shown.toSorted().join(' ')
      }
      const becomes = (query: string, answer: string): Promise<true> =>
        until(`${query} = ${answer}`, async () =>
          (await ask(query)) === answer ? true : undefined,
        )
      await becomes('histogram_count(h)', 'empty=0 whole=26 wide=2')
      expect(await ask('histogram_sum(h{kind="whole"})')).toBe('whole=40.5')
      expect(await ask('histogram_count(g)')).toBe('=3.25')
      // All below the largest bucket, whose upper bound is 2^(6/8).
      expect(await ask('histogram_quantile(1, h{kind="whole"}) < 2')).toMatch(/^whole=1\.68/)
      expect(await ask('scrape_samples_scraped')).toBe('=4')
      expect(await ask('up')).toBe('=1')
      expect(await ask('h_count or h_bucket')).toBe('')
      families = FAMILIES.slice(1)
      await becomes('histogram_count(h)', '')
      expect(await ask('histogram_count(g)')).toBe('=3.25')
      await exporter.close()
      await becomes('up', '=0')
      expect(await ask('histogram_count(g)')).toBe('')
    },
    SOON_MS * 3,
  )
})
