import { spawn } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { describe, expect, it, onTestFinished } from 'vitest'
import type { Comparison } from '../../src/operate/try/difference.ts'
import { parseJson } from '../house/parse-json.ts'
import { findFreePorts } from './free-ports.ts'
import { hasPrograms } from './tools/notice.ts'
import { ownFolder } from './tools/owned.ts'
import { ownProgram } from './tools/programs.ts'
import { waitFor } from './tools/wait-for.ts'
import { projectRoot } from '../house/read-sources.ts'

const hasStack = hasPrograms('vedette try beside a real stack', {
  prometheus: 'prometheus',
  'prometheus-node-exporter': 'prometheus-node-exporter',
  'prometheus-alertmanager': 'prometheus-alertmanager',
})

const RULES = `
groups:
  - name: host
    rules:
      - {record: 'instance:memory:ratio', expr: 'node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes'}
      - {record: 'job:requests:rate', expr: 'sum by (job) (rate(prometheus_http_requests_total[6s]))'}
      - {record: far, expr: 'avg_over_time(up[1d])'}
      - {alert: AlwaysThere, expr: 'up == 1', labels: {severity: info}}
      - {alert: NeverThere, expr: 'up == 2'}
`

const ALERTMANAGER = `
route: {receiver: day, group_wait: 1s, routes: [{matchers: [job="prometheus"], receiver: night}]}
receivers: [{name: day}, {name: night}]
`

/** A dashboard with a variable and a query that reads over the interval. */
const DASHBOARD = {
  title: 'Host',
  templating: {
    list: [
      {
        name: 'job',
        type: 'query',
        query: 'label_values(up, job)',
        includeAll: true,
        multi: true,
        current: { text: ['All'], value: ['$__all'] },
      },
    ],
  },
  panels: [
    {
      id: 1,
      title: 'Memory',
      type: 'timeseries',
      targets: [{ expr: 'node_memory_MemTotal_bytes{job=~"$job"}' }],
    },
    {
      id: 2,
      title: 'CPUs',
      type: 'stat',
      targets: [
        { expr: 'count(count by (cpu) (node_cpu_seconds_total))' },
        { expr: 'rate(node_cpu_seconds_total{mode="idle"}[$__rate_interval])' },
      ],
    },
  ],
}

interface Stack {
  readonly folder: string
  readonly url: string
  readonly alertmanagerUrl: string
  readonly write: (name: string, content: string) => string
}

/** Debian's Prometheus that scrapes itself and a node_exporter, and tells an Alertmanager. `reads` is the file that it gets. */
async function startStack(extra = ''): Promise<Stack> {
  const folder = ownFolder()
  const [prometheus = 0, node = 0, alertmanager = 0] = await findFreePorts(3)
  const write = (name: string, content: string): string => {
    const file = join(folder, name)
    mkdirSync(dirname(file), { recursive: true })
    writeFileSync(file, content)
    return file
  }
  write('rules/host.yml', RULES)
  write('am/alertmanager.yml', ALERTMANAGER)
  write('alertmanager.yml', ALERTMANAGER)
  write('vedette.yml', 'prometheus: prometheus.yml\nalertmanager: alertmanager.yml\n')
  write('dashboards/host.json', JSON.stringify(DASHBOARD))
  const file = write(
    'prometheus.yml',
    `
global: {scrape_interval: 1s, evaluation_interval: 1s, external_labels: {cluster: one}}
rule_files: [rules/*.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:${alertmanager}']}]}]}
scrape_configs:
  - {job_name: prometheus, static_configs: [{targets: ['127.0.0.1:${prometheus}']}]}
  - {job_name: node, static_configs: [{targets: ['127.0.0.1:${node}']}]}
${extra}`,
  )
  const quiet = '--no-collector.'
  ownProgram(
    'prometheus-node-exporter',
    [
      `--web.listen-address=127.0.0.1:${node}`,
      ...['systemd', 'textfile', 'udp_queues'].map((name) => `${quiet}${name}`),
    ],
    folder,
  )
  ownProgram(
    'prometheus-alertmanager',
    [
      ...['--config.file', join(folder, 'am/alertmanager.yml')],
      ...['--storage.path', join(folder, 'am-data'), '--cluster.listen-address='],
      ...['--web.listen-address', `127.0.0.1:${alertmanager}`],
    ],
    folder,
  )
  ownProgram(
    'prometheus',
    [
      ...['--config.file', file, '--storage.tsdb.path', join(folder, 'data')],
      ...['--web.listen-address', `127.0.0.1:${prometheus}`, '--web.enable-lifecycle'],
    ],
    folder,
  )
  const url = `http://127.0.0.1:${prometheus}`
  await waitFor(
    'the stack',
    async () => {
      const response = await fetch(`${url}/api/v1/query?query=${encodeURIComponent('sum(up)')}`)
      return JSON.stringify(await response.json()).includes('"2"')
    },
    90_000,
  )
  return { folder, url, alertmanagerUrl: `http://127.0.0.1:${alertmanager}`, write }
}

