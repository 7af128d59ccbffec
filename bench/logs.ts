// Log lines from push requests to the disk and back: how fast they come in, what they cost, how fast they are found, and the memory of
// it all while more come in at a steady pace and a day is counted.
import { spawnSync } from 'node:child_process'
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { writePushes, type PushFile, type PushForm } from './log-data.ts'
import { sendPushes } from './log-sender.ts'
import { COUNTED_DAY, logShapes, type LogShape } from './log-shapes.ts'
import { groupStats } from './process-stats.ts'
import { folderBytes, freePort, startProcess, VEDETTE } from './servers.ts'
import { watched } from './watch-memory.ts'

const { values: args } = parseArgs({
  options: {
    lines: { type: 'string', default: '5000000' },
    streams: { type: 'string', default: '2000' },
    senders: { type: 'string', default: '4' },
    form: { type: 'string', default: 'json' },
    'paced-seconds': { type: 'string', default: '30' },
    keep: { type: 'boolean', default: false },
  },
})
const LINES = Number(args.lines)
const STREAMS = Number(args.streams)
const SENDERS = Number(args.senders)
const FORM: PushForm = args.form === 'protobuf' ? 'protobuf' : 'json'
const PACED_SECONDS = Number(args['paced-seconds'])
const PACED_BYTES_PER_SECOND = 20e6
const BYTES_A_LINE = 131
const DAY_NS = 86_400_000_000_000n
/** A day, which ended a minute ago. */
const END_NS = BigInt(Date.now() - 60_000) * 1_000_000n
const START_NS = END_NS - DAY_NS
const REPEATS = 5
/** Of a shape whose first answer took longer than `SLOW_MS`. */
const SLOW_REPEATS = 3
const SLOW_MS = 3000
/** Merges end soon; parts that they have replaced are removed by the engine's own schedule, which can take five minutes. */
const SETTLE_MS = 330_000

const folder = mkdtempSync(path.join(tmpdir(), 'bench-logs-'))
const [port, prometheusPort] = [await freePort(), await freePort()]
const url = `http://127.0.0.1:${port}`
const row = (name: string, value: string): void => console.log(`| ${name} | ${value} |`)

async function ask(shape: LogShape, round: number): Promise<number> {
  const parameters = new URLSearchParams({
    query: shape.query(round),
    start: String(START_NS),
    end: String(END_NS),
    ...shape.parameters,
  })
  const begun = performance.now()
  const answer = await fetch(`${url}/loki/api/v1/${shape.path}?${parameters.toString()}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${shape.name}: ${answer.status} ${text}`)
  return performance.now() - begun
}

function median(values: number[]): number {
  return values.sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0
}

async function measure(shape: LogShape): Promise<number> {
  const times: number[] = []
  for (let round = 0; round < REPEATS; round++) {
    times.push(await ask(shape, round))
    if ((times[0] ?? 0) > SLOW_MS && times.length === SLOW_REPEATS) break
  }
  return median(times)
}

/** How long `grep -c` takes over the same lines as plain text, which lies in memory. */
function measureGrep(textPath: string, what: readonly string[]): number {
  const times: number[] = []
  for (let round = 0; round < 3; round++) {
    const none = openSync('/dev/null', 'w')
    const begun = performance.now()
    spawnSync('grep', ['-c', ...what, textPath], { stdio: ['ignore', none, none] })
    times.push(performance.now() - begun)
    closeSync(none)
  }
  return median(times)
}

function loadOf(): string {
  return readFileSync('/proc/loadavg', 'utf8').split(' ').slice(0, 2).join(' ')
}

