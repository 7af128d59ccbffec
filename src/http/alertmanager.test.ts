import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { START_MS, Timeline } from '../alert/testing/alertmanager-timeline.ts'
import type { AlertGroupJson, GettableAlertJson } from '../contract/alertmanager.ts'
import { openListener } from './alertmanager/testing/open-listener.ts'
import type { Listener } from './listener.ts'
import { parseJson } from '../../test/house/parse-json.ts'

let timeline: Timeline
let listener: Listener
let url: string

beforeEach(async () => {
  timeline = await new Timeline().start()
  ;({ listener, url } = await openListener(timeline))
})

afterEach(async () => {
  await listener.close()
  await timeline.remove()
})

async function call(
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; json: unknown }> {
  const answer = await fetch(url + path, {
    method,
    ...(body === undefined
      ? {}
      : {
          body: typeof body === 'string' ? body : JSON.stringify(body),
          headers: { 'content-type': 'application/json' },
        }),
  })
  const text = await answer.text()
  const json: unknown = text === '' ? undefined : JSON.parse(text)
  return { status: answer.status, json }
}

async function listOf<T>(path: string, isOf: (json: unknown) => json is T[]): Promise<T[]> {
  return parseJson(await (await fetch(url + path)).text(), isOf)
}

const isAlerts = (json: unknown): json is GettableAlertJson[] => Array.isArray(json)
const isGroups = (json: unknown): json is AlertGroupJson[] => Array.isArray(json)
const isMade = (json: unknown): json is { silenceID: string } => json !== null

/** Matchers of vitest are of any type; here they are of none. */
const containing = (text: string): unknown => expect.stringContaining(text)
const matching = (pattern: RegExp): unknown => expect.stringMatching(pattern)

async function create(body: unknown): Promise<string> {
  const { json } = await call('POST', '/api/v2/silences', body)
  return parseJson(JSON.stringify(json), isMade).silenceID
}

const silence = (changes: Record<string, unknown> = {}): Record<string, unknown> => ({
  matchers: [{ name: 'instance', value: 'a', isRegex: false, isEqual: true }],
  startsAt: new Date(START_MS).toISOString(),
  endsAt: new Date(START_MS + 3_600_000).toISOString(),
  createdBy: 'ada',
  comment: 'work',
  ...changes,
})

