// The pauses of the event loop while much goes on at once: 20,000 series scraped every 5 s, two heavy range queries over six hours
// of 10,000 series in a loop, a dashboard of 20 panels every 5 s, and pushes of 20,000 series that are new. Pauses are told twice: as
// the time that passed, in which other programs take part, and as what the main thread computed in a turn (loop-probe.ts).
import {
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { buildSync } from 'esbuild'
import { parseJson } from '../test/house/parse-json.ts'
import { INTERVAL_MS, newSeriesRequest, writeRequests } from './data.ts'
import type { Turn } from './loop-probe.ts'
import { startServer } from './servers.ts'
import { DASHBOARD } from './shapes.ts'

const { values: args } = parseArgs({
  options: {
    /** A checkout that was built. Its dist/ is copied, so that another build does not disturb the measurement. */
    tree: { type: 'string', default: path.resolve(import.meta.dirname, '..') },
    hours: { type: 'string', default: '6' },
    series: { type: 'string', default: '20000' },
    seconds: { type: 'string', default: '60' },
    keep: { type: 'boolean', default: false },
  },
})
const SCRAPE_INTERVAL_S = 5
const FLOOD_SERIES = 20_000
const BAR_MS = 50
/** Until the probe has written what it saw. */
const PROBE_WRITES_MS = 2500
const HEAVY = [
  'sum by (region) (rate({__name__=~"bench_.+"}[5m]))',
  'max by (instance) (avg_over_time({__name__=~"bench_.+"}[10m]))',
]
const agent = new http.Agent({ keepAlive: true, maxSockets: 16 })

function send(url: string, body?: Buffer): Promise<string> {
  return new Promise((resolve, reject) => {
    const headers = body && {
      'content-type': 'application/x-protobuf',
      'content-encoding': 'snappy',
      'x-prometheus-remote-write-version': '0.1.0',
    }
    const options = { method: body ? 'POST' : 'GET', agent, ...(headers && { headers }) }
    const request = http.request(url, options, (answer) => {
      const chunks: Buffer[] = []
      answer.on('data', (chunk: Buffer) => chunks.push(chunk))
      answer.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        if ((answer.statusCode ?? 0) < 300) resolve(text)
        else reject(new Error(`${url}: ${answer.statusCode} ${text.slice(0, 200)}`))
      })
      answer.on('error', reject)
    })
    request.on('error', reject)
    request.end(body)
  })
}

/** A target with so many series; resolves to its host:port. */
function startExporter(series: number): Promise<{ server: http.Server; address: string }> {
  const lines = Array.from(
    { length: series },
    (_, i) =>
      `target_requests_${i % 40}_total{handler="/api/v1/thing/${i % 50}",instance_type="t${i % 3}",shard="${i}"} `,
  )
  const server = http.createServer((_, response) => {
    const now = Math.floor(Date.now() / 1000)
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(lines.map((line, i) => `${line}${now + i}\n`).join(''))
  })
  return new Promise((resolve) => {
    server.listen(0, '127.0.0.1', () => {
      const address = server.address()
      const port = typeof address === 'object' && address !== null ? address.port : 0
      resolve({ server, address: `127.0.0.1:${port}` })
    })
  })
}

/** Milliseconds for which a thread was ready to run and had no core: pauses that others on this machine make. */
function waitedMs(pid: number): number {
  const text = readFileSync(`/proc/${pid}/task/${pid}/schedstat`, 'latin1')
  return Number(text.split(' ')[1]) / 1e6
}

function readTurns(file: string): readonly Turn[] {
  if (!existsSync(file)) return []
  const isTurns = (json: unknown): json is Turn[] => Array.isArray(json)
  return parseJson(readFileSync(file, 'utf8'), isTurns)
}

/** Reads the server's own figures every second; each reading tells the worst pause since the one before. */
class Watch {
  readonly #url: string
  readonly #pid: number
  readonly #probeFile: string
  #begunAtMs = 0
  #worstMs: number[] = []
  #begunWaitedMs = 0
  #reading: Promise<void> = Promise.resolve()
  #timer: NodeJS.Timeout | undefined

  constructor(url: string, pid: number, probeFile: string) {
    this.#url = url
    this.#pid = pid
    this.#probeFile = probeFile
  }

  async begin(): Promise<void> {
    await this.#read()
    this.#worstMs = []
    this.#begunWaitedMs = waitedMs(this.#pid)
    this.#begunAtMs = Date.now()
    this.#timer = setInterval(() => {
      this.#reading = this.#read()
    }, 1000)
  }

  async end(name: string): Promise<void> {
    clearInterval(this.#timer)
    await this.#reading
    await this.#read()
    const sorted = this.#worstMs.toSorted((a, b) => a - b)
    const quantile = (q: number): string =>
      (sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * q))] ?? 0).toFixed(0)
    const over = sorted.filter((ms) => ms > BAR_MS).length
    const waited = waitedMs(this.#pid) - this.#begunWaitedMs
    process.stdout.write(
      `${name}: worst pause ${quantile(1)} ms; of each second's worst: median ${quantile(0.5)}, p90 ${quantile(0.9)}, ` +
        `p99 ${quantile(0.99)} ms; ${over} of ${sorted.length} seconds had one above ${BAR_MS} ms; ` +
        `the thread waited ${waited.toFixed(0)} ms for a core\n`,
    )
    await this.#tellTurns()
  }

  /** The longest turns of the phase, in milliseconds that the main thread computed. */
  async #tellTurns(): Promise<void> {
    const endMs = Date.now()
    await sleep(PROBE_WRITES_MS)
    const turns = readTurns(this.#probeFile).filter(
      ({ epochMs }) => epochMs >= this.#begunAtMs && epochMs <= endMs,
    )
    const over = turns.filter(({ turnMs }) => turnMs > BAR_MS).length
    const worst = turns
      .slice(0, 6)
      .map(({ turnMs, collectedMs }) => `${turnMs.toFixed(0)} (${collectedMs.toFixed(0)})`)
    process.stdout.write(
      `  longest turns in ms of CPU (of them collecting garbage): ${worst.join(', ')}; ${over} above ${BAR_MS} ms\n`,
    )
  }

  async #read(): Promise<void> {
    const page = await send(`${this.#url}/metrics`)
    const line = /^vedette_nodejs_event_loop_lag_seconds\{quantile="1"\} (.+)$/m.exec(page)
    this.#worstMs.push(Number(line?.[1] ?? Number.NaN) * 1000)
  }
}

