import { expect, it } from 'vitest'
import { createPrometheusListener } from '../prometheus.ts'
import type { WebUi } from './doors.ts'
import { createFakeDoors, createFakeWorld } from './testing/fake-doors.ts'

async function locationOf(path: string, webUi: WebUi | undefined): Promise<string | null> {
  const doors = { ...createFakeDoors(createFakeWorld()), webUi: () => webUi }
  const listener = createPrometheusListener(doors, {
    address: { host: '127.0.0.1', port: 0 },
    access: {},
  })
  try {
    const port = await listener.listen()
    const answer = await fetch(`http://localhost:${port}${path}`, { redirect: 'manual' })
    expect(answer.status).toBe(webUi === undefined ? 200 : 302)
    return answer.headers.get('location')
  } finally {
    await listener.close()
  }
}

const UI = { url: 'http://127.0.0.1:3000', isPublic: false }

it.each([
  ['/', 'http://localhost:3000/explore'],
  ['/targets?search=a', 'http://localhost:3000/status/targets'],
  ['/alerts', 'http://localhost:3000/alerts'],
  [
    '/graph?g0.expr=up%7Ba%3D%22b%22%7D&g0.tab=0&g1.expr=a%20%2B%20b&g3.expr=no',
    'http://localhost:3000/explore?q=up%7Ba%3D%22b%22%7D&q=a+%2B+b',
  ],
  [
    '/graph?g0.expr=rate%28%7Ba%3D%22b%22%7D%5B1m%5D%29&g0.tab=1&g0.type=loki',
    'http://localhost:3000/logs?q=rate%28%7Ba%3D%22b%22%7D%5B1m%5D%29',
  ],
  [
    '/graph?g0.expr=%7B%7D+%7C+rate%28%29&g0.tab=1&g0.type=tempo',
    'http://localhost:3000/explore?q=%7B%7D+%7C+rate%28%29&lang=traceql',
  ],
])('%s leads to the web UI, under the name by which one came', async (path, expected) => {
  expect(await locationOf(path, UI)).toBe(expected)
})

it('leads to where people reach the web UI, where that is said', async () => {
  const ui = { url: 'https://monitoring.example.org', isPublic: true }
  expect(await locationOf('/rules', ui)).toBe('https://monitoring.example.org/alerts/rules')
})

it('is a page while the web UI is off', async () => {
  expect(await locationOf('/graph', undefined)).toBeNull()
})