const bin = join(projectRoot, 'bin/vedette')
const scratches = (): string[] =>
  readdirSync(tmpdir()).filter((name) => name.startsWith('vedette-try-'))

/** Runs it to its end, or to that of the test: one that waits for samples would wait for ever. */
async function runOwned(
  words: readonly string[],
): Promise<{ readonly code: number | null; readonly stdout: string; readonly stderr: string }> {
  const child = spawn(bin, words, { stdio: ['ignore', 'pipe', 'pipe'] })
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve))
  onTestFinished(async () => {
    child.kill('SIGTERM')
    await ended
  })
  const [stdout, stderr, code] = await Promise.all([text(child.stdout), text(child.stderr), ended])
  return { code, stdout, stderr }
}

const isComparison = (json: unknown): json is Comparison => json !== null

async function tryBeside(
  { folder, url }: Stack,
  ...args: readonly string[]
): Promise<{ readonly code: number | null; readonly found: Comparison; readonly said: string }> {
  const config = join(folder, 'vedette.yml')
  const words = ['try', config, '--prometheus', url, '--warm-up', '20s', '-o', 'json', ...args]
  const { code, stdout, stderr } = await runOwned(words)
  if (!stdout.startsWith('{')) throw new Error(`${stdout}\n${stderr}`)
  return { code, found: parseJson(stdout, isComparison), said: stderr }
}

const linesOf = ({ differences }: Comparison): string[] =>
  differences.map((one) => `${one.area} ${one.place}: ${one.text}`)

describe.runIf(hasStack)('vedette try beside a real stack', () => {
  it('finds no difference where there is none, and leaves nothing behind', async () => {
    const stack = await startStack()
    const before = scratches()
    const dashboards = ['--grafana-folder', join(stack.folder, 'dashboards')]
    const { code, found } = await tryBeside(
      stack,
      ...[...dashboards, '--alertmanager', stack.alertmanagerUrl],
    )
    expect(linesOf(found)).toEqual([])
    expect(code).toBe(0)
    expect(found.compared).toMatchObject({ targets: 2, alerts: 2, notifications: 2, dashboards: 3 })
    expect(found.compared.metrics).toBeGreaterThan(300)
    // What reads a day back cannot be compared after twenty seconds, and is not told as a difference.
    expect(found.skipped.map(({ place }) => place)).toEqual(['host / far'])
    expect(scratches()).toEqual(before)
  }, 900_000)

  it('finds what differs: a rule, a target, an alert, a receiver', async () => {
    const stack = await startStack()
    // From here on the file that both are given is another one than the running stack has read.
    stack.write(
      'rules/host.yml',
      RULES.replace('/ node_memory_MemTotal_bytes', '/ (2 * node_memory_MemTotal_bytes)').replace(
        'up == 2',
        'up < 2',
      ),
    )
    const [closed = 0] = await findFreePorts(1)
    const file = join(stack.folder, 'prometheus.yml')
    writeFileSync(
      file,
      `${readFileSync(file, 'utf8')}  - {job_name: gone, static_configs: [{targets: ['127.0.0.1:${closed}']}]}\n`,
    )
    stack.write('alertmanager.yml', ALERTMANAGER.replace('receiver: night', 'receiver: day'))
    const config = join(stack.folder, 'vedette.yml')
    const words = ['try', config, '--prometheus', stack.url, '--warm-up', '20s']
    const manager = ['--alertmanager', stack.alertmanagerUrl]
    const { code, stdout } = await runOwned([...words, ...manager])
    expect(code, stdout).toBe(1)
    expect(stdout).toMatch(/rules +host \/ instance:memory:ratio +other expressions: .*2 \*/)
    expect(stdout).toMatch(/rules +host \/ instance:memory:ratio +other values: /)
    expect(stdout).toMatch(/targets +gone \{.*\} +it is scraped only here/)
    expect(stdout).toMatch(/alerts +host \/ NeverThere \{.*\} +firing only here/)
    expect(stdout).toMatch(/notifications +\{.*AlwaysThere.*\} +night hears of it there, day here/)
  }, 900_000)

  it('takes what the running one sends by remote write', async () => {
    const stack = await startStack()
    const [port = 0] = await findFreePorts(1)
    const file = join(stack.folder, 'prometheus.yml')
    const before = readFileSync(file, 'utf8')
    const trying = tryBeside(stack, '--remote-write', '--listen', `127.0.0.1:${port}`)
    await waitFor(
      'its door',
      async () => {
        const response = await fetch(`http://127.0.0.1:${port}/-/ready`)
        return response.status === 200
      },
      90_000,
    )
    writeFileSync(file, `${before}remote_write: [{url: 'http://127.0.0.1:${port}/api/v1/write'}]\n`)
    await fetch(`${stack.url}/-/reload`, { method: 'POST' })
    const { code, found, said } = await trying
    expect(said).toContain(`remote_write:\n  - url: http://127.0.0.1:${port}/api/v1/write`)
    expect(linesOf(found)).toEqual([])
    expect(code).toBe(0)
  }, 900_000)
})
