// What a machine needs as what it watches grows: targets of a thousand series each, scraped every 15 s, a dashboard of five panels
// every 10 s and fifty rules, for each number of series in turn. The figures of
// docs/sizing.md.
import { mkdtempSync, rmSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { startServer, type Server } from './servers.ts'
import { watched } from './watch-memory.ts'

const { values: args } = parseArgs({
  options: {
    series: { type: 'string', default: '2000,10000,30000,60000,100000' },
    /** Of each, after the first scrapes. */
    seconds: { type: 'string', default: '120' },
    /** `--memory.budget` of each, in the order of `series`; the last one holds for the rest. */
    budgets: { type: 'string', default: '450MiB' },
    keep: { type: 'boolean', default: false },
  },
})
const PAGE_SERIES = 1000
const INTERVAL_S = 15
const DASHBOARD_MS = 10_000
/** Two scrapes, and the work of the first one, which writes every series down. */
const SETTLE_MS = 2 * INTERVAL_S * 1000 + 10_000
const MINUTES_OF_DASHBOARD = 60

const PANELS = [
  'sum(rate(growth_0_total[5m]))',
  'sum by (region) (rate(growth_1_total[5m]))',
  'topk(5, rate(growth_2_total[5m]))',
  'avg by (instance) (growth_3_total)',
  'max_over_time(growth_4_total[10m])',
]

/** One page of a target: counters of forty names that all move. */
function page(target: number): string {
  const nowS = Math.floor(Date.now() / 1000)
  let text = ''
  for (let i = 0; i < PAGE_SERIES; i++)
    text += `growth_${i % 40}_total{region="r${i % 7}",shard="${i}"} ${nowS + i * target}\n`
  return text
}

function startTargets(): Promise<http.Server> {
  const server = http.createServer((request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(page(Number(/\d+/.exec(request.url ?? '')?.[0] ?? 0)))
  })
  return new Promise((resolve) => server.listen(0, '127.0.0.1', () => resolve(server)))
}

function portOf(server: http.Server): number {
  const address = server.address()
  return typeof address === 'object' && address !== null ? address.port : 0
}

function configOf(port: number, series: number): string {
  const targets = Array.from({ length: Math.ceil(series / PAGE_SERIES) }, (_, target) => target)
  const config = {
    global: { scrape_interval: `${INTERVAL_S}s`, evaluation_interval: `${INTERVAL_S}s` },
    rule_files: ['rules.yml'],
    scrape_configs: [
      {
        job_name: 'growth',
        static_configs: targets.map((target) => ({
          targets: [`127.0.0.1:${port}`],
          labels: { instance: `t${target}`, __metrics_path__: `/${target}` },
        })),
      },
    ],
  }
  return JSON.stringify(config)
}

function rules(): string {
  const list = Array.from({ length: 50 }, (_, i) => ({
    alert: `Growth${i}`,
    expr: `sum by (region) (rate(growth_${i % 40}_total{instance="t${i % 2}"}[5m])) > 1e9`,
  }))
  return JSON.stringify({ groups: [{ name: 'growth', rules: list }] })
}

/** Asks the panels of the dashboard until told to end; tells how long a round took at the median, in ms. */
async function look(server: Server, until: AbortSignal): Promise<number> {
  const rounds: number[] = []
  while (!until.aborted) {
    const begun = performance.now()
    const endS = Math.floor(Date.now() / 1000)
    await Promise.all(
      PANELS.map(async (query) => {
        const params = new URLSearchParams({
          ...{ query, start: String(endS - MINUTES_OF_DASHBOARD * 60), end: String(endS) },
          step: '15',
        })
        const answer = await fetch(`${server.url}/api/v1/query_range?${params}`)
        await answer.arrayBuffer()
        if (!answer.ok) process.stdout.write(`  a panel was answered with ${answer.status}\n`)
      }),
    )
    rounds.push(performance.now() - begun)
    await sleep(DASHBOARD_MS, undefined, { signal: until }).catch(() => undefined)
  }
  rounds.sort((a, b) => a - b)
  return rounds[rounds.length >> 1] ?? 0
}

const base = mkdtempSync(path.join(tmpdir(), 'vedette-bench-growth-'))
const targets = await startTargets()
try {
  const budgets = args.budgets.split(',')
  const seconds = Number(args.seconds)
  process.stdout.write(
    '| series | budget | CPU, % of a core | RSS, MiB | of it anonymous and shared | dashboard, ms |\n|---|---|---|---|---|---|\n',
  )
  for (const [at, text] of args.series.split(',').entries()) {
    const series = Number(text)
    const budget = budgets[Math.min(at, budgets.length - 1)] ?? ''
    const server = await startServer('vedette', path.join(base, text), {
      'vedette.yml': JSON.stringify({
        prometheus: 'prometheus.yml',
        memory: { budget },
        packs: { host: { enabled: false } },
      }),
      'prometheus.yml': configOf(portOf(targets), series),
      'rules.yml': rules(),
    })
    await sleep(SETTLE_MS)
    const { result, rssMiB, anonymousMiB, cpuSeconds } = await watched(server.pid, () =>
      look(server, AbortSignal.timeout(seconds * 1000)),
    )
    await server.stop()
    process.stdout.write(
      `| ${series.toLocaleString('en')} | ${budget} | ${((cpuSeconds / seconds) * 100).toFixed(1)} | ${rssMiB.toFixed(0)} | ${anonymousMiB.toFixed(0)} | ${result.toFixed(0)} |\n`,
    )
  }
} finally {
  targets.close()
  if (args.keep) process.stdout.write(`kept: ${base}\n`)
  else rmSync(base, { recursive: true, force: true })
}
