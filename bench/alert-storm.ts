// Ten thousand alerts begin to fire within a minute: is every one of them told, how soon, and what does that cost? Beside Debian's
// prometheus-alertmanager, in one run; through API v2 and through rules, told in one group, in 100 and in 10,000.
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { parseArgs } from 'node:util'
import { encodeCompressedWriteRequest } from '../src/formats/remote-write/encode.ts'
import { Labels } from '../src/model/labels.ts'
import { groupStats } from './process-stats.ts'
import { freePort, startProcess, VEDETTE } from './servers.ts'
import { startWebhookSink, type WebhookSink } from './webhook-sink.ts'

const { values: args } = parseArgs({
  options: {
    alerts: { type: 'string', default: '10000' },
    seconds: { type: 'string', default: '60' },
    groups: { type: 'string', default: '1,100,10000' },
    ways: { type: 'string', default: 'api,rules' },
    servers: { type: 'string', default: 'vedette,alertmanager' },
    keep: { type: 'boolean', default: false },
  },
})
const ALERTS = Number(args.alerts)
const PER_POST = 100
const GROUP_WAIT_S = 5
/** After the last alert has come, this long is waited for notifications. */
const PATIENCE_MS = 120_000
/** What a started server still does for itself has ended by then. */
const SETTLE_MS = 8000

interface Running {
  readonly pids: readonly number[]
  /** Of the API of Alertmanager. */
  readonly alertsUrl: string
  /** Of remote write. */
  readonly writeUrl: string
  stop(): Promise<void>
}

interface Measured {
  readonly delivered: number
  readonly notifications: number
  /** From the last alert that came to the last that was told. */
  readonly lastMs: number
  readonly extraRssMib: number
  readonly extraAnonymousMib: number
  readonly cpuSeconds: number
  /** The longest that the API took to answer that it lives. */
  readonly longestPauseMs: number
}

const RULES = `groups:
  - name: storm
    interval: 5s
    rules:
      - alert: Storm
        expr: storm > 0
        labels: {severity: page}
        annotations: {summary: 'the storm at {{ $labels.host }} is {{ $value }} strong', runbook_url: 'https://example.org/storm'}
`

function alertmanagerYaml(url: string, groupBy: string): string {
  return `route:
  receiver: hook
  group_by: [${groupBy}]
  group_wait: ${GROUP_WAIT_S}s
  group_interval: 5s
  repeat_interval: 1h
receivers:
  - name: hook
    webhook_configs: [{url: '${url}'}]
`
}

/** The label whose values make so many groups. */
function groupLabel(groups: number): string {
  if (groups === 1) return 'alertname'
  return groups === 100 ? 'zone' : 'n'
}

function labelsOf(n: number): Record<string, string> {
  return {
    host: `host-${n % 1000}.example.org`,
    job: 'storm',
    n: String(n),
    zone: `zone-${n % 100}`,
  }
}

async function startVedette(folder: string, config: string): Promise<Running> {
  writeFileSync(
    path.join(folder, 'prometheus.yml'),
    `global: {evaluation_interval: 5s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['alertmanager:9093']}]}]}
`,
  )
  writeFileSync(path.join(folder, 'rules.yml'), RULES)
  writeFileSync(path.join(folder, 'alertmanager.yml'), config)
  writeFileSync(
    path.join(folder, 'vedette.yml'),
    'prometheus: prometheus.yml\nalertmanager: alertmanager.yml\n',
  )
  const [api, alerts] = [await freePort(), await freePort()]
  const off = ['ui', 'loki', 'tempo', 'otlp-grpc', 'otlp-http', 'webhook'].flatMap((name) => [
    `--listen.${name}`,
    'off',
  ])
  const { pid, stop } = await startProcess({
    folder,
    command: VEDETTE,
    args: [
      ...['start', '--config', path.join(folder, 'vedette.yml')],
      ...['--data', path.join(folder, 'data'), ...off],
      ...[
        '--listen.prometheus',
        `127.0.0.1:${api}`,
        '--listen.alertmanager',
        `127.0.0.1:${alerts}`,
      ],
    ],
    readyUrl: `http://127.0.0.1:${api}/-/ready`,
  })
  const alertsUrl = `http://127.0.0.1:${alerts}`
  return { pids: [pid], alertsUrl, writeUrl: `http://127.0.0.1:${api}/api/v1/write`, stop }
}

