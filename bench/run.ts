// Side by side in one run: remote-write ingest, query shapes, a dashboard, memory, CPU and bytes a sample, for Vedette and its peers.
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { differenceOf } from './agree.ts'
import { INTERVAL_MS, writeRequests } from './data.ts'
import { groupStats, type ProcessStats } from './process-stats.ts'
import { startServer, type Server } from './servers.ts'
import { DASHBOARD, SHAPES, type Shape } from './shapes.ts'

const { values: args } = parseArgs({
  options: {
    hours: { type: 'string', default: '6' },
    servers: { type: 'string', default: 'vedette,prometheus,victoria-metrics' },
    json: { type: 'string' },
    keep: { type: 'boolean', default: false },
  },
})
const CONNECTIONS = 2
const agent = new http.Agent({ keepAlive: true, maxSockets: 6 })

interface Measured {
  readonly name: string
  ingest: { samples: number; wallSeconds: number; cpuSeconds: number; memory: ProcessStats }
  bytesPerSample: number
  queries: Map<string, { medianMs: number; cpuMs: number; answer: unknown }>
  dashboardMs: number
  cheap: { perSecond: number; p99Ms: number }
}

function send(
  url: string,
  body?: Buffer,
  headers: Record<string, string> = {},
): Promise<{ status: number; text: string }> {
  return new Promise((resolve, reject) => {
    const request = http.request(
      url,
      { method: body ? 'POST' : 'GET', agent, headers },
      (answer) => {
        const chunks: Buffer[] = []
        answer.on('data', (chunk: Buffer) => chunks.push(chunk))
        answer.on('end', () =>
          resolve({ status: answer.statusCode ?? 0, text: Buffer.concat(chunks).toString() }),
        )
        answer.on('error', reject)
      },
    )
    request.on('error', reject)
    request.end(body)
  })
}

const WRITE_HEADERS = {
  'content-type': 'application/x-protobuf',
  'content-encoding': 'snappy',
  'x-prometheus-remote-write-version': '0.1.0',
}

async function ingest(
  server: Server,
  startMs: number,
  rounds: number,
): Promise<Measured['ingest']> {
  const before = groupStats(server.pid)
  const begun = performance.now()
  let samples = 0
  const connection = async (number: number): Promise<void> => {
    for (const { body, samples: count } of writeRequests(startMs, rounds, number, CONNECTIONS)) {
      const { status, text } = await send(`${server.url}/api/v1/write`, body, WRITE_HEADERS)
      if (status >= 300) throw new Error(`${server.name} refused a write: ${status} ${text}`)
      samples += count
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, (_, i) => connection(i)))
  const wallSeconds = (performance.now() - begun) / 1000
  await settle(server)
  const after = groupStats(server.pid)
  return { samples, wallSeconds, cpuSeconds: after.cpuSeconds - before.cpuSeconds, memory: after }
}

/** Merges and compactions belong to the price of an ingest: waits until the CPU is quiet. */
async function settle(server: Server): Promise<void> {
  let last = groupStats(server.pid).cpuSeconds
  for (let quiet = 0, i = 0; quiet < 3 && i < 90; i++) {
    await new Promise((resolve) => setTimeout(resolve, 1000))
    const now = groupStats(server.pid).cpuSeconds
    quiet = now - last < 0.05 ? quiet + 1 : 0
    last = now
  }
}

/** Bytes on disk once nothing is merged or removed any more: unchanged for a minute (parts that were merged stay some time), or after five. */
async function settledBytes(server: Server): Promise<number> {
  let last = server.dataBytes()
  for (let quiet = 0, i = 0; quiet < 12 && i < 60; i++) {
    await new Promise((resolve) => setTimeout(resolve, 5000))
    const now = server.dataBytes()
    quiet = now === last ? quiet + 1 : 0
    last = now
  }
  return last
}

function urlOf(server: Server, shape: Shape, endMs: number): string {
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(shape.parameters)) {
    const isTime = name === 'start' || name === 'end' || name === 'time'
    query.set(name, isTime ? String(endMs / 1000 - Number(value)) : String(value))
  }
  return `${server.url}${shape.path}?${query}`
}