/** Asks again and again until told to end; the times that it took. */
async function repeat(ask: () => Promise<unknown>, isOver: () => boolean): Promise<number[]> {
  const times: number[] = []
  while (!isOver()) {
    const begun = performance.now()
    await ask()
    times.push(performance.now() - begun)
  }
  return times
}

function rangeUrl(url: string, query: string, hours: number, stepS: number): string {
  const end = Math.floor(Date.now() / 1000)
  const start = end - hours * 3600
  return `${url}/api/v1/query_range?${new URLSearchParams({ query, start: `${start}`, end: `${end}`, step: `${stepS}` })}`
}

async function askDashboard(url: string): Promise<void> {
  await Promise.all(
    DASHBOARD.map((shape) => send(rangeUrl(url, String(shape.parameters['query']), 0.5, 15))),
  )
}

function meanOf(times: readonly number[]): string {
  return `${(times.reduce((sum, ms) => sum + ms, 0) / times.length).toFixed(0)} ms (${times.length})`
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

function copyOf(tree: string, base: string): string {
  const copy = path.join(base, 'tree')
  mkdirSync(copy, { recursive: true })
  for (const part of ['bin', 'dist', 'packs', 'package.json']) {
    cpSync(path.join(tree, part), path.join(copy, part), { recursive: true })
  }
  symlinkSync(path.join(tree, 'node_modules'), path.join(copy, 'node_modules'))
  return path.join(copy, 'bin/vedette')
}

async function backfill(url: string, hours: number): Promise<void> {
  const rounds = Math.round((hours * 3_600_000) / INTERVAL_MS)
  const startMs = Date.now() - rounds * INTERVAL_MS
  const connection = async (number: number): Promise<void> => {
    for (const { body } of writeRequests(startMs, rounds, number, 2))
      await send(`${url}/api/v1/write`, body)
  }
  await Promise.all([connection(0), connection(1)])
}

async function load(url: string, hours: number, durationMs: number): Promise<void> {
  const untilMs = performance.now() + durationMs
  const isOver = (): boolean => performance.now() >= untilMs
  const heavy = HEAVY.map((query) => repeat(() => send(rangeUrl(url, query, hours, 60)), isOver))
  const panels = repeat(async () => {
    await Promise.all([askDashboard(url), sleep(5000)])
  }, isOver)
  const times = await Promise.all(heavy)
  await panels
  for (const [i, query] of HEAVY.entries())
    process.stdout.write(`  ${query}: ${meanOf(times[i] ?? [])}\n`)
}

async function flood(url: string, first: number): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await send(`${url}/api/v1/write`, newSeriesRequest(FLOOD_SERIES, first + i, Date.now()))
    await sleep(2000)
  }
}

const base = mkdtempSync(path.join(tmpdir(), 'vedette-bench-loop-'))
const exporter = await startExporter(Number(args.series))
const config = `global: {scrape_interval: ${SCRAPE_INTERVAL_S}s}
scrape_configs: [{job_name: many, file_sd_configs: [{files: [targets.json]}]}]
`
const probeFile = path.join(base, 'turns.json')
const probe = path.join(base, 'loop-probe.mjs')
buildSync({
  entryPoints: [path.join(import.meta.dirname, 'loop-probe.ts')],
  outfile: probe,
  format: 'esm',
})
process.env['NODE_OPTIONS'] = `--import=${probe}`
process.env['VEDETTE_LOOP_PROBE'] = probeFile
try {
  const server = await startServer(
    'vedette',
    base,
    {
      'vedette.yml': 'prometheus: prometheus.yml\n',
      'prometheus.yml': config,
      'targets.json': '[]',
    },
    copyOf(args.tree, base),
  )
  try {
    const watch = new Watch(server.url, server.pid, probeFile)
    const hours = Number(args.hours)
    await watch.begin()
    await backfill(server.url, hours)
    await watch.end(`backfill of ${args.hours} h of 10,000 series`)

    await watch.begin()
    writeFileSync(
      path.join(base, 'vedette/targets.json'),
      JSON.stringify([{ targets: [exporter.address] }]),
    )
    await sleep(15_000)
    await watch.end(`first scrapes of ${args.series} series`)

    await watch.begin()
    await load(server.url, hours, Number(args.seconds) * 1000)
    await watch.end('scrapes, heavy queries and a dashboard')

    await watch.begin()
    await flood(server.url, 0)
    await watch.end(`pushes of ${FLOOD_SERIES} new series`)
  } finally {
    await server.stop()
  }
} finally {
  exporter.server.close()
  agent.destroy()
  if (args.keep) process.stdout.write(`kept: ${base}\n`)
  else rmSync(base, { recursive: true, force: true })
}
