import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { Page } from 'playwright-core'
import { startServer } from '../e2e/server.ts'

const PASSWORD = 'browser-tests-sign-in-with-this'
/** Would run if it were put into a page, or a link, as it is. */
const HOSTILE_TEXT = '<img src=x onerror=fail()>'
export const HOSTILE_LINK = 'javascript:fail()'

/** A Vedette whose rules fire, with a receiver that takes what it gets and one that refuses it. */
export interface AlertingServer {
  readonly url: string
  /** Of the listener that answers as Alertmanager. */
  readonly alertmanagerUrl: string
  /** Bodies that the good receiver got. */
  readonly received: readonly string[]
  signIn(page: Page, user?: string, password?: string): Promise<void>
  /** Asks the web UI's API as an admin. */
  request(path: string, body?: unknown): Promise<unknown>
  stop(): Promise<void>
}

export async function startAlerting(): Promise<AlertingServer> {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-alerting-'))
  const received: string[] = []
  const target = await listen((_request, response) => {
    response.setHeader('content-type', 'text/plain; version=0.0.4')
    response.end(METRICS)
  })
  const receiver = await listen((request, response) => {
    const chunks: Buffer[] = []
    request.on('data', (chunk: Buffer) => chunks.push(chunk))
    request.on('end', () => {
      const isGood = request.url === '/good'
      if (isGood) received.push(Buffer.concat(chunks).toString('utf8'))
      response.writeHead(isGood ? 200 : 404)
      response.end(isGood ? 'thank you' : 'no such channel')
    })
  })
  writeFileSync(join(folder, 'prometheus.yml'), prometheusConfig(target.port))
  writeFileSync(join(folder, 'rules.yml'), RULES)
  writeFileSync(join(folder, 'alertmanager.yml'), alertmanagerConfig(receiver.port))
  const server = await startServer({
    configPath: folder,
    listeners: ['ui', 'alertmanager'],
    env: { VEDETTE_ADMIN_PASSWORD: PASSWORD },
    readyTimeoutMs: 120_000,
  })
  const url = server.url('ui')
  const request = (path: string, body?: unknown): Promise<unknown> => ask(url + path, body)
  return {
    url,
    alertmanagerUrl: server.url('alertmanager'),
    received,
    request,
    signIn: async (page, user = 'admin', password = PASSWORD) => {
      await page.getByLabel('User', { exact: true }).fill(user)
      await page.getByLabel('Password', { exact: true }).fill(password)
      await page.getByRole('button', { name: 'Sign in' }).click()
      // A phone hides the navigation.
      await page.getByRole('button', { name: 'Sign in' }).waitFor({ state: 'detached' })
      await page.getByRole('heading', { level: 1 }).first().waitFor()
    },
    stop: async () => {
      await server.stop()
      await server.dispose()
      await Promise.all([target, receiver].map((each) => each.close()))
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

/** Waits until a condition on the web UI's API holds. */
export async function waitUntil(holds: () => Promise<boolean>): Promise<void> {
  while (!(await holds())) await sleep(100)
}

async function ask(url: string, body?: unknown): Promise<unknown> {
  const response = await fetch(url, {
    headers: {
      authorization: `Basic ${btoa(`admin:${PASSWORD}`)}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) }),
  })
  const text = await response.text()
  if (!response.ok) throw new Error(`${url}: ${response.status} ${text}`)
  return text === '' ? undefined : JSON.parse(text)
}

interface Listening {
  readonly port: number
  close(): Promise<void>
}

async function listen(handler: RequestListener): Promise<Listening> {
  const server: HttpServer = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('not a TCP listener')
  return {
    port: address.port,
    close: async () => {
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const METRICS = `# TYPE queue_depth gauge
queue_depth{queue="mail",cluster="eu-1"} 1200
queue_depth{queue="invoices",cluster="eu-1"} 460
queue_depth{queue="search",cluster="eu-2"} 12
# TYPE disk_free_ratio gauge
disk_free_ratio{device="sda1",cluster="eu-1"} 0.11
disk_free_ratio{device="sdb1",cluster="eu-2"} 0.07
# TYPE cluster_up gauge
cluster_up{cluster="eu-2"} 0
`

function prometheusConfig(port: number): string {
  return `
global: { scrape_interval: 1s, scrape_timeout: 1s, evaluation_interval: 1s }
rule_files: [rules.yml]
alerting: { alertmanagers: [{ static_configs: [{ targets: [alertmanager:9093] }] }] }
scrape_configs:
  - job_name: shop
    static_configs: [{ targets: ['127.0.0.1:${port}'], labels: { instance: 'shop-1' } }]
`
}

const RULES = `
groups:
  - name: queues
    interval: 1s
    rules:
      - record: cluster:queue_depth:sum
        expr: sum by (cluster) (queue_depth)
      - alert: QueueFull
        expr: queue_depth > 100
        keep_firing_for: 5m
        labels: { severity: critical, team: mail }
        annotations:
          summary: 'The queue {{ $labels.queue }} holds {{ $value }} messages'
          description: 'Consumers are slower than producers. Graphs: https://dashboards.example.org/queues?queue={{ $labels.queue }}'
          runbook_url: https://runbooks.example.org/queue-full
          note: '${HOSTILE_TEXT} ${HOSTILE_LINK}'
      - alert: QueueGrows
        expr: queue_depth > 10
        for: 1h
        labels: { severity: warning, team: mail }
        annotations: { summary: 'The queue {{ $labels.queue }} grows' }
      - alert: Mismatched
        expr: queue_depth * on (cluster) disk_free_ratio * on (cluster) queue_depth > 0
        labels: { severity: info }
        annotations: { summary: 'Never evaluated' }
  - name: machines
    interval: 1s
    rules:
      - alert: DiskAlmostFull
        expr: disk_free_ratio < 0.2
        labels: { severity: warning, team: db }
        annotations:
          summary: 'The disk {{ $labels.device }} of {{ $labels.cluster }} has {{ $value | humanizePercentage }} left'
      - alert: ClusterDown
        expr: cluster_up == 0
        labels: { severity: critical }
        annotations: { summary: 'The cluster {{ $labels.cluster }} is down' }
      - alert: Watchdog
        expr: vector(1)
        labels: { severity: none }
        annotations: { summary: 'Alerting works; this one always fires' }
`

function alertmanagerConfig(port: number): string {
  return `
route:
  receiver: team
  group_by: [alertname]
  group_wait: 1s
  group_interval: 5s
  routes:
    - matchers: [severity="critical"]
      receiver: pager
      continue: true
      group_wait: 0s
    - matchers: [team="db"]
      receiver: team
      routes:
        - matchers: [cluster=~"eu-.*"]
          receiver: database
          group_by: [cluster, device]
          active_time_intervals: [always]
    - matchers: [severity="none"]
      receiver: nobody
inhibit_rules:
  - source_matchers: [alertname="ClusterDown"]
    target_matchers: [alertname="DiskAlmostFull"]
    equal: [cluster]
time_intervals:
  - name: always
    time_intervals: [{ times: [{ start_time: '00:00', end_time: '24:00' }] }]
receivers:
  - name: team
    webhook_configs: [{ url: 'http://127.0.0.1:${port}/good' }]
  - name: pager
    webhook_configs:
      - { url: 'http://127.0.0.1:${port}/good', send_resolved: false }
      - { url: 'http://127.0.0.1:${port}/gone' }
  - name: database
    webhook_configs: [{ url: 'http://127.0.0.1:${port}/good' }]
  - name: nobody
`
}