async function measureShape(
  server: Server,
  shape: Shape,
  endMs: number,
): Promise<{ medianMs: number; cpuMs: number; answer: unknown }> {
  const url = urlOf(server, shape, endMs)
  const first = await send(url)
  const times: number[] = []
  const before = groupStats(server.pid).cpuSeconds
  for (let i = 0; i < shape.repeats; i++) {
    const begun = performance.now()
    const { status, text } = await send(url)
    times.push(performance.now() - begun)
    if (status !== 200)
      throw new Error(`${server.name}: ${shape.name}: ${status} ${text.slice(0, 300)}`)
  }
  const cpuMs = ((groupStats(server.pid).cpuSeconds - before) * 1000) / shape.repeats
  return { medianMs: median(times), cpuMs, answer: JSON.parse(first.text) }
}

async function measureDashboard(server: Server, endMs: number): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < 10; round++) {
    const begun = performance.now()
    const queue = DASHBOARD.map((shape) => urlOf(server, shape, endMs))
    const connection = async (): Promise<void> => {
      for (let url = queue.pop(); url !== undefined; url = queue.pop()) await send(url)
    }
    await Promise.all(Array.from({ length: 6 }, connection))
    times.push(performance.now() - begun)
  }
  return median(times)
}

async function measureCheap(server: Server, endMs: number): Promise<Measured['cheap']> {
  const shape = SHAPES[0] as Shape
  const url = urlOf(server, shape, endMs)
  const wide = new http.Agent({ keepAlive: true, maxSockets: 32 })
  const times: number[] = []
  const until = performance.now() + 3000
  const client = async (): Promise<void> => {
    while (performance.now() < until) {
      const begun = performance.now()
      await new Promise<void>((resolve, reject) => {
        http
          .get(url, { agent: wide }, (answer) => answer.resume().on('end', resolve))
          .on('error', reject)
      })
      times.push(performance.now() - begun)
    }
  }
  const begun = performance.now()
  await Promise.all(Array.from({ length: 32 }, client))
  const seconds = (performance.now() - begun) / 1000
  wide.destroy()
  times.sort((a, b) => a - b)
  return {
    perSecond: times.length / seconds,
    p99Ms: times[Math.floor(times.length * 0.99)] as number,
  }
}

function median(times: number[]): number {
  return times.toSorted((a, b) => a - b)[times.length >> 1] as number
}

async function measure(
  name: string,
  base: string,
  startMs: number,
  rounds: number,
): Promise<Measured> {
  process.stderr.write(`${name}: starting\n`)
  const server = await startServer(name, base, {
    'prometheus.yml': 'global: {scrape_interval: 1h}\n',
    'vedette.yml': 'prometheus: {global: {scrape_interval: 1h}}\n',
  })
  try {
    // Off the grid of the samples: Prometheus before 3.0 counts a sample at the very beginning of a window, 3.0 and later do not.
    const endMs = startMs + (rounds - 1) * INTERVAL_MS + 7000
    const ingested = await ingest(server, startMs, rounds)
    process.stderr.write(
      `${name}: ${Math.round(ingested.samples / ingested.wallSeconds)} samples/s\n`,
    )
    const queries: Measured['queries'] = new Map()
    for (const shape of SHAPES) {
      queries.set(shape.name, await measureShape(server, shape, endMs))
      process.stderr.write(
        `${name}: ${shape.name} ${queries.get(shape.name)?.medianMs.toFixed(1)} ms\n`,
      )
    }
    const bytesPerSample = (await settledBytes(server)) / ingested.samples
    const dashboardMs = await measureDashboard(server, endMs)
    const cheap = await measureCheap(server, endMs)
    return {
      name,
      ingest: ingested,
      bytesPerSample,
      queries,
      dashboardMs,
      cheap,
    }
  } finally {
    await server.stop()
  }
}

