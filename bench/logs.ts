// Log lines from push requests to the disk and back: how fast they come in, what they cost, and how fast they are found.
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { groupStats } from './process-stats.ts'
import { freePort, startProcess, VEDETTE } from './servers.ts'

const { values: args } = parseArgs({
  options: {
    lines: { type: 'string', default: '5000000' },
    streams: { type: 'string', default: '2000' },
    senders: { type: 'string', default: '4' },
    keep: { type: 'boolean', default: false },
  },
})
const LINES = Number(args.lines)
const STREAMS = Number(args.streams)
const PER_PUSH = 5000
const HOUR_NS = 3_600_000_000_000n
/** As Loki counts: a day, which ended a minute ago. */
const END_NS = BigInt(Date.now() - 60_000) * 1_000_000n
const START_NS = END_NS - 24n * HOUR_NS
const STEP_NS = (END_NS - START_NS) / BigInt(LINES)
const REPEATS = 5
const SETTLE_MS = 60_000
const NEEDLE = 'b5e1c0de-0000-4000-8000-feedfacecafe'

/** Not `Math.random`: two runs have the same lines. */
let seed = 1
function random(below: number): number {
  seed = (seed * 48271) % 2147483647
  return seed % below
}

const PATHS = ['/api/v1/users', '/api/v1/orders', '/health', '/login', '/api/v1/items', '/assets']

/** A line such as web services write: 140 bytes on average. */
function lineOf(k: number): string {
  if (k === Math.floor(LINES / 3))
    return `level=info msg="payment ${NEEDLE} was taken back" by=operator`
  const level = ['info', 'info', 'info', 'info', 'info', 'info', 'debug', 'warn', 'error'][
    random(9)
  ]
  const status = random(20) === 0 ? 500 : 200
  const id = (random(2 ** 30) * 4 + random(4)).toString(16).padStart(8, '0')
  return `{"level":"${level}","msg":"request handled","method":"GET","path":"${PATHS[random(6)]}/${random(10_000)}","status":${status},"took_ms":${random(900)},"request_id":"${id}"}`
}

interface Push {
  readonly body: string
  readonly bytes: number
}

/** The next push; undefined when all lines were sent. */
let sent = 0
function nextPush(): Push | undefined {
  if (sent >= LINES) return undefined
  const streams = new Map<number, [string, string][]>()
  let bytes = 0
  for (const end = Math.min(LINES, sent + PER_PUSH); sent < end; sent++) {
    const line = lineOf(sent)
    bytes += line.length
    const stream = random(STREAMS)
    const values = streams.get(stream) ?? []
    streams.set(stream, values)
    values.push([String(START_NS + BigInt(sent) * STEP_NS), line])
  }
  const body = JSON.stringify({
    streams: Array.from(streams, ([i, values]) => ({
      stream: { app: `app-${i % 20}`, pod: `pod-${i}`, cluster: 'one' },
      values,
    })),
  })
  return { body, bytes }
}

async function send(url: string): Promise<number> {
  let bytes = 0
  for (let push = nextPush(); push !== undefined; push = nextPush()) {
    const answer = await fetch(`${url}/loki/api/v1/push`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: push.body,
    })
    if (answer.status !== 204) throw new Error(`${answer.status} ${await answer.text()}`)
    bytes += push.bytes
  }
  return bytes
}

interface Shape {
  readonly name: string
  readonly path: string
  /** Different each time, so that nothing is answered from a cache of what was asked before. */
  readonly query: (round: number) => string
}

