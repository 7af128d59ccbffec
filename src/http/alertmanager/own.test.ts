import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Timeline } from '../../alert/testing/alertmanager-timeline.ts'
import type { Listener } from '../listener.ts'
import { openListener } from './testing/open-listener.ts'

let timeline: Timeline
let listener: Listener
let url: string
let uiUrl: string | undefined

beforeEach(async () => {
  uiUrl = undefined
  timeline = await new Timeline().start()
  ;({ listener, url } = await openListener(timeline, () => uiUrl))
})

afterEach(async () => {
  await listener.close()
  await timeline.remove()
})

async function get(path: string): Promise<unknown> {
  return (await fetch(url + path)).json()
}

async function post(alerts: readonly unknown[]): Promise<void> {
  const headers = { 'content-type': 'application/json' }
  await fetch(`${url}/api/v2/alerts`, { method: 'POST', headers, body: JSON.stringify(alerts) })
}

describe('for the pages', () => {
  it('leads bookmarks to the alert pages, under the name by which it was reached', async () => {
    const ask = () => fetch(`${url}/`, { redirect: 'manual' })
    expect((await ask()).status).toBe(404)
    uiUrl = 'http://localhost:3000'
    const answer = await ask()
    expect(answer.status).toBe(302)
    expect(answer.headers.get('location')).toBe('http://127.0.0.1:3000/alerts')
  })

  it('tells the receivers with what became of what was sent to them', async () => {
    await post([{ labels: { alertname: 'Down', instance: 'a' } }])
    await timeline.at(31)
    await timeline.manager.history.settle()
    expect(await get('/api/vedette/receivers')).toEqual([
      {
        name: 'team',
        integrations: [
          {
            id: 'test[0]',
            kind: 'test',
            sendsResolved: true,
            lastTold: '2026-05-01T10:00:30.000Z',
          },
        ],
        deliveries: [
          {
            at: '2026-05-01T10:00:30.000Z',
            integration: 'test[0]',
            ok: true,
            groupKey: '{}:{alertname="Down"}',
            alerts: 1,
            resolved: 0,
            attempt: 1,
            answer: '200',
            shadow: false,
          },
        ],
      },
    ])
  })

  it('tells the routing tree and where labels go', async () => {
    const json = await get('/api/vedette/routes?label=severity%3Dpage&label=a%3D%22b%22')
    expect(json).toMatchObject({
      root: { id: '{}', receiver: 'team', groupBy: ['alertname'], groupWait: '30s', routes: [] },
      way: { labels: { a: 'b', severity: 'page' }, ends: ['{}'], path: ['{}'] },
    })
    expect(await get('/api/vedette/routes')).not.toHaveProperty('way')
    expect((await fetch(`${url}/api/vedette/routes?label=a%3D~b`)).status).toBe(400)
  })
})