describe('alerts', () => {
  it('are taken and shown', async () => {
    const posted = await call('POST', '/api/v2/alerts', [
      {
        labels: { alertname: 'Down', instance: 'a', empty: '' },
        annotations: { summary: 's' },
        generatorURL: 'http://prometheus/graph',
      },
      { labels: { alertname: 'Up', instance: 'b' }, endsAt: '2026-05-01T11:00:00+01:00' },
    ])
    expect(posted).toEqual({ status: 200, json: undefined })
    const alerts = await listOf('/api/v2/alerts', isAlerts)
    // The second one ended at the moment it came.
    expect(alerts).toEqual([
      {
        annotations: { summary: 's' },
        endsAt: '2026-05-01T10:05:00.000Z',
        fingerprint: matching(/^[0-9a-f]{16}$/),
        receivers: [{ name: 'team' }],
        startsAt: '2026-05-01T10:00:00.000Z',
        status: { inhibitedBy: [], mutedBy: [], silencedBy: [], state: 'active' },
        updatedAt: '2026-05-01T10:00:00.000Z',
        generatorURL: 'http://prometheus/graph',
        labels: { alertname: 'Down', instance: 'a' },
      },
    ])
    await timeline.at(31)
    expect(timeline.shown()).toEqual(['30s firing a'])
  })

  it.each([
    ['', 422, { code: 602, message: 'alerts in body is required' }],
    ['{', 400, { code: 400, message: containing('parsing alerts body from "" failed') }],
    ['{}', 422, { code: 601, message: 'alerts in body must be of type array: an object' }],
    ['[{}]', 422, { code: 602, message: 'alerts.0.labels in body is required' }],
    [
      '[{"labels":{"a":1}}]',
      422,
      { code: 601, message: 'alerts.0.labels.a in body must be of type string: 1' },
    ],
    [
      '[{"labels":{"a":"b"},"startsAt":"soon"}]',
      422,
      { code: 601, message: 'alerts.0.startsAt in body must be of type date-time: "soon"' },
    ],
    ['[{"labels":{"a":""}}]', 400, 'at least one label pair required'],
    [
      '[{"labels":{"a":"b"},"startsAt":"2026-05-01T10:00:00Z","endsAt":"2026-05-01T09:00:00Z"}]',
      400,
      'start time must be before end time',
    ],
  ])('that are %s are refused with %d', async (body, status, json) => {
    expect(await call('POST', '/api/v2/alerts', body)).toEqual({ status, json })
  })

  it('that are valid are taken beside those that are not', async () => {
    const { status } = await call('POST', '/api/v2/alerts', [
      { labels: {} },
      { labels: { alertname: 'Good' } },
    ])
    expect(status).toBe(400)
    expect((await call('GET', '/api/v2/alerts')).json).toHaveLength(1)
  })

  it('are filtered by matchers, receiver and state', async () => {
    await call('POST', '/api/v2/alerts', [
      { labels: { alertname: 'Down', instance: 'a' } },
      { labels: { alertname: 'Down', instance: 'b' } },
    ])
    await call('POST', '/api/v2/silences', silence())
    const names = async (query: string): Promise<string[]> => {
      const json = await listOf(`/api/v2/alerts?${query}`, isAlerts)
      return json.map(({ labels }) => labels['instance'] ?? '').sort()
    }
    expect(await names('')).toEqual(['a', 'b'])
    expect(await names('silenced=false')).toEqual(['b'])
    expect(await names('active=false')).toEqual(['a'])
    expect(await names('filter=instance%3D~%22b%7Cc%22')).toEqual(['b'])
    expect(await names('receiver=te.*')).toEqual(['a', 'b'])
    expect(await names('receiver=te')).toEqual([])
    expect((await call('GET', '/api/v2/alerts?filter=%3D')).status).toBe(400)
    expect(await call('GET', '/api/v2/alerts?receiver=(')).toMatchObject({
      status: 400,
      json: containing('failed to parse receiver param'),
    })
  })

  it('are shown in their groups', async () => {
    await call('POST', '/api/v2/alerts', [
      { labels: { alertname: 'Down', instance: 'b' } },
      { labels: { alertname: 'Down', instance: 'a' } },
      { labels: { alertname: 'Also', instance: 'c' } },
    ])
    const groups = await listOf('/api/v2/alerts/groups', isGroups)
    expect(
      groups.map(({ labels, receiver, alerts }) => [
        labels,
        receiver,
        alerts.map((alert) => alert.labels['instance']),
      ]),
    ).toEqual([
      [{ alertname: 'Also' }, { name: 'team' }, ['c']],
      [{ alertname: 'Down' }, { name: 'team' }, ['a', 'b']],
    ])
  })
})