/** Debian's Alertmanager, and its Prometheus where rules are wanted. */
async function startPeer(folder: string, config: string, needsRules: boolean): Promise<Running> {
  const [api, alerts] = [await freePort(), await freePort()]
  writeFileSync(path.join(folder, 'alertmanager.yml'), config)
  const alertsUrl = `http://127.0.0.1:${alerts}`
  const alertmanager = await startProcess({
    folder,
    command: 'prometheus-alertmanager',
    args: [
      `--config.file=${path.join(folder, 'alertmanager.yml')}`,
      `--storage.path=${path.join(folder, 'alertmanager')}`,
      `--web.listen-address=127.0.0.1:${alerts}`,
      ...['--cluster.listen-address=', '--log.level=error'],
    ],
    readyUrl: `${alertsUrl}/-/ready`,
  })
  if (!needsRules) return { ...alertmanager, pids: [alertmanager.pid], alertsUrl, writeUrl: '' }
  writeFileSync(path.join(folder, 'rules.yml'), RULES)
  writeFileSync(
    path.join(folder, 'prometheus.yml'),
    `global: {evaluation_interval: 5s}
rule_files: [rules.yml]
alerting: {alertmanagers: [{static_configs: [{targets: ['127.0.0.1:${alerts}']}]}]}
`,
  )
  const prometheus = await startProcess({
    folder,
    command: 'prometheus',
    args: [
      `--config.file=${path.join(folder, 'prometheus.yml')}`,
      `--storage.tsdb.path=${path.join(folder, 'data')}`,
      `--web.listen-address=127.0.0.1:${api}`,
      ...['--web.enable-remote-write-receiver', '--log.level=error'],
    ],
    readyUrl: `http://127.0.0.1:${api}/-/ready`,
  })
  return {
    pids: [alertmanager.pid, prometheus.pid],
    alertsUrl,
    writeUrl: `http://127.0.0.1:${api}/api/v1/write`,
    stop: async () => {
      await prometheus.stop()
      await alertmanager.stop()
    },
  }
}

/** Posts all alerts in equal batches over the time. */
async function postAlerts({ alertsUrl }: Running): Promise<void> {
  const startsAt = new Date().toISOString()
  const begun = performance.now()
  const batches = Math.ceil(ALERTS / PER_POST)
  for (let batch = 0; batch < batches; batch++) {
    await sleepUntil(begun + (batch / batches) * Number(args.seconds) * 1000)
    const alerts = Array.from({ length: Math.min(PER_POST, ALERTS - batch * PER_POST) }, (_, i) => {
      const labels = labelsOf(batch * PER_POST + i)
      return {
        labels: { ...labels, alertname: 'Storm', severity: 'page' },
        annotations: {
          summary: `the storm at ${labels['host']} is 1 strong`,
          runbook_url: 'https://example.org/storm',
        },
        startsAt,
        endsAt: new Date(Date.now() + 3_600_000).toISOString(),
        generatorURL: 'http://localhost:9090/graph?g0.expr=storm+%3E+0&g0.tab=1',
      }
    })
    const answer = await fetch(`${alertsUrl}/api/v2/alerts`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(alerts),
    })
    if (!answer.ok) throw new Error(`alerts were refused: ${answer.status} ${await answer.text()}`)
  }
}

/** Gives the series of the rule their samples, so that all alerts begin in one evaluation, and then each 5 s. */
async function writeSeries({ writeUrl }: Running, isOver: () => boolean): Promise<void> {
  const series = Array.from({ length: ALERTS }, (_, n) =>
    Labels.from({ __name__: 'storm', ...labelsOf(n) }),
  )
  const send = async (): Promise<void> => {
    const request = encodeCompressedWriteRequest({
      series,
      seriesIndex: Uint32Array.from(series, (_, i) => i),
      timestampsMs: new Float64Array(ALERTS).fill(Date.now()),
      values: new Float64Array(ALERTS).fill(1),
    })
    const answer = await fetch(writeUrl, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-protobuf',
        'content-encoding': 'snappy',
        'x-prometheus-remote-write-version': '0.1.0',
      },
      body: new Uint8Array(request),
    })
    if (!answer.ok) throw new Error(`samples were refused: ${answer.status} ${await answer.text()}`)
  }
  await send()
  void (async () => {
    while (!isOver()) {
      await sleep(5000)
      if (!isOver()) await send().catch(() => undefined)
    }
  })()
}

/** Looks at a process group four times a second, and asks it ten times a second whether it lives. */
class Watch {
  readonly #running: Running
  readonly #before: ReturnType<typeof totalStats>
  readonly #timer: NodeJS.Timeout
  #rssBytes = 0
  #anonymousBytes = 0
  #longestPauseMs = 0
  #isOver = false

  constructor(running: Running) {
    this.#running = running
    this.#before = totalStats(running)
    this.#timer = setInterval(() => this.#look(), 250)
    void this.#ask()
  }

