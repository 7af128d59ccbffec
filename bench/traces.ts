// Spans from requests of OTLP to the disk and back: how fast they come in, what they cost, how fast they are found and counted, and the
// memory of it all while more come in and a day is counted.
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { postPatiently } from './post-patiently.ts'
import { groupStats } from './process-stats.ts'
import { folderBytes, freePort, startProcess, VEDETTE } from './servers.ts'
import { makeRareTrace, makeTemplates } from './trace-data.ts'
import { type RequestTemplate, traceIdOf } from './trace-template.ts'
import { RATE_DAY, TRACE_SHAPES, type TraceShape } from './trace-shapes.ts'
import { watched } from './watch-memory.ts'

const { values: args } = parseArgs({
  options: {
    spans: { type: 'string', default: '2000000' },
    senders: { type: 'string', default: '4' },
    'paced-seconds': { type: 'string', default: '20' },
    'settle-seconds': { type: 'string', default: '45' },
    command: { type: 'string', default: VEDETTE },
    keep: { type: 'boolean', default: false },
  },
})
const SPANS = Number(args.spans)
const SENDERS = Number(args.senders)
const PACED_SECONDS = Number(args['paced-seconds'])
const PACED_SPANS_PER_SECOND = 5000
const DAY_NS = 86_400_000_000_000n
/** A day, which ended a minute ago. */
const END_NS = BigInt(Date.now() - 60_000) * 1_000_000n
const START_NS = END_NS - DAY_NS
const REPEATS = 5
const SLOW_REPEATS = 3
const SLOW_MS = 3000
const TRACES_BY_ID = 200
const TEMPLATES = 80
const SPANS_PER_REQUEST = 1000

const folder = mkdtempSync(path.join(tmpdir(), 'bench-traces-'))
const [port, otlpPort, prometheusPort] = [await freePort(), await freePort(), await freePort()]
const url = `http://127.0.0.1:${port}`
const row = (name: string, value: string): void => console.log(`| ${name} | ${value} |`)

/** Traces made so far. */
let traces = 0
let sentBytes = 0

function post(body: Uint8Array, agent: http.Agent): Promise<void> {
  const headers = { 'content-type': 'application/x-protobuf' }
  return postPatiently(`http://127.0.0.1:${otlpPort}/v1/traces`, body, {
    agent,
    headers,
    done: 200,
  })
}

/** Sends about so many spans over some connections, each with one request in flight, spread evenly over the day. Answers how many. */
async function send(
  templates: readonly RequestTemplate[],
  spans: number,
  spansPerSecond = Infinity,
): Promise<number> {
  const agent = new http.Agent({ keepAlive: true, maxSockets: SENDERS })
  const begunMs = performance.now()
  let sent = 0
  let requests = 0
  const sender = async (): Promise<void> => {
    while (sent < spans) {
      const template = templates[requests++ % templates.length]
      if (template === undefined) return
      const startNs = START_NS + (DAY_NS * BigInt(Math.round((sent / spans) * 1e6))) / 1_000_000n
      const body = template.at(traces, startNs)
      traces += template.traces
      sent += template.spans
      sentBytes += body.length
      await post(body, agent)
      const earlyMs = (sent / spansPerSecond) * 1000 - (performance.now() - begunMs)
      if (earlyMs > 1) await sleep(earlyMs)
    }
  }
  try {
    await Promise.all(Array.from({ length: SENDERS }, sender))
  } finally {
    agent.destroy()
  }
  return sent
}

async function get(target: string): Promise<{ readonly ms: number; readonly text: string }> {
  const begun = performance.now()
  const answer = await fetch(`${url}/api/${target}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${target}: ${answer.status} ${text.slice(0, 300)}`)
  return { ms: performance.now() - begun, text }
}

async function ask(shape: TraceShape, round: number): Promise<number> {
  const parameters = new URLSearchParams({
    ...shape.parameters(round),
    start: String(START_NS / 1_000_000_000n),
    end: String(END_NS / 1_000_000_000n),
  })
  return (await get(`${shape.path}?${parameters.toString()}`)).ms
}

function quantile(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? 0
}

async function measure(shape: TraceShape): Promise<string> {
  const times: number[] = []
  for (let round = 0; round < REPEATS; round++) {
    const ms = await ask(shape, round).catch((thrown: unknown) => String(thrown))
    if (typeof ms === 'string') return ms
    times.push(ms)
    if ((times[0] ?? 0) > SLOW_MS && times.length === SLOW_REPEATS) break
  }
  return `${quantile(times, 0.5).toFixed(0)} ms (first ${times[0]?.toFixed(0)})`
}

function loadOf(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 2).join(' ')
}

