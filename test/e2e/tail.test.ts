import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { parseJson } from '../house/parse-json.ts'
import { startServer, type Server } from './server.ts'
import { findEngine } from './tools/engine-process.ts'
import { byForm } from './tools/form.ts'
import { own, ownFolder } from './tools/owned.ts'
import { chooseSeed, createRandom, type Random } from './tools/random.ts'
import { RotatingWriter } from './tools/rotating-writer.ts'
import { waitFor } from './tools/wait-for.ts'

const RATE = 10 * 1024 * 1024
const PATIENCE_MS = 120_000
const TIMEOUT_MS = byForm({ short: 900_000, full: 3_600_000 })
const PAGE = 50_000

/** A folder with the configuration, the logs, and the data of a server. */
function createPlace(): { config: string; data: string; log: string } {
  const folder = ownFolder()
  const [config, logs] = [join(folder, 'config'), join(folder, 'logs')]
  mkdirSync(config)
  mkdirSync(logs)
  const log = join(logs, 'app.log')
  writeFileSync(
    join(config, 'promtail.yml'),
    `
server: {http_listen_port: 9080}
positions: {filename: ${folder}/positions.yaml}
clients: [{url: http://loki:3100/loki/api/v1/push, external_labels: {cluster: one}}]
scrape_configs:
  - job_name: app
    static_configs:
      - targets: [localhost]
        labels: {job: app, __path__: ${logs}/*.log}
`,
  )
  writeFileSync(
    join(config, 'loki.yml'),
    `auth_enabled: false\nlimits_config: {max_entries_limit_per_query: ${PAGE}}\n`,
  )
  return { config, data: join(folder, 'data'), log }
}

it(
  'reads a file that is written at 10 MB/s and rotated: each line once, in order, with its labels',
  async () => {
    const { config, data, log } = createPlace()
    const server = own(
      await startServer({ configPath: config, dataDir: data, listeners: ['loki'] }),
    )
    const writer = new RotatingWriter(log, RATE)
    for (let i = 0; i < byForm({ short: 3, full: 20 }); i++) {
      await sleep(1500)
      writer.rotate()
    }
    await sleep(500)
    await writer.finish()
    const behindMs = performance.now()
    await waitForLines(server, writer.written)
    console.log(
      `${writer.written} lines, ${(writer.writtenBytes / 2 ** 20).toFixed(0)} MiB, ${writer.rotations} rotations; all there ${Math.round(performance.now() - behindMs)} ms after the last`,
    )
    await verify(server, log, writer.written)
  },
  TIMEOUT_MS,
)

it(
  'loses no line and answers none twice when server and engine are killed while a file is read',
  async () => {
    const random = createRandom(chooseSeed('tail'))
    const { config, data, log } = createPlace()
    const start = async (): Promise<Server> =>
      own(await startServer({ configPath: config, dataDir: data, listeners: ['loki'] }))
    let server = await start()
    const writer = new RotatingWriter(log, RATE / 2)
    for (let round = 0; round < byForm({ short: 3, full: 20 }); round++) {
      await waitUntilKnown(data, log)
      await sleep(random.between(0, 1500))
      server = await strike(server, random, writer, start)
    }
    await sleep(300)
    await writer.finish()
    await waitForLines(server, writer.written)
    await verify(server, log, writer.written)
    console.log(`${writer.written} lines, ${writer.rotations} rotations: each is there once`)
    expect(await server.stop()).toEqual({ code: 0, signal: null })
  },
  TIMEOUT_MS,
)

/** Kills the engine or the server, and rotates the file meanwhile. */
async function strike(
  server: Server,
  random: Random,
  writer: RotatingWriter,
  restart: () => Promise<Server>,
): Promise<Server> {
  if (random.between(0, 3) < 1) {
    const enginePid = await findEngine(server)
    process.kill(enginePid, 'SIGKILL')
    writer.rotate()
    await findEngine(server, enginePid)
    await server.waitUntilReady()
    return server
  }
  await server.kill()
  writer.rotate()
  await sleep(random.between(0, 300))
  return restart()
}

/** A file that nobody has looked into before it is renamed is not known under its new name: the one that is there now must be. */
async function waitUntilKnown(data: string, file: string): Promise<void> {
  await waitFor('the file to be known', () => {
    const inode = `"inode":"${statSync(file).ino}"`
    return ['positions.json', 'positions.log'].some((name) =>
      readFileSync(join(data, 'tail', name), 'utf8').includes(inode),
    )
  })
}

/** Waits as long as there is progress: how fast it is depends on what else the machine does. */
async function waitForLines(server: Server, count: number): Promise<void> {
  for (let found = 0; found < count;) {
    const before = found
    found = await waitFor(
      `more than ${before} of ${count} lines`,
      async () => {
        const now = await countLines(server)
        return now > before && now
      },
      PATIENCE_MS,
    )
  }
}

async function countLines(server: Server): Promise<number> {
  const parameters = new URLSearchParams({ query: 'sum(count_over_time({job="app"}[1h]))' })
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/query?${parameters}`)
  const body: unknown = await answer.json()
  return Number(/"value":\[[^,]+,"(\d+)"\]/.exec(JSON.stringify(body))?.[1] ?? 0)
}

interface Answer {
  readonly data: {
    readonly result: readonly {
      readonly stream: Readonly<Record<string, string>>
      readonly values: readonly (readonly [string, string])[]
    }[]
  }
}

function isAnswer(json: unknown): json is Answer {
  return typeof json === 'object' && json !== null && 'data' in json
}

async function verify(server: Server, file: string, count: number): Promise<void> {
  let startNs = BigInt(Date.now() - 3_600_000) * 1_000_000n
  let next = 0
  for (;;) {
    const parameters = new URLSearchParams({
      query: '{job="app"}',
      direction: 'forward',
      limit: String(PAGE),
      start: String(startNs),
      end: String(BigInt(Date.now() + 60_000) * 1_000_000n),
    })
    const answer = await fetch(`${server.url('loki')}/loki/api/v1/query_range?${parameters}`)
    const body = parseJson(await answer.text(), isAnswer)
    const [stream, second] = body.data.result
    if (stream === undefined) break
    expect(second).toBeUndefined()
    expect(stream.stream).toEqual({ cluster: 'one', filename: file, job: 'app' })
    for (const [timestampNs, line] of stream.values) {
      if (line !== RotatingWriter.textOf(next)) {
        throw new Error(`line ${next} is ${JSON.stringify(line.slice(0, 80))} at ${timestampNs}`)
      }
      next++
    }
    startNs = BigInt(stream.values.at(-1)?.[0] ?? '0') + 1n
  }
  expect(next).toBe(count)
}