  stop(): Pick<Measured, 'extraRssMib' | 'extraAnonymousMib' | 'cpuSeconds' | 'longestPauseMs'> {
    clearInterval(this.#timer)
    this.#isOver = true
    const mib = (bytes: number): number => bytes / 1024 / 1024
    return {
      extraRssMib: mib(this.#rssBytes - this.#before.rssBytes),
      extraAnonymousMib: mib(this.#anonymousBytes - this.#before.anonymousBytes),
      cpuSeconds: totalStats(this.#running).cpuSeconds - this.#before.cpuSeconds,
      longestPauseMs: this.#longestPauseMs,
    }
  }

  #look(): void {
    const { rssBytes, anonymousBytes } = totalStats(this.#running)
    this.#rssBytes = Math.max(this.#rssBytes, rssBytes)
    this.#anonymousBytes = Math.max(this.#anonymousBytes, anonymousBytes)
  }

  async #ask(): Promise<void> {
    while (!this.#isOver) {
      const begun = performance.now()
      await (await fetch(`${this.#running.alertsUrl}/-/healthy`)).text()
      this.#longestPauseMs = Math.max(this.#longestPauseMs, performance.now() - begun)
      await sleep(100)
    }
  }
}

function totalStats({ pids }: Running): ReturnType<typeof groupStats> {
  const all = pids.map(groupStats)
  const sum = (pick: (stats: (typeof all)[number]) => number): number =>
    all.reduce((total, each) => total + pick(each), 0)
  return {
    cpuSeconds: sum((each) => each.cpuSeconds),
    rssBytes: sum((each) => each.rssBytes),
    anonymousBytes: sum((each) => each.anonymousBytes),
  }
}

async function measure(
  server: string,
  way: string,
  groups: number,
  base: string,
): Promise<Measured> {
  const folder = path.join(base, `${server}-${way}-${groups}`)
  mkdirSync(folder)
  const sink = await startWebhookSink()
  const config = alertmanagerYaml(sink.url, groupLabel(groups))
  const running =
    server === 'vedette'
      ? await startVedette(folder, config)
      : await startPeer(folder, config, way === 'rules')
  let isOver = false
  try {
    await sleep(SETTLE_MS)
    const watch = new Watch(running)
    if (way === 'rules') await writeSeries(running, () => isOver)
    else await postAlerts(running)
    const cameMs = performance.now()
    await waitForAll(sink, cameMs + PATIENCE_MS)
    // What comes after the last delivery (records, repeated evaluations) is part of the price.
    await sleep(5000)
    const lastMs = Math.max(0, ...sink.firstMs.values()) - cameMs
    return {
      delivered: sink.firstMs.size,
      notifications: sink.notifications(),
      lastMs,
      ...watch.stop(),
    }
  } finally {
    isOver = true
    await running.stop()
    await sink.close()
  }
}

async function waitForAll(sink: WebhookSink, untilMs: number): Promise<void> {
  while (sink.firstMs.size < ALERTS && performance.now() < untilMs) await sleep(50)
}

function sleep(durationMs: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, durationMs))
}

function sleepUntil(atMs: number): Promise<void> {
  return sleep(Math.max(0, atMs - performance.now()))
}

function describe(server: string, measured: Measured): string {
  const { delivered, notifications, lastMs, extraRssMib, extraAnonymousMib } = measured
  return [
    server.padEnd(12),
    `${delivered} of ${ALERTS} told in ${notifications} notifications`,
    `the last ${(lastMs / 1000).toFixed(1)} s after it came`,
    `${extraRssMib.toFixed(0)} MiB more RSS (${extraAnonymousMib.toFixed(0)} anonymous)`,
    `${measured.cpuSeconds.toFixed(1)} s of CPU`,
    `longest pause ${measured.longestPauseMs.toFixed(0)} ms`,
  ].join('; ')
}

const base = mkdtempSync(path.join(tmpdir(), 'vedette-bench-storm-'))
try {
  process.stdout.write(
    `${ALERTS} alerts within ${args.seconds} s (by rules: at once), told after ${GROUP_WAIT_S} s\n`,
  )
  for (const way of args.ways.split(',')) {
    for (const groups of args.groups.split(',').map(Number)) {
      process.stdout.write(`\nby ${way}, ${groups} groups:\n`)
      const results = new Map<string, Measured>()
      for (const server of args.servers.split(',')) {
        const measured = await measure(server, way, groups, base)
        results.set(server, measured)
        process.stdout.write(`  ${describe(server, measured)}\n`)
      }
      const [ours, theirs] = [results.get('vedette'), results.get('alertmanager')]
      if (ours === undefined || theirs === undefined) continue
      const ratio = (a: number, b: number): string => (a / Math.max(b, 0.01)).toFixed(1)
      process.stdout.write(
        `  ratio: CPU ${ratio(ours.cpuSeconds, theirs.cpuSeconds)}, RSS ${ratio(ours.extraRssMib, theirs.extraRssMib)}, time to the last ${ratio(ours.lastMs, theirs.lastMs)}\n`,
      )
    }
  }
} finally {
  if (args.keep) process.stdout.write(`kept: ${base}\n`)
  else rmSync(base, { recursive: true, force: true })
}