describe('silences', () => {
  it('are made, shown, changed and ended', async () => {
    const id = await create(silence())
    expect(await call('GET', `/api/v2/silence/${id}`)).toEqual({
      status: 200,
      json: {
        ...silence(),
        id,
        annotations: {},
        status: { state: 'active' },
        updatedAt: '2026-05-01T10:00:00.000Z',
        startsAt: '2026-05-01T10:00:00.000Z',
        endsAt: '2026-05-01T11:00:00.000Z',
      },
    })
    // A longer one is the same silence; one about other alerts is another.
    const longer = silence({ id, endsAt: '2026-05-01T12:00:00.000Z' })
    expect((await call('POST', '/api/v2/silences', longer)).json).toEqual({ silenceID: id })
    const other = silence({ id, matchers: [{ name: 'instance', value: 'b', isRegex: false }] })
    const second = await create(other)
    expect(second).not.toBe(id)
    await timeline.at(1)
    expect((await call('GET', '/api/v2/silences')).json).toMatchObject([
      { id: second, status: { state: 'active' } },
      { id, status: { state: 'expired' } },
    ])
    expect((await call('GET', '/api/v2/silences?expired=false')).json).toHaveLength(1)
    expect((await call('GET', '/api/v2/silences?filter=instance%3Db')).json).toHaveLength(1)
    expect(await call('DELETE', `/api/v2/silence/${second}`)).toEqual({
      status: 200,
      json: undefined,
    })
    expect((await call('GET', '/api/v2/silences?expired=false')).json).toHaveLength(0)
  })

  const missing = '00000000-0000-4000-8000-000000000000'
  it.each([
    [silence({ matchers: [] }), 400, 'invalid silence: at least one matcher required'],
    [
      silence({ matchers: [{ name: 'a', value: '.*', isRegex: true }] }),
      400,
      'invalid silence: at least one matcher must not match the empty string',
    ],
    [
      silence({ matchers: [{ name: 'a', value: '(', isRegex: true }] }),
      400,
      containing('invalid silence: '),
    ],
    [
      silence({ endsAt: '2026-05-01T10:00:00Z' }),
      400,
      'Failed to create silence: start time must be before end time',
    ],
    [
      silence({ startsAt: '2026-05-01T08:00:00Z', endsAt: '2026-05-01T09:00:00Z' }),
      400,
      "Failed to create silence: end time can't be in the past",
    ],
    [silence({ id: missing }), 404, 'silence not found'],
    [
      silence({ comment: undefined }),
      422,
      { code: 602, message: 'silence.comment in body is required' },
    ],
  ])('that make no sense are refused (%#)', async (body, status, json) => {
    expect(await call('POST', '/api/v2/silences', body)).toEqual({ status, json })
  })

  it('that are not there are 404, and what is no id 422', async () => {
    expect((await call('GET', `/api/v2/silence/${missing}`)).status).toBe(404)
    expect((await call('DELETE', `/api/v2/silence/${missing}`)).status).toBe(404)
    expect(await call('GET', '/api/v2/silence/x')).toMatchObject({
      status: 422,
      json: { code: 601 },
    })
  })
})

