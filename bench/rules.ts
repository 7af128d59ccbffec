// The price of rules: CPU of a server that takes 10,000 series every 15 s, without rules and with a thousand of them.
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { INTERVAL_MS, writeRequests } from './data.ts'
import { groupStats } from './process-stats.ts'
import { benchRules } from './rule-shapes.ts'
import { startServer } from './servers.ts'

const { values: args } = parseArgs({
  options: {
    rules: { type: 'string', default: '1000' },
    seconds: { type: 'string', default: '90' },
    servers: { type: 'string', default: 'vedette,prometheus' },
    keep: { type: 'boolean', default: false },
  },
})
/** Samples that are there before the measurement: what a range of five minutes looks at, and more. */
const HISTORY_ROUNDS = 40

const CONFIG = `global: {scrape_interval: 15s, evaluation_interval: 15s}
rule_files: [rules.yml]
`

const agent = new http.Agent({ keepAlive: true, maxSockets: 2 })

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

interface Measured {
  readonly cores: number
  readonly anonymousMib: number
  /** Of the server's own metrics, over all its life. */
  readonly evaluations: number
  readonly failures: number
  readonly missed: number
}

async function measure(server: string, base: string, rules: number): Promise<Measured> {
  const folder = path.join(base, `${rules}`)
  const running = await startServer(server, folder, {
    'vedette.yml': 'prometheus: prometheus.yml\n',
    'prometheus.yml': CONFIG,
    'rules.yml': benchRules(rules),
  })
  try {
    const url = `${running.url}/api/v1/write`
    const seconds = Number(args.seconds)
    const rounds = HISTORY_ROUNDS + Math.ceil((seconds * 1000) / INTERVAL_MS) + 2
    const startMs = Date.now() - HISTORY_ROUNDS * INTERVAL_MS
    const requests = writeRequests(startMs, rounds)
    /** The bodies of a round, two of 5,000 series. */
    const sendRound = async (): Promise<void> => {
      for (let part = 0; part < 2; part++) {
        const next = requests.next()
        if (!next.done) await send(url, next.value.body)
      }
    }
    for (let round = 0; round < HISTORY_ROUNDS; round++) await sendRound()
    const live = setInterval(() => void sendRound(), INTERVAL_MS)
    // One interval passes before every group has been evaluated once.
    await sleep(INTERVAL_MS + 5000)
    const before = groupStats(running.pid)
    const begun = performance.now()
    await sleep(seconds * 1000)
    const after = groupStats(running.pid)
    const wallSeconds = (performance.now() - begun) / 1000
    clearInterval(live)
    const page = await send(`${running.url}/metrics`)
    return {
      cores: (after.cpuSeconds - before.cpuSeconds) / wallSeconds,
      anonymousMib: after.anonymousBytes / 1024 / 1024,
      evaluations: sumOf(page, 'prometheus_rule_evaluations_total'),
      failures: sumOf(page, 'prometheus_rule_evaluation_failures_total'),
      missed: sumOf(page, 'prometheus_rule_group_iterations_missed_total'),
    }
  } finally {
    await running.stop()
  }
}

function sumOf(page: string, name: string): number {
  const lines = page.split('\n').filter((line) => line.startsWith(`${name}{`))
  return lines.reduce((sum, line) => sum + Number(line.split(' ').at(-1)), 0)
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

const base = mkdtempSync(path.join(tmpdir(), 'vedette-bench-rules-'))
try {
  const count = Number(args.rules)
  process.stdout.write(`${count} rules every 15 s over 10,000 series, ${args.seconds} s each\n`)
  for (const server of args.servers.split(',')) {
    const none = await measure(server, base, 0)
    const some = await measure(server, base, count)
    const percent = (cores: number): string => `${(cores * 100).toFixed(1)} %`
    process.stdout.write(
      `${server}: ${percent(none.cores)} of a core without rules, ${percent(some.cores)} with: ` +
        `rules cost ${percent(some.cores - none.cores)}; memory ${none.anonymousMib.toFixed(0)} and ` +
        `${some.anonymousMib.toFixed(0)} MiB; ${some.evaluations} evaluations, ${some.failures} failed, ` +
        `${some.missed} slots missed\n`,
    )
  }
} finally {
  agent.destroy()
  if (args.keep) process.stdout.write(`kept: ${base}\n`)
  else rmSync(base, { recursive: true, force: true })
}