async function ingest(pid: number, templates: readonly RequestTemplate[]): Promise<void> {
  const begun = performance.now()
  const { result: spans, ...used } = await watched(pid, async () => {
    const first = await send(templates, Math.floor(SPANS / 3))
    const rare = makeRareTrace()
    await post(rare.at(traces, START_NS + DAY_NS / 3n), http.globalAgent)
    traces += 1
    return first + (await send(templates, SPANS - first))
  })
  const seconds = (performance.now() - begun) / 1000
  const load = loadOf()
  const atEnd = groupStats(pid)
  await sleep(Number(args['settle-seconds']) * 1000)
  const later = groupStats(pid).cpuSeconds - atEnd.cpuSeconds
  const disk = folderBytes(path.join(folder, 'data'))
  console.log(`${spans} spans of ${traces} traces, ${(sentBytes / 1e6).toFixed(0)} MB\n`)
  console.log('| | |\n|---|---|')
  row('ingest, from request to durable', `${(spans / seconds).toFixed(0)} spans/s (load ${load})`)
  row('CPU of the group for it', `${(spans / used.cpuSeconds).toFixed(0)} spans a CPU second`)
  row('CPU of merges afterwards', `${later.toFixed(1)} s`)
  row('RSS meanwhile, at most', `${used.rssMiB.toFixed(0)} MiB`)
  row('anonymous and shared memory', `${used.anonymousMiB.toFixed(0)} MiB`)
  row('bytes a span on the wire', (sentBytes / spans).toFixed(0))
  row('bytes a span on disk', (disk / spans).toFixed(1))
}

async function findById(): Promise<void> {
  const times: number[] = []
  for (let i = 0; i < TRACES_BY_ID; i++) {
    const id = traceIdOf(Math.floor((i * traces) / TRACES_BY_ID))
    times.push((await get(`traces/${id}`)).ms)
  }
  const [middle, late] = [quantile(times, 0.5), quantile(times, 0.95)]
  row('a trace by its id', `p50 ${middle.toFixed(1)} ms, p95 ${late.toFixed(1)} ms`)
}

/** More spans at a steady pace, while a day is counted again and again. */
async function pace(pid: number, templates: readonly RequestTemplate[]): Promise<void> {
  let isOver = false
  const times: number[] = []
  let refused = 0
  const query = async (): Promise<void> => {
    for (let round = 100; !isOver; round++) {
      await ask(RATE_DAY, round).then(
        (ms) => times.push(ms),
        () => refused++,
      )
    }
  }
  const begun = performance.now()
  const { result, rssMiB, anonymousMiB, cpuSeconds } = await watched(pid, async () => {
    const asking = query()
    const sent = await send(
      templates,
      PACED_SECONDS * PACED_SPANS_PER_SECOND,
      PACED_SPANS_PER_SECOND,
    )
    isOver = true
    await asking
    return sent
  })
  const seconds = (performance.now() - begun) / 1000
  row('then, with the last query all the while', `${(result / seconds).toFixed(0)} spans/s`)
  row('RSS meanwhile, at most', `${rssMiB.toFixed(0)} MiB`)
  row('anonymous and shared memory', `${anonymousMiB.toFixed(0)} MiB`)
  row('CPU of the group', `${((cpuSeconds / seconds) * 100).toFixed(0)} % of a core`)
  row('the query', `${quantile(times, 0.5).toFixed(0)} ms, ${refused} refused (load ${loadOf()})`)
}

const off = ['ui', 'alertmanager', 'webhook', 'loki', 'otlp-grpc'].flatMap((name) => [
  `--listen.${name}`,
  'off',
])
const spreadNs = (Number(DAY_NS) * SPANS_PER_REQUEST) / SPANS
const templates = makeTemplates(TEMPLATES, SPANS_PER_REQUEST, Math.min(spreadNs, 60e9))
const server = await startProcess({
  folder,
  command: args.command,
  args: [
    ...['start', '--data', path.join(folder, 'data'), '--listen.tempo', `127.0.0.1:${port}`],
    ...['--listen.otlp-http', `127.0.0.1:${otlpPort}`, '--promtail', 'off', ...off],
    ...['--listen.prometheus', `127.0.0.1:${prometheusPort}`],
  ],
  readyUrl: `http://127.0.0.1:${prometheusPort}/-/ready`,
})
try {
  await ingest(server.pid, templates)
  await findById()
  for (const shape of TRACE_SHAPES) row(shape.name, await measure(shape))
  row('load during the queries', loadOf())
  if (PACED_SECONDS > 0) await pace(server.pid, templates)
} finally {
  await server.stop()
  if (args.keep) console.log(`the data is in ${folder}`)
  else rmSync(folder, { recursive: true })
}
