import { createServer, type Server } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Labels } from '../model/labels.ts'
import { Secret } from '../yaml/secret.ts'
import { heartbeatGroup, withHeartbeat } from './heartbeat.ts'
import { Timeline } from './testing/alertmanager-timeline.ts'

let server: Server
let url: string
let calls: string[]
let status: number

beforeEach(async () => {
  calls = []
  status = 200
  server = createServer((request, response) => {
    calls.push(`${request.method} ${request.url}`)
    response.statusCode = status
    response.end('OK')
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`
})

afterEach(() => void server.close())

describe('the heartbeat', () => {
  const beat = () => ({ url: new Secret(`${url}/ping/secret`), intervalMs: 60_000 })

  it('is a rule that always fires, on a route of its own that repeats at its interval', async () => {
    const rules = withHeartbeat(new Timeline().rules(), beat())
    const group = heartbeatGroup(beat())
    expect(group).toMatchObject({ intervalMs: 60_000, rules: [{ query: 'vector(1)', forMs: 0 }] })
    const [rule] = group.rules
    const [route, ...others] = rules.matchRoutes(Labels.from({ alertname: rule?.name ?? '' }))
    expect(others).toEqual([])
    expect(route).toMatchObject({ groupIntervalMs: 60_000, receiver: 'heartbeat' })
    expect(route?.repeatIntervalMs).toBeLessThan(60_000)
    expect(rules.matchRoutes(Labels.from({ alertname: 'Down' }))[0]?.receiver).toBe('team')
    await rules.close()
  })

  it('calls the address, and tells what it answers without naming it', async () => {
    const rules = withHeartbeat(new Timeline().rules(), beat())
    const integration = rules.receivers.get('heartbeat')?.integrations[0]
    if (integration === undefined) throw new Error('no integration')
    const timeline = await new Timeline().start()
    timeline.manager.put([timeline.alert({ alertname: 'VedetteHeartbeat' })])
    await timeline.at(31)
    const notification = timeline.sent[0]?.notification
    await timeline.remove()
    if (notification === undefined) throw new Error('no notification')
    const { signal } = new AbortController()
    expect(await integration.notifier.send(notification, signal)).toEqual({
      ok: true,
      answer: '200',
    })
    status = 500
    const failed = await integration.notifier.send(notification, signal)
    expect(failed).toMatchObject({ ok: false, retry: true })
    expect(JSON.stringify(failed)).not.toContain('secret')
    expect(calls).toEqual(['GET /ping/secret', 'GET /ping/secret'])
    await rules.close()
  })
})
