import { appendFileSync, mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { findFreePorts } from './free-ports.ts'
import { startServer, type Server } from './server.ts'
import { Agent } from './tools/agent.ts'
import { byForm } from './tools/form.ts'
import { own, ownExporter, ownFolder } from './tools/owned.ts'
import { queryRaw, queryValue } from './tools/query.ts'
import { chooseSeed, createRandom } from './tools/random.ts'
import { waitFor } from './tools/wait-for.ts'

const HOUR_MS = 3_600_000
const STEP_MS = 15_000
const STEPS = (24 * HOUR_MS) / STEP_MS
const SERIES = byForm({ short: 8, full: 40 })
/** So many steps are new on a page of the target. */
const STEPS_PER_PAGE = 120
/**
 * So many are told again, for seconds: what was scraped within the second before SIGKILL is lost, as it is with a server, and so is a page
 * that a slow machine does not read in time.
 */
const STEPS_TOLD_AGAIN = STEPS_PER_PAGE * 15
const LINES = byForm({ short: 43_200, full: 200_000 })
const TRACES = 24 * 30
const MAX_MB = 120
const PATIENCE_MS = 120_000

it('brings a day that the server was away for, killed meanwhile: all of it, once, in little memory', async () => {
  const random = createRandom(chooseSeed('agent'))
  const folder = ownFolder()
  const [port = 0] = await findFreePorts(1)
  const endMs = Math.floor(Date.now() / STEP_MS) * STEP_MS
  const startMs = endMs - 24 * HOUR_MS
  const target = await createTarget(startMs)
  const configPath = createConfig(folder, target.address)
  const agent = await Agent.start({ folder, configPath, server: `http://127.0.0.1:${port}` })
  const memory = [agent.memory()]
  const lines = new DayOfLines(join(folder, 'logs', 'app.log'), startMs)
  const traces = new DayOfTraces(() => agent.otlpUrl, startMs)

  const strikes = [random.between(20, 40) / 100, random.between(50, 70) / 100]
  for (const [at, until] of [...strikes, 1].entries()) {
    await waitFor('files to be watched', () => starts(agent) > at, PATIENCE_MS)
    lines.writeUntil(until)
    await Promise.all([traces.sendUntil(until), target.tellUntil(until)])
    memory.push(agent.memory())
    if (at === strikes.length) break
    await agent.kill()
    await agent.start()
  }
  await waitFor('the last lines to be in the queue', () => lines.areQueued(agent), PATIENCE_MS)
  await sleep(1500)
  console.log(
    `waiting: ${Math.round((await agent.metric('vedette_agent_queue_bytes')) / 1024)} KiB`,
  )
  expect(await agent.metric('vedette_agent_queue_oldest_seconds')).toBeGreaterThan(0)

  const server = own(
    await startServer({
      listeners: ['loki', 'tempo'],
      prometheusPort: port,
      configPath: emptyConfig(folder),
      dataDir: join(folder, 'server'),
    }),
  )
  // Killed while it sends: some of what the server has taken is sent a second time.
  await sleep(random.between(50, 600))
  await agent.kill()
  await agent.start()
  await waitUntilSent(agent)
  // What was read and not yet noted as stored before SIGKILL is read again, which may begin after the queue was empty.
  await waitFor(
    'all lines to arrive',
    async () => (await countLines(server, endMs)) >= LINES,
    PATIENCE_MS,
  )
  memory.push(agent.memory())
  await verifySamples(server, startMs, endMs)
  await verifyLines(server, startMs, endMs)
  await verifyTraces(server, traces.acknowledged)
  expect(await agent.metric('vedette_agent_dropped_total')).toBe(0)
  expect(await agent.metric('vedette_agent_refused_requests_total')).toBe(0)
  console.log(`memory in MB: ${memory.map(({ nowMb, peakMb }) => `${nowMb}/${peakMb}`).join(' ')}`)
  for (const { peakMb } of memory) expect(peakMb).toBeLessThan(MAX_MB)
  expect(await agent.stop()).toBe(0)
}, 900_000)

/** A target whose pages tell a day, step by step, with times of their own. */
async function createTarget(startMs: number) {
  const exporter = await ownExporter()
  let page = 0
  let untilPart = 0
  // The last step of a part, too, is told as often as all others.
  const isTold = (): boolean => page * STEPS_PER_PAGE - STEPS_TOLD_AGAIN >= STEPS * untilPart
  exporter.page('/metrics', () => {
    if (isTold()) return ''
    const last = Math.min(STEPS, page++ * STEPS_PER_PAGE)
    const first = Math.max(0, last - STEPS_TOLD_AGAIN - STEPS_PER_PAGE)
    const rows: string[] = ['# TYPE day_total counter']
    for (let series = 0; series < SERIES; series++) {
      for (let step = first; step < last; step++) {
        rows.push(`day_total{series="${series}"} ${step} ${startMs + step * STEP_MS}`)
      }
    }
    return `${rows.join('\n')}\n`
  })
  return {
    address: exporter.address,
    /** Waits as long as it is asked for more: how fast that is depends on what else the machine does. */
    tellUntil: async (part: number): Promise<void> => {
      untilPart = part
      while (!isTold()) {
        const before = page
        await waitFor('the target to be scraped', () => page > before, PATIENCE_MS)
      }
    },
  }
}

function createConfig(folder: string, address: string): string {
  const [config, logs] = [join(folder, 'config'), join(folder, 'logs')]
  mkdirSync(config)
  mkdirSync(logs)
  writeFileSync(
    join(config, 'prometheus.yml'),
    `
scrape_configs:
  - {job_name: day, scrape_interval: 500ms, scrape_timeout: 500ms, static_configs: [{targets: ['${address}']}]}
  - {job_name: node, scrape_interval: 5s, static_configs: [{targets: ['localhost:9100']}]}
`,
  )
  writeFileSync(
    join(config, 'promtail.yml'),
    `
clients: [{url: http://loki:3100/loki/api/v1/push}]
scrape_configs:
  - job_name: app
    static_configs: [{targets: [localhost], labels: {job: app, __path__: '${logs}/*.log'}}]
    pipeline_stages:
      - regex: {expression: '^(?P<time>\\d+) '}
      - timestamp: {source: time, format: UnixMs}
`,
  )
  return config
}

/** How often it has begun to read files. */
function starts(agent: Agent): number {
  return agent.readLog().split('log lines are collected').length - 1
}

/** Waits as long as something is sent. */
async function waitUntilSent(agent: Agent): Promise<void> {
  const left = (): Promise<number> => agent.metric('vedette_agent_queue_bytes')
  for (let bytes = await left(); bytes > 0;) {
    const before = bytes
    await waitFor(
      `less than ${before} bytes to wait`,
      async () => {
        bytes = await left()
        return bytes < before
      },
      PATIENCE_MS,
    )
  }
}

function emptyConfig(folder: string): string {
  const path = join(folder, 'empty')
  mkdirSync(path)
  writeFileSync(join(path, 'prometheus.yml'), 'scrape_configs: []\n')
  writeFileSync(join(path, 'loki.yml'), 'limits_config: {max_entries_limit_per_query: 10000}\n')
  return path
}

/** A log file with lines of a day, renamed in the middle of each part. */
class DayOfLines {
  readonly #file: string
  readonly #startMs: number
  #written = 0
  /** Of the last part. */
  #newest = 0
  #rotations = 0

  constructor(file: string, startMs: number) {
    this.#file = file
    this.#startMs = startMs
  }

  writeUntil(part: number): void {
    const until = Math.round(LINES * part)
    this.#newest = until - this.#written
    const half = Math.floor((this.#written + until) / 2)
    this.#write(half)
    if (this.#rotations > 0)
      renameSync(this.#file, `${this.#file.slice(0, -4)}.${this.#rotations}.log`)
    this.#rotations++
    this.#write(until)
  }

  /** Whether an agent that was started before the last part was written has noted as many lines as that part has. */
  async areQueued(agent: Agent): Promise<boolean> {
    return (await agent.metric('promtail_sent_entries_total')) >= this.#newest
  }

  #write(until: number): void {
    const rows: string[] = []
    for (; this.#written < until; this.#written++) {
      rows.push(`${timeOfLine(this.#startMs, this.#written)} line number ${this.#written}\n`)
    }
    appendFileSync(this.#file, rows.join(''))
  }
}

function timeOfLine(startMs: number, line: number): number {
  return startMs + Math.floor((line * 24 * HOUR_MS) / LINES)
}

/** Traces of a day, each sent until it is acknowledged. */
class DayOfTraces {
  readonly acknowledged: string[] = []
  readonly #url: () => string
  readonly #startMs: number

  constructor(url: () => string, startMs: number) {
    this.#url = url
    this.#startMs = startMs
  }

  async sendUntil(part: number): Promise<void> {
    for (let i = this.acknowledged.length; i < Math.round(TRACES * part); i++) {
      const traceId = `a${(i + 1).toString(16).padStart(31, '0')}`
      const timeNs = `${this.#startMs + Math.floor((i * 24 * HOUR_MS) / TRACES)}000000`
      const span = { traceId, spanId: 'b'.repeat(16), name: `trace ${i}` }
      const spans = [{ ...span, startTimeUnixNano: timeNs, endTimeUnixNano: timeNs }]
      const answer = await fetch(`${this.#url()}/v1/traces`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: JSON.stringify({ resourceSpans: [{ scopeSpans: [{ spans }] }] }),
      })
      if (answer.status !== 200) throw new Error(`${answer.status} ${await answer.text()}`)
      await answer.arrayBuffer()
      this.acknowledged.push(traceId)
    }
  }
}

async function verifySamples(server: Server, startMs: number, endMs: number): Promise<void> {
  const url = server.url()
  const missed = await queryValue(
    url,
    'count_over_time(up{job="day"}[1h]) - sum_over_time(up{job="day"}[1h])',
  )
  console.log(`pages that were not read in time: ${missed}`)
  const [found] = await queryRaw(url, 'day_total{series="7"}[25h]', endMs)
  const expected = Array.from({ length: STEPS }, (_, i) => [(startMs + i * STEP_MS) / 1000, `${i}`])
  expect(found?.values).toEqual(expected)
  const total = await queryValue(url, 'sum(count_over_time(day_total[25h]))', endMs)
  expect(total).toBe(SERIES * STEPS)
  expect(await queryValue(url, 'count(count_over_time(up{job="node"}[1h]))')).toBe(1)
}

/** How many lines a server has, those that came twice too. */
async function countLines(server: Server, endMs: number): Promise<number> {
  const query = 'sum(count_over_time({job="app"}[25h]))'
  const parameters = new URLSearchParams({ query, time: `${endMs}000000` })
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/query?${parameters}`)
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${answer.status} ${text}`)
  return Number(/"value":\[[^,]+,"(\d+)"\]/.exec(text)?.[1] ?? 0)
}

async function verifyLines(server: Server, startMs: number, endMs: number): Promise<void> {
  const seen: number[] = []
  for (let fromMs = startMs; fromMs < endMs; fromMs += HOUR_MS) {
    const parameters = new URLSearchParams({
      ...{ query: '{job="app"}', limit: '10000', direction: 'forward' },
      ...{ start: `${fromMs}000000`, end: `${fromMs + HOUR_MS}000000` },
    })
    const answer = await fetch(`${server.url('loki')}/loki/api/v1/query_range?${parameters}`)
    const text = await answer.text()
    expect(answer.status, text).toBe(200)
    for (const [, number] of text.matchAll(/line number (\d+)/g)) seen.push(Number(number))
  }
  expect(seen.toSorted((a, b) => a - b)).toEqual(Array.from({ length: LINES }, (_, i) => i))
}

async function verifyTraces(server: Server, ids: readonly string[]): Promise<void> {
  expect(ids).toHaveLength(TRACES)
  for (const id of ids) {
    const answer = await fetch(`${server.url('tempo')}/api/traces/${id}`)
    const text = await answer.text()
    expect(text.match(/"spanId"/g), `${id}: ${answer.status} ${text}`).toHaveLength(1)
  }
}