describe('what the original has not', () => {
  it('tells why somebody was told or not', async () => {
    await call('POST', '/api/v2/alerts', [{ labels: { alertname: 'Down', instance: 'a' } }])
    await call('POST', '/api/v2/alerts', [{ labels: { alertname: 'Down', instance: 'b' } }])
    const id = await create(silence())
    await timeline.at(31)
    const { json } = await call('GET', '/api/vedette/alerts/why?filter=alertname%3DDown')
    expect(json).toMatchObject({
      rules: [],
      alerts: [
        {
          labels: { instance: 'a' },
          now: { state: 'firing', silencedBy: [{ id, createdBy: 'ada', comment: 'work' }] },
          routes: [{ path: '{}', receiver: 'team', groupKey: '{}:{alertname="Down"}' }],
          events: [{ kind: 'suppressed', reason: 'silence', by: [id] }],
        },
        {
          labels: { instance: 'b' },
          now: { state: 'firing', silencedBy: [] },
          routes: [{ told: [{ integration: 'test[0]', state: 'firing' }] }],
          events: [{ kind: 'delivered', integration: 'test[0]', answer: '200' }],
          story: [
            '2026-05-01 10:00:30  told as firing to team/test[0] (first notification; answer: 200)',
            'goes to team by the route {}, in the group {}:{alertname="Down"}; test[0] was last told firing at 2026-05-01 10:00:30 and is told again at 2026-05-01 14:00:30 if nothing changes',
            'now: firing',
          ],
        },
      ],
    })
    expect(await call('GET', '/api/vedette/alerts/why')).toMatchObject({ status: 400 })
  })

  it('tells about an alert of which only the fingerprint is known, also when it is over', async () => {
    const labels = { alertname: 'Down', instance: 'a' }
    await call('POST', '/api/v2/alerts', [{ labels }, { labels: { ...labels, instance: 'b' } }])
    const alerts = await listOf('/api/v2/alerts', isAlerts)
    const fingerprint = alerts.find((one) => one.labels['instance'] === 'a')?.fingerprint ?? ''
    await timeline.at(31)
    await call('POST', '/api/v2/alerts', [{ labels, endsAt: '2026-05-01T10:00:31Z' }])
    const { json } = await call('GET', `/api/vedette/alerts/why?fingerprint=${fingerprint}`)
    expect(json).toMatchObject({
      alerts: [{ fingerprint, labels, now: { state: 'resolved' } }],
      more: 0,
    })
    const none = await call('GET', '/api/vedette/alerts/why?fingerprint=0000000000000000')
    expect(none.json).toMatchObject({ alerts: [], rules: [] })
  })

  it('takes acknowledgements and takes them back', async () => {
    await call('POST', '/api/v2/alerts', [{ labels: { alertname: 'Down', instance: 'a' } }])
    const alerts = await listOf('/api/v2/alerts', isAlerts)
    const fingerprint = alerts[0]?.fingerprint ?? ''
    const body = { fingerprint, createdBy: 'ada', assignee: 'bob', comment: 'on it' }
    expect(await call('POST', '/api/vedette/acknowledgements', body)).toEqual({
      status: 200,
      json: {
        ...body,
        labels: { alertname: 'Down', instance: 'a' },
        createdAt: '2026-05-01T10:00:00.000Z',
      },
    })
    expect((await call('GET', '/api/v2/alerts')).json).toMatchObject([
      { status: { state: 'suppressed', mutedBy: ['acknowledged by ada'] } },
    ])
    const one = `/api/vedette/acknowledgements/${fingerprint}`
    expect((await call('DELETE', one)).status).toBe(200)
    expect((await call('DELETE', one)).status).toBe(404)
    const unknown = { ...body, fingerprint: '0000000000000000' }
    expect((await call('POST', '/api/vedette/acknowledgements', unknown)).status).toBe(404)
  })

  it('tests the whole path at once', async () => {
    const labels = { alertname: 'Test', severity: 'critical', instance: 'a' }
    await create(silence())
    expect(await call('POST', '/api/vedette/test-alert', { labels })).toMatchObject({
      status: 200,
      json: {
        routes: [
          {
            path: '{}',
            receiver: 'team',
            suppressed: containing('silenced by'),
            deliveries: [{ integration: 'test[0]', ok: true, answer: '200' }],
          },
        ],
      },
    })
    expect(timeline.shown()).toEqual(['0s firing a'])
    expect(await call('POST', '/api/vedette/test-alert', { labels, receiver: 'nobody' })).toEqual({
      status: 404,
      json: 'there is no receiver "nobody": team',
    })
  })
})

describe('the rest', () => {
  it('tells the status and the receivers', async () => {
    expect((await call('GET', '/api/v2/status')).json).toMatchObject({
      cluster: { status: 'disabled', peers: [] },
      config: { original: 'route:\n  receiver: team\n' },
      uptime: '2026-05-01T10:00:00.000Z',
      versionInfo: { version: '0.1.0' },
    })
    expect((await call('GET', '/api/v2/receivers')).json).toEqual([
      { name: 'team', labels: { name: 'team' } },
    ])
  })

  it('says that v1 is gone, and reloads only where that is switched on', async () => {
    expect((await call('GET', '/api/v1/alerts')).status).toBe(410)
    expect((await fetch(`${url}/-/reload`, { method: 'POST' })).status).toBe(403)
    expect((await fetch(`${url}/-/healthy`)).status).toBe(200)
    expect((await fetch(`${url}/-/ready`)).status).toBe(200)
  })
})
