import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ReceivedAlerts, type KeptAlert } from '../alert/received/received-alerts.ts'
import { createLog } from '../self/log.ts'
import { createRegistry } from '../self/metrics.ts'
import type { Listener } from './listener.ts'
import { createWebhookListener } from './webhook.ts'
import { parseJson } from '../../test/house/parse-json.ts'

const isKept = (json: unknown): json is { alerts: KeptAlert[]; received: number } => json !== null

let listener: Listener
let url: string
let told: KeptAlert[][]

beforeEach(async () => {
  told = []
  const log = createLog({ write: () => undefined })
  listener = createWebhookListener(
    {
      received: new ReceivedAlerts(
        () => Date.parse('2026-05-01T10:00:00Z'),
        (alerts) => told.push([...alerts]),
      ),
      registry: createRegistry(),
      log,
    },
    { address: { host: '127.0.0.1', port: 0 }, access: {} },
  )
  url = `http://127.0.0.1:${await listener.listen()}`
})

afterEach(() => listener.close())

async function post(body: string): Promise<{ status: number; text: string }> {
  const answer = await fetch(`${url}/webhook`, { method: 'POST', body })
  return { status: answer.status, text: await answer.text() }
}

describe('the webhook receiver', () => {
  it('takes a message, tells the console and keeps the alerts, newest first', async () => {
    const first = { status: 'firing', labels: { alertname: 'A' }, annotations: { summary: 's' } }
    const second = { status: 'resolved', labels: { alertname: 'B' } }
    expect(await post(JSON.stringify({ receiver: 'r', alerts: [first, second] }))).toEqual({
      status: 200,
      text: 'Alert received\n',
    })
    expect(told.flat().map(({ labels }) => labels['alertname'])).toEqual(['A', 'B'])
    const kept = await (await fetch(`${url}/alerts`)).json()
    expect(kept).toMatchObject({
      received: 2,
      alerts: [
        { status: 'resolved', labels: { alertname: 'B' }, receiver: 'r' },
        { ...first, receivedAt: '2026-05-01T10:00:00.000Z' },
      ],
    })
  })

  it('keeps the last 1,000', async () => {
    for (const part of [0, 1, 2]) {
      const alerts = Array.from({ length: 600 }, (_, i) => ({
        status: 'firing',
        labels: { n: String(part * 600 + i) },
      }))
      await post(JSON.stringify({ alerts }))
    }
    const kept = parseJson(await (await fetch(`${url}/alerts`)).text(), isKept)
    expect(kept.received).toBe(1800)
    expect(kept.alerts).toHaveLength(1000)
    expect(kept.alerts[0]?.labels['n']).toBe('1799')
    expect(kept.alerts.at(-1)?.labels['n']).toBe('800')
  })

  it.each([
    ['{', 'the body is not JSON: '],
    ['[]', 'the body must be an object as Alertmanager sends it; it is a list'],
    ['{}', 'alerts must be a list of alerts; it is missing'],
    ['{"alerts":[7]}', 'alerts[0] must be an object; it is a number'],
    ['{"alerts":[{"labels":{"a":1}}]}', 'alerts[0].labels.a must be a text; it is a number'],
    ['{"alerts":[{"status":true}]}', 'alerts[0].status must be a text; it is a boolean'],
  ])('refuses %s with the reason', async (body, reason) => {
    const { status, text } = await post(body)
    expect(status).toBe(400)
    expect(text).toContain(reason)
    expect(told).toEqual([])
  })

  it('answers its health, and other methods and pages of other sites not', async () => {
    expect((await fetch(`${url}/health`)).status).toBe(200)
    expect((await fetch(`${url}/webhook`)).status).toBe(405)
    const foreign = await fetch(`${url}/webhook`, {
      method: 'POST',
      headers: { origin: 'https://evil.example' },
      body: '{"alerts":[]}',
    })
    expect(foreign.status).toBe(403)
  })
})
