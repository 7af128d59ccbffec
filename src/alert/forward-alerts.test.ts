import { createServer, type Server } from 'node:http'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { compileRelabel, DEFAULT_RELABEL } from '../ingest/relabel.ts'
import { Labels } from '../model/labels.ts'
import { silentLog } from '../self/log.ts'
import { createRegistry, type Registry } from '../self/metrics.ts'
import type { PostedAlert } from './alert-sink.ts'
import { AlertForwarder, type AlertForwarderOptions } from './forward-alerts.ts'
import { ForwardMetrics } from './forward-metrics.ts'
import { relabelAlerts } from './relabel-alerts.ts'
import { parseJson } from '../../test/house/parse-json.ts'

interface Request {
  readonly path: string
  readonly authorization: string | undefined
  readonly alerts: readonly Readonly<Record<string, unknown>>[]
}

let server: Server
let url = ''
let status = 200
/** What requests wait for before they are answered. */
let gate: Promise<void> = Promise.resolve()
const requests: Request[] = []
const forwarders: AlertForwarder[] = []
let registry: Registry

beforeEach(async () => {
  requests.length = 0
  status = 200
  gate = Promise.resolve()
  registry = createRegistry()
  server = createServer((request, response) => {
    void (async () => {
      const alerts = parseJson(await text(request), (json): json is Request['alerts'] =>
        Array.isArray(json),
      )
      const { url: path = '', headers } = request
      requests.push({ path, authorization: headers.authorization, alerts })
      await gate
      response.writeHead(status).end()
    })()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/api/v2/alerts`
})

afterEach(async () => {
  for (const made of forwarders.splice(0)) await made.stop(0)
  await new Promise((resolve) => server.close(resolve))
})

function forwarder(more: Partial<AlertForwarderOptions> = {}): AlertForwarder {
  const made = new AlertForwarder({
    url,
    timeoutMs: 5000,
    http: {
      followRedirects: true,
      headers: () => Promise.resolve({ authorization: 'Bearer t' }),
      tls: () => Promise.resolve(undefined),
    },
    metrics: new ForwardMetrics(registry, 10, Date.now).target('am'),
    log: silentLog(),
    ...more,
  })
  forwarders.push(made)
  return made
}

function alert(name: string): PostedAlert {
  return {
    labels: Labels.from({ alertname: name }),
    annotations: Labels.from({ summary: 's' }),
    startsAtMs: 0,
    endsAtMs: 1000,
    generatorUrl: 'http://g',
  }
}

function metric(name: string): number | undefined {
  const family = registry
    .families()
    .find((each) => each.name === `prometheus_notifications_${name}`)
  return family?.metrics[0]?.value
}

async function until(isTrue: () => boolean): Promise<void> {
  while (!isTrue()) await new Promise((resolve) => setTimeout(resolve, 5))
}

describe('AlertForwarder', () => {
  it('sends alerts in order, in batches, as API v2 takes them', async () => {
    const target = forwarder({ batchSize: 2 })
    target.put([alert('a'), alert('b'), alert('c')])
    await target.stop(5000)
    expect(requests.map(({ alerts }) => alerts.length)).toEqual([2, 1])
    expect(requests[0]).toMatchObject({ path: '/api/v2/alerts', authorization: 'Bearer t' })
    expect(requests[0]?.alerts[0]).toEqual({
      labels: { alertname: 'a' },
      annotations: { summary: 's' },
      startsAt: '1970-01-01T00:00:00.000Z',
      endsAt: '1970-01-01T00:00:01.000Z',
      generatorURL: 'http://g',
    })
    expect(metric('sent_total')).toBe(3)
    expect(metric('queue_length')).toBe(0)
  })

  it('counts what is refused, and goes on', async () => {
    const target = forwarder()
    status = 500
    target.put([alert('a')])
    await until(() => metric('errors_total') === 1)
    expect(metric('dropped_total')).toBe(1)
    status = 202
    target.put([alert('b')])
    await until(() => metric('sent_total') === 1)
  })

  it('gives a slow Alertmanager its time and no more', async () => {
    let open: () => void = () => undefined
    gate = new Promise((resolve) => (open = resolve))
    const target = forwarder({ timeoutMs: 50 })
    target.put([alert('a')])
    await until(() => metric('errors_total') === 1)
    open()
  })

  it('drops the oldest when too many wait', async () => {
    let open: () => void = () => undefined
    gate = new Promise((resolve) => (open = resolve))
    const target = forwarder({ queueCapacity: 2 })
    target.put([alert('a')])
    await until(() => requests.length === 1)
    target.put(['b', 'c', 'd', 'e'].map(alert))
    open()
    await target.stop(5000)
    expect(requests[1]?.alerts.map(({ labels }) => labels)).toEqual([
      { alertname: 'd' },
      { alertname: 'e' },
    ])
    expect(metric('dropped_total')).toBe(2)
  })

  it('says nothing of an end or a place that it does not know', async () => {
    const target = forwarder()
    target.put([{ ...alert('a'), endsAtMs: undefined, generatorUrl: '' }])
    await target.stop(5000)
    expect(Object.keys(requests[0]?.alerts[0] ?? {})).toEqual(['labels', 'annotations', 'startsAt'])
  })
})

describe('relabelAlerts', () => {
  it('adds the external labels that are missing, relabels and drops', () => {
    const relabeler = compileRelabel([
      { ...DEFAULT_RELABEL, action: 'drop', sourceLabels: ['alertname'], regex: 'b' },
      { ...DEFAULT_RELABEL, action: 'labeldrop', regex: 'replica' },
    ])
    const external = Labels.from({ replica: '1', region: 'eu', alertname: 'never' })
    const out = relabelAlerts([alert('a'), alert('b')], external, relabeler)
    expect(out.map(({ labels }) => labels.toObject())).toEqual([{ alertname: 'a', region: 'eu' }])
  })

  it('leaves alerts as they are where there is nothing to do', () => {
    const alerts = [alert('a')]
    expect(relabelAlerts(alerts, Labels.EMPTY, undefined)).toBe(alerts)
  })
})