async function ingest(pid: number, file: PushFile, filePath: string): Promise<void> {
  const begun = performance.now()
  const { result, ...used } = await watched(pid, () =>
    sendPushes(file, { url, path: filePath, form: FORM, senders: SENDERS }),
  )
  const seconds = (performance.now() - begun) / 1000
  const megabytes = result / 1e6
  const load = loadOf()
  const atEnd = groupStats(pid)
  await sleep(SETTLE_MS)
  const later = groupStats(pid).cpuSeconds - atEnd.cpuSeconds
  const disk = folderBytes(path.join(folder, 'data'))
  console.log(`${LINES} lines, ${megabytes.toFixed(0)} MB as ${FORM}, ${STREAMS} streams\n`)
  console.log('| | |\n|---|---|')
  row('ingest, from push to durable', `${(megabytes / seconds).toFixed(1)} MB/s (load ${load})`)
  row('CPU of the group for it', `${(megabytes / used.cpuSeconds).toFixed(1)} MB a CPU second`)
  row('CPU of merges afterwards', `${later.toFixed(1)} s`)
  row('RSS meanwhile, at most', `${used.rssMiB.toFixed(0)} MiB`)
  row('anonymous and shared memory', `${used.anonymousMiB.toFixed(0)} MiB`)
  row('bytes a line on disk', (disk / LINES).toFixed(1))
  row('compression', `${((megabytes * 1e6) / disk).toFixed(1)}x`)
}

async function find(textPath: string): Promise<void> {
  for (const shape of logShapes(STREAMS)) {
    const ms = await measure(shape)
    const grep = shape.grep === undefined ? undefined : measureGrep(textPath, shape.grep)
    const peer = grep === undefined ? '' : ` (grep: ${grep.toFixed(0)} ms)`
    row(shape.name, `${ms.toFixed(0)} ms${peer}`)
  }
  row('load during the queries', loadOf())
}

/** More lines at a steady pace, while a day is counted again and again. */
async function pace(pid: number): Promise<void> {
  const lines = Math.ceil((PACED_SECONDS * PACED_BYTES_PER_SECOND) / BYTES_A_LINE)
  const filePath = path.join(folder, 'paced')
  const stepNs = DAY_NS / BigInt(lines)
  const file = writePushes(filePath, {
    ...{ lines, streams: STREAMS, form: FORM, stepNs },
    startNs: START_NS + 1n,
  })
  let isOver = false
  const times: number[] = []
  let refused = 0
  const query = async (): Promise<void> => {
    for (let round = 100; !isOver; round++) {
      await ask(COUNTED_DAY, round).then(
        (ms) => times.push(ms),
        () => refused++,
      )
    }
  }
  const begun = performance.now()
  const { result, rssMiB, anonymousMiB, cpuSeconds } = await watched(pid, async () => {
    const asking = query()
    const sent = await sendPushes(file, {
      ...{ url, path: filePath, form: FORM, senders: SENDERS },
      bytesPerSecond: PACED_BYTES_PER_SECOND,
    })
    isOver = true
    await asking
    return sent
  })
  const seconds = (performance.now() - begun) / 1000
  row('then, with the last query all the while', `${(result / 1e6 / seconds).toFixed(1)} MB/s`)
  row('RSS meanwhile, at most', `${rssMiB.toFixed(0)} MiB`)
  row('anonymous and shared memory', `${anonymousMiB.toFixed(0)} MiB`)
  row('CPU of the group', `${((cpuSeconds / seconds) * 100).toFixed(0)} % of a core`)
  row('the query', `${median(times).toFixed(0)} ms, ${refused} refused (load ${loadOf()})`)
}

const off = ['ui', 'alertmanager', 'webhook', 'tempo', 'otlp-grpc', 'otlp-http'].flatMap((name) => [
  `--listen.${name}`,
  'off',
])
const pushPath = path.join(folder, 'pushes')
const textPath = path.join(folder, 'text')
const pushes = writePushes(pushPath, {
  ...{ lines: LINES, streams: STREAMS, form: FORM, textPath },
  ...{ startNs: START_NS, stepNs: DAY_NS / BigInt(LINES) },
})
const server = await startProcess({
  folder,
  command: VEDETTE,
  args: [
    ...['start', '--data', path.join(folder, 'data'), '--listen.loki', `127.0.0.1:${port}`],
    ...['--listen.prometheus', `127.0.0.1:${prometheusPort}`, '--promtail', 'off', ...off],
  ],
  readyUrl: `${url}/ready`,
})
try {
  await ingest(server.pid, pushes, pushPath)
  await find(textPath)
  if (PACED_SECONDS > 0) await pace(server.pid)
} finally {
  await server.stop()
  if (args.keep) console.log(`the data is in ${folder}`)
  else rmSync(folder, { recursive: true })
}