function report(all: readonly Measured[]): string {
  const rows: string[][] = [['', ...all.map((one) => one.name)]]
  const row = (name: string, value: (one: Measured) => string): void =>
    void rows.push([name, ...all.map(value)])
  row('ingest samples/s', (one) =>
    Math.round(one.ingest.samples / one.ingest.wallSeconds).toString(),
  )
  row('ingest samples per CPU second', (one) =>
    Math.round(one.ingest.samples / one.ingest.cpuSeconds).toString(),
  )
  row('memory after ingest: anon+shm MiB', (one) =>
    (one.ingest.memory.anonymousBytes / 2 ** 20).toFixed(0),
  )
  row('memory after ingest: RSS MiB', (one) => (one.ingest.memory.rssBytes / 2 ** 20).toFixed(0))
  row('bytes a sample', (one) => one.bytesPerSample.toFixed(2))
  for (const shape of SHAPES) {
    row(`${shape.name} ms (CPU ms)`, (one) => {
      const measured = one.queries.get(shape.name)
      return `${measured?.medianMs.toFixed(1)} (${measured?.cpuMs.toFixed(1)})`
    })
  }
  row('dashboard of 20 panels ms', (one) => one.dashboardMs.toFixed(1))
  row('cheap instant query, 32 clients: req/s', (one) => one.cheap.perSecond.toFixed(0))
  row('cheap instant query, 32 clients: p99 ms', (one) => one.cheap.p99Ms.toFixed(1))
  const [own, ...peers] = all
  for (const peer of peers) {
    if (own === undefined) continue
    const ratios = [
      ...SHAPES.map(
        (shape) =>
          (own.queries.get(shape.name)?.medianMs ?? 0) /
          (peer.queries.get(shape.name)?.medianMs ?? 1),
      ),
      own.dashboardMs / peer.dashboardMs,
    ]
    const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length)
    rows.push([`geometric mean of query times, ${own.name} / ${peer.name}`, mean.toFixed(2)])
  }
  const widths = [0, 1, 2, 3].map((column) =>
    Math.max(...rows.map((cells) => (cells[column] ?? '').length)),
  )
  return rows
    .map((cells) =>
      cells
        .map((cell, i) => (i === 0 ? cell.padEnd(widths[0] ?? 0) : cell.padStart(widths[i] ?? 0)))
        .join('  '),
    )
    .join('\n')
}

function disagreements(all: readonly Measured[]): string[] {
  const own = all.find((one) => one.name === 'vedette')
  const judge = all.find((one) => one.name === 'prometheus')
  if (own === undefined || judge === undefined) return []
  return SHAPES.flatMap((shape) => {
    const difference = differenceOf(
      own.queries.get(shape.name)?.answer,
      judge.queries.get(shape.name)?.answer,
    )
    return difference === undefined ? [] : [`${shape.name}: ${difference}`]
  })
}

const base = mkdtempSync(path.join(tmpdir(), 'vedette-bench-'))
try {
  const rounds = Math.round((Number(args.hours) * 3_600_000) / INTERVAL_MS)
  const startMs = Math.floor((Date.now() - rounds * INTERVAL_MS) / INTERVAL_MS) * INTERVAL_MS
  const all: Measured[] = []
  for (const name of args.servers.split(',')) all.push(await measure(name, base, startMs, rounds))
  process.stdout.write(`${report(all)}\n`)
  const wrong = disagreements(all)
  process.stdout.write(
    wrong.length === 0
      ? 'all answers agree with Prometheus\n'
      : `answers that differ:\n  ${wrong.join('\n  ')}\n`,
  )
  if (args.json !== undefined)
    writeFileSync(
      args.json,
      JSON.stringify(
        all.map((one) => ({
          ...one,
          queries: [...one.queries].map(([name, { medianMs, cpuMs }]) => ({
            name,
            medianMs,
            cpuMs,
          })),
        })),
        null,
        2,
      ),
    )
  process.exitCode = wrong.length === 0 ? 0 : 1
} finally {
  agent.destroy()
  if (!args.keep) rmSync(base, { recursive: true })
}