const SHAPES: readonly Shape[] = [
  { name: 'last 100 lines of a stream', path: 'query_range', query: (i) => `{pod="pod-${i + 7}"}` },
  {
    name: `newest 100 over ${STREAMS} streams`,
    path: 'query_range',
    query: (i) => `{cluster=~"one|${i}"}`,
  },
  {
    name: 'a needle of whole words that exists once',
    path: 'query_range',
    query: (i) => `{cluster="one"} |= "payment ${NEEDLE} was" != "round ${i}"`,
  },
  {
    name: 'a needle inside a word',
    path: 'query_range',
    query: (i) => `{cluster="one"} |= "eedfac" != "round ${i}"`,
  },
  {
    name: 'a needle that does not exist',
    path: 'query_range',
    query: (i) => `{cluster="one"} |= "n0where${i}"`,
  },
  {
    name: 'a regex',
    path: 'query_range',
    query: (i) => `{cluster="one"} |~ "payment .*-fe+dface.* (was|${i})"`,
  },
  { name: 'label values', path: 'label/pod/values', query: () => '{cluster="one"}' },
  { name: 'index stats', path: 'index/stats', query: (i) => `{cluster=~"one|${i}"}` },
]

async function measure(url: string, shape: Shape): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < REPEATS; round++) {
    const parameters = new URLSearchParams({
      query: shape.query(round),
      start: String(START_NS),
      end: String(END_NS),
    })
    const begun = performance.now()
    const answer = await fetch(`${url}/loki/api/v1/${shape.path}?${parameters.toString()}`)
    const text = await answer.text()
    times.push(performance.now() - begun)
    if (!answer.ok) throw new Error(`${shape.name}: ${answer.status} ${text}`)
  }
  return times.sort((a, b) => a - b)[Math.floor(REPEATS / 2)] ?? 0
}

function folderBytes(folder: string): number {
  let bytes = 0
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true })) {
    if (entry.isFile()) bytes += statSync(path.join(entry.parentPath, entry.name)).size
  }
  return bytes
}

const folder = mkdtempSync(path.join(tmpdir(), 'bench-logs-'))
const [port, prometheusPort] = [await freePort(), await freePort()]
const off = ['ui', 'alertmanager', 'webhook'].flatMap((name) => [`--listen.${name}`, 'off'])
const server = await startProcess({
  folder,
  command: VEDETTE,
  args: [
    ...['start', '--data', path.join(folder, 'data'), '--listen.loki', `127.0.0.1:${port}`],
    ...['--listen.prometheus', `127.0.0.1:${prometheusPort}`, ...off],
  ],
  readyUrl: `http://127.0.0.1:${port}/ready`,
})
try {
  const url = `http://127.0.0.1:${port}`
  const before = groupStats(server.pid)
  const begun = performance.now()
  const sums = await Promise.all(Array.from({ length: Number(args.senders) }, () => send(url)))
  const seconds = (performance.now() - begun) / 1000
  const after = groupStats(server.pid)
  const megabytes = sums.reduce((sum, bytes) => sum + bytes, 0) / 1e6
  const cpu = after.cpuSeconds - before.cpuSeconds
  // What the engine has merged it removes after half a minute.
  await new Promise((resolve) => setTimeout(resolve, SETTLE_MS))
  const disk = folderBytes(path.join(folder, 'data'))
  const row = (name: string, value: string): void => console.log(`| ${name} | ${value} |`)
  console.log(`${LINES} lines, ${megabytes.toFixed(0)} MB, ${STREAMS} streams\n\n| | |\n|---|---|`)
  row('ingest, from push to durable', `${(megabytes / seconds).toFixed(1)} MB/s`)
  row('ingest for each CPU second of the group', `${(megabytes / cpu).toFixed(1)} MB`)
  row('bytes a line on disk', (disk / LINES).toFixed(1))
  row('compression', `${((megabytes * 1e6) / disk).toFixed(1)}x`)
  row('RSS behind it', `${(after.rssBytes / 2 ** 20).toFixed(0)} MiB`)
  row('anonymous memory behind it', `${(after.anonymousBytes / 2 ** 20).toFixed(0)} MiB`)
  for (const shape of SHAPES) row(shape.name, `${(await measure(url, shape)).toFixed(0)} ms`)
} finally {
  await server.stop()
  if (args.keep) console.log(`the data is in ${folder}`)
  else rmSync(folder, { recursive: true })
}
