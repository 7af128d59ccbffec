import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { WebSocket } from 'ws'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import type { Listener } from '../listener.ts'
import { createLokiListener } from '../loki.ts'
import { createFakeLoki, FakeLines, NOW_MS } from '../loki/testing/fake-loki.ts'
import { createFakeDoors, createFakeWorld } from '../prometheus/testing/fake-doors.ts'
import { createUiListener } from '../ui.ts'

const AT_NS = `${NOW_MS - 1000}000000`
const TAIL = '/api/loki/api/v1/tail?query=%7Bapp%3D%22web%22%7D'

let [ui, loki]: Listener[] = []
let [uiHost, lokiUrl] = ['', '']

beforeEach(async () => {
  const doors = createFakeLoki(new FakeLines())
  const address = { host: '127.0.0.1', port: 0 }
  loki = createLokiListener(doors, { address, access: {} })
  const parts = { webFolder: '/nonexistent', routes: [], log: silentLog(), loki: doors }
  ui = createUiListener(
    {
      ...parts,
      prometheus: createFakeDoors(createFakeWorld()),
      registry: createRegistry(),
    },
    { address, access: { anonymous: 'viewer' } },
  )
  uiHost = `127.0.0.1:${await ui.listen()}`
  lokiUrl = `http://127.0.0.1:${await loki.listen()}`
})

afterEach(() => Promise.all([ui?.close(), loki?.close()]))

function push(path: string): Promise<Response> {
  const values = [[AT_NS, 'hello', { trace: 'abc' }]]
  return fetch(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams: [{ stream: { app: 'web' }, values }] }),
  })
}

describe('the Loki API of the web UI', () => {
  it('answers readers at its own origin, and takes nothing', async () => {
    expect((await push(`${lokiUrl}/loki/api/v1/push`)).status).toBe(204)
    expect((await push(`http://${uiHost}/api/loki/api/v1/push`)).status).toBe(404)
    const asked = `query=${encodeURIComponent('{app="web"}')}&since=1h`
    const answer = await fetch(`http://${uiHost}/api/loki/api/v1/query_range?${asked}`)
    expect(await answer.text()).toContain('"hello"')
    const values = await fetch(`http://${uiHost}/api/loki/api/v1/label/app/values`)
    expect(await values.json()).toEqual({ status: 'success', data: ['web'] })
    const config = await fetch(`http://${uiHost}/config`)
    expect(await config.text()).not.toContain('auth_enabled')
  })

  it('tails over a WebSocket, and tells where each label comes from', async () => {
    await push(`${lokiUrl}/loki/api/v1/push`)
    const socket = new WebSocket(`ws://${uiHost}${TAIL}`)
    const message = await new Promise<string>((resolve, reject) => {
      socket.once('message', (data: Buffer) => resolve(data.toString()))
      socket.once('error', reject)
    })
    socket.terminate()
    expect(JSON.parse(message)).toMatchObject({
      streams: [
        {
          stream: { app: 'web' },
          values: [[AT_NS, 'hello', { structuredMetadata: { trace: 'abc' } }]],
        },
      ],
    })
  })

  it('does not let pages of others tail', async () => {
    const socket = new WebSocket(`ws://${uiHost}${TAIL}`, { origin: 'http://evil.example' })
    const fault = await new Promise<Error>((resolve) => socket.once('error', resolve))
    expect(fault.message).toContain('403')
  })
})
