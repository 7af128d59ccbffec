import { afterEach, describe, expect, it } from 'vitest'
import { startFakeApi, type FakeAnswer, type FakeApi } from './testing/fake-api.ts'
import { runCaptured } from './testing/run-captured.ts'

const open: FakeApi[] = []

afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

async function start(answers: Readonly<Record<string, FakeAnswer>>): Promise<FakeApi> {
  const api = await startFakeApi(answers)
  open.push(api)
  return api
}

function run(api: FakeApi, ...args: string[]) {
  return runCaptured(...args, '--alertmanager.url', api.url)
}

const ALERT = {
  annotations: { summary: 'full' },
  endsAt: '2026-05-01T12:00:00Z',
  fingerprint: '0123456789abcdef',
  receivers: [{ name: 'mail' }],
  startsAt: '2026-05-01T10:00:00Z',
  status: { inhibitedBy: [], mutedBy: ['acknowledged by bob'], silencedBy: [], state: 'active' },
  updatedAt: '2026-05-01T10:00:00Z',
  labels: { alertname: 'Disk', instance: 'db1' },
}

it('lists the alerts that fire', async () => {
  const api = await start({ '/api/v2/alerts': { body: [ALERT] } })
  const { code, out } = await run(api, 'alerts', 'Disk', 'instance=db1')
  expect(code).toBe(0)
  expect(out).toContain('instance=db1  full')
  expect(api.requests[0]?.query).toBe('filter=alertname="Disk"&filter=instance="db1"')
  expect(JSON.parse((await run(api, 'alerts', '-o', 'json')).out)).toEqual([ALERT])
})

it('works behind the word monitoring', async () => {
  const api = await start({ '/api/v2/alerts': { body: [] } })
  expect(await run(api, 'monitoring', 'alerts')).toMatchObject({ code: 0, out: 'no alert fires\n' })
})

it('asks why, in a stretch of time', async () => {
  const why = { from: '', to: '', alerts: [], rules: [], more: 0 }
  const api = await start({ '/api/vedette/alerts/why': { body: why } })
  const { code, out } = await run(api, 'alert', 'why', 'Disk', '--from', '10', '--to', '20')
  expect(code).toBe(0)
  expect(out).toContain('no such alert was pending or fired')
  expect(api.requests[0]?.query).toBe('filter=alertname="Disk"&from=10&to=20')
})

describe('acknowledging', () => {
  it('is of every alert that the matchers find', async () => {
    const api = await start({
      '/api/v2/alerts': { body: [ALERT, { ...ALERT, fingerprint: 'b' }] },
      '/api/vedette/acknowledgements': { body: {} },
    })
    const { code, out } = await run(
      ...([api, 'alert', 'ack', 'Disk', '--by', 'bob', '--assign', 'eve'] as const),
      ...['--comment', 'on it'],
    )
    expect(code).toBe(0)
    expect(out).toContain('acknowledged Disk {instance="db1"}')
    const posted = api.requests.filter(({ method }) => method === 'POST')
    expect(posted.map(({ body }): unknown => JSON.parse(body))).toEqual(
      ['0123456789abcdef', 'b'].map((fingerprint) => ({
        ...{ fingerprint, createdBy: 'bob', assignee: 'eve', comment: 'on it' },
      })),
    )
  })

  it('is taken back only where there is one', async () => {
    const api = await start({
      '/api/v2/alerts': {
        body: [ALERT, { ...ALERT, fingerprint: 'b', status: { ...ALERT.status, mutedBy: [] } }],
      },
      '/api/vedette/acknowledgements/0123456789abcdef': { body: '' },
    })
    const { code, out } = await run(api, 'alert', 'unack', 'Disk')
    expect({ code, out }).toEqual({
      code: 0,
      out: 'no longer acknowledged: Disk {instance="db1"}\n',
    })
  })

  it('needs an alert', async () => {
    const api = await start({ '/api/v2/alerts': { body: [] } })
    expect(await run(api, 'alert', 'ack', 'Disk')).toMatchObject({
      code: 2,
      err: 'vedette: no alert with these labels fires\n',
    })
  })
})

describe('a test alert', () => {
  const answer = (ok: boolean): FakeAnswer => ({
    body: {
      routes: [
        {
          path: '{}',
          receiver: 'mail',
          deliveries: [{ integration: 'email[0]', ok, answer: 'said so' }],
        },
      ],
    },
  })

  it('goes the way of its labels', async () => {
    const api = await start({ '/api/vedette/test-alert': answer(true) })
    const { code, out } = await run(
      ...([api, 'test-alert', '--severity', 'critical', '--label', 'team=db'] as const),
      ...['--receiver', 'mail', '--summary', 'hello'],
    )
    expect(code).toBe(0)
    expect(out).toContain('✓ email[0]: delivered, said so')
    expect(JSON.parse(api.requests[0]?.body ?? '')).toMatchObject({
      labels: { alertname: 'VedetteTestAlert', severity: 'critical', team: 'db' },
      annotations: { summary: 'hello' },
      receiver: 'mail',
    })
  })

  it.each([
    ['a receiver failed', answer(false)],
    ['nobody was told', { body: { routes: [] } }],
  ])('has exit code 1 when %s', async (_, body) => {
    const api = await start({ '/api/vedette/test-alert': body })
    expect((await run(api, 'test-alert')).code).toBe(1)
  })

  it('refuses a label that is none', async () => {
    const api = await start({})
    const { code, err } = await run(api, 'test-alert', '--label', 'team')
    expect({ code, err }).toEqual({
      code: 2,
      err: 'vedette: --label: must be NAME=VALUE, not "team"\n',
    })
  })
})
