import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matching } from '../testing/matching.ts'
import { inTurn, oneReceiver, ReceiverBench } from '../testing/receiver-bench.ts'
import { sampleAlert, sampleNotification, sampleResolved } from '../testing/sample-notification.ts'
import type { NotifyRequest } from './receiver-kind.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

const KEY = sampleNotification().dedupKey

/** Sends by an entry whose service has a fixed address, and tells what would have been asked of it. */
async function capture(
  kind: string,
  entry: string,
  notification = sampleNotification(),
  answer = { status: 200, body: '' },
) {
  const requests: NotifyRequest[] = []
  const http = () => ({
    send: (request: NotifyRequest) => {
      requests.push(request)
      return Promise.resolve({ ...answer, headers: {} })
    },
    close: () => Promise.resolve(),
  })
  const [read] = bench.entries(oneReceiver(kind, entry))
  if (read === undefined) throw new Error('no entry')
  const notifier = bench.make(read, { ...bench.tools([]), http })
  const outcome = await notifier.send(notification, AbortSignal.timeout(10_000))
  const [request, ...more] = requests
  if (request === undefined || more.length > 0) throw new Error(`${requests.length} requests`)
  return { outcome, request, body: String(request.body) }
}

describe('pagerduty, version 2', () => {
  it('opens an incident with every setting', async () => {
    const api = await bench.serve(() => ({ status: 202, body: '{"status":"success"}' }))
    const outcome = await bench.send(
      'pagerduty',
      `{routing_key: 'r-{{ .CommonLabels.severity }}', url: '${api.url}/v2/enqueue', client: c, client_url: 'http://c',
        description: '{{ .CommonLabels.alertname }}', details: {firing: '{{ len .Alerts.Firing }}', note: 'a {{ .Status }}',
        resolved: [1, {deep: '{{ .Alerts.Firing | toJson }}'}], num_firing: '', num_resolved: 'yes'},
        images: [{src: 'http://{{ .Status }}', alt: a, href: h}, {src: '{{ .CommonLabels.none }}', alt: b}],
        links: [{href: 'http://l', text: t}, {text: no}], source: s, severity: '{{ .CommonLabels.severity }}', class: cl,
        component: co, group: g}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '202' })
    expect(api.only).toMatchObject({ method: 'POST', path: '/v2/enqueue' })
    expect(api.only.json).toEqual({
      routing_key: 'r-critical',
      dedup_key: KEY,
      event_action: 'trigger',
      client: 'c',
      client_url: 'http://c',
      images: [{ src: 'http://firing', alt: 'a', href: 'h' }],
      links: [{ href: 'http://l', text: 't' }],
      payload: {
        summary: 'DiskFull',
        source: 's',
        severity: 'critical',
        class: 'cl',
        component: 'co',
        group: 'g',
        custom_details: {
          firing: 1,
          note: 'a firing',
          resolved: [1, { deep: [expect.objectContaining({ status: 'firing' })] }],
          num_firing: null,
          num_resolved: true,
        },
      },
    })
  })

  it('resolves it, tells details by default, and leaves them out where they are too many', async () => {
    const api = await bench.serve(() => ({ status: 202 }))
    const keys = `routing_key: r, url: '${api.url}'`
    await bench.send('pagerduty', `{${keys}}`, sampleResolved())
    expect(api.seen[0]?.json).toMatchObject({
      event_action: 'resolve',
      payload: {
        severity: 'error',
        source: 'Vedette',
        custom_details: { firing: [], num_firing: 0, num_resolved: 1 },
      },
    })
    const annotations = { text: 'x'.repeat(600_000) }
    await bench.send(
      'pagerduty',
      `{${keys}}`,
      sampleNotification({ alerts: [sampleAlert({ annotations })] }),
    )
    expect(api.seen[1]?.json).toMatchObject({
      payload: { custom_details: { error: matching(/left out.*512 kB/) } },
    })
    expect(api.seen[1]?.body.length).toBeLessThan(5000)
  })

  it.each([
    [{ status: 400, body: '{"message":"bad","errors":["a","b"]}' }, false, /400: bad: a,b$/],
    [{ status: 429, body: 'x' }, true, /429$/],
    [{ status: 502, body: '' }, true, /502$/],
    [{ status: 403, body: '' }, false, /403$/],
  ])('reads the answer %j', async (answer, retry, reason) => {
    const api = await bench.serve(() => answer)
    const outcome = await bench.send('pagerduty', `{routing_key: r, url: '${api.url}'}`)
    expect(outcome).toMatchObject({ ok: false, retry, reason: matching(reason) })
  })

  it.each(['{{ .Nope }}', '{{ .CommonLabels.none }}'])(
    'needs its key, which is not %s',
    async (key) => {
      const outcome = await bench.send(
        'pagerduty',
        `{routing_key: '${key}', url: 'http://127.0.0.1:9'}`,
      )
      expect(outcome).toMatchObject({ ok: false, retry: false, reason: matching(/routing_key/) })
    },
  )
})

describe('pagerduty, version 1', () => {
  it('triggers and resolves an incident', async () => {
    bench.write('key', 'k\n')
    const entry = `{service_key_file: key, description: '${'d'.repeat(1100)}', details: {firing: a, resolved: b}}`
    const { request, body } = await capture('pagerduty', entry)
    expect(request.url).toBe('https://events.pagerduty.com/generic/2010-04-15/create_event.json')
    expect(JSON.parse(body)).toEqual({
      service_key: 'k',
      event_type: 'trigger',
      incident_key: KEY,
      description: `${'d'.repeat(1023)}…`,
      client: 'Vedette',
      client_url: 'https://vedette.example/#/alerts?receiver=team',
      details: { firing: 'a', resolved: 'b', num_firing: 1, num_resolved: 0 },
    })
    const over = await capture('pagerduty', entry, sampleResolved())
    expect(JSON.parse(over.body)).not.toHaveProperty('client')
    expect(JSON.parse(over.body)).toMatchObject({ event_type: 'resolve' })
  })

  it('is tried again after 403, which is too fast', async () => {
    const { outcome } = await capture('pagerduty', '{service_key: k}', undefined, {
      status: 403,
      body: '',
    })
    expect(outcome).toMatchObject({ ok: false, retry: true })
  })
})

describe('opsgenie', () => {
  it('opens an alert with every setting, and changes it where that is asked', async () => {
    const api = await bench.serve(() => ({ status: 202 }))
    bench.write('key', 'k-{{ .CommonLabels.severity }}\n')
    const outcome = await bench.send(
      'opsgenie',
      `{api_key_file: key, api_url: '${api.url}/og', message: '${'m'.repeat(140)}', description: 'd {{ .Status }}', source: s,
        details: {a: '{{ len .Alerts }}', instance: other}, entity: e, note: n, priority: P2, tags: ' x,,y,{{ .Status }}', actions: 'r,s',
        responders: [{type: team, name: '{{ .CommonLabels.severity }}'}, {type: teams, name: 'a,b'}, {type: '{{ .CommonLabels.none }}', id: '{{ .CommonLabels.none }}'}, {type: user, username: u}],
        update_alerts: true}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '202' })
    const message = `${'m'.repeat(129)}…`
    expect(api.seen.map(({ method, path, json }) => ({ method, path, json }))).toEqual([
      {
        method: 'POST',
        path: '/og/v2/alerts',
        json: {
          alias: KEY,
          message,
          description: 'd firing',
          details: { alertname: 'DiskFull', instance: 'other', severity: 'critical', a: '1' },
          source: 's',
          responders: [
            { name: 'critical', type: 'team' },
            { name: 'a', type: 'team' },
            { name: 'b', type: 'team' },
            { username: 'u', type: 'user' },
          ],
          tags: ['x', 'y', 'firing'],
          note: 'n',
          priority: 'P2',
          entity: 'e',
          actions: ['r', 's'],
        },
      },
      {
        method: 'PUT',
        path: `/og/v2/alerts/${KEY}/message?identifierType=alias`,
        json: { message },
      },
      {
        method: 'PUT',
        path: `/og/v2/alerts/${KEY}/description?identifierType=alias`,
        json: { description: 'd firing' },
      },
    ])
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual([
      'GenieKey k-critical',
      'GenieKey k-critical',
      'GenieKey k-critical',
    ])
  })

  it('closes it', async () => {
    const api = await bench.serve(() => ({ status: 202 }))
    await bench.send('opsgenie', `{api_key: k, api_url: '${api.url}', source: s}`, sampleResolved())
    expect(api.only).toMatchObject({
      method: 'POST',
      path: `/v2/alerts/${KEY}/close?identifierType=alias`,
      json: { source: 's' },
    })
  })

  it('stops at the first request that fails, and is tried again after 429', async () => {
    const api = await bench.serve(inTurn({ status: 202 }, { status: 429, body: 'k-sesame' }))
    const outcome = await bench.send(
      'opsgenie',
      `{api_key: k-sesame, api_url: '${api.url}', update_alerts: true}`,
    )
    expect(outcome).toMatchObject({ ok: false, retry: true, failure: 'rateLimited' })
    expect(JSON.stringify(outcome)).not.toContain('sesame')
    expect(api.seen).toHaveLength(2)
  })
})

describe('victorops', () => {
  it('opens and ends an incident', async () => {
    const api = await bench.serve()
    const keys = `api_key: k, api_url: '${api.url}/alert', routing_key: 'a b/{{ .CommonLabels.severity }}', message_type: '{{ .CommonLabels.severity | toUpper }}',
      state_message: '${'s'.repeat(21_000)}', entity_display_name: e, monitoring_tool: m, custom_fields: {x: '{{ .Status }}'}`
    await bench.send('victorops', `{${keys}}`)
    await bench.send('victorops', `{${keys}}`, sampleResolved())
    expect(api.seen[0]?.path).toBe('/alert/k/a%20b/critical')
    const event = (type: string, x: string) => ({
      message_type: type,
      entity_id: KEY,
      entity_display_name: 'e',
      state_message: `${'s'.repeat(20_479)}…`,
      monitoring_tool: 'm',
      x,
    })
    expect(api.seen.map(({ json }) => json)).toEqual([
      event('CRITICAL', 'firing'),
      event('RECOVERY', 'resolved'),
    ])
  })

  it('knows three kinds of messages, and no way out of its path', async () => {
    const api = await bench.serve()
    const send = (type: string, route: string) =>
      bench.send(
        'victorops',
        `{api_key: sesame, api_url: '${api.url}', routing_key: '${route}', message_type: '${type}'}`,
      )
    await send('WARNING', 'r')
    await send('other', 'r')
    expect(api.seen).toMatchObject([
      { json: { message_type: 'WARNING' } },
      { json: { message_type: 'CRITICAL' } },
    ])
    expect(await send('INFO', 'a/../../x')).toMatchObject({ ok: false, retry: false })
    expect(api.seen).toHaveLength(2)
  })
})

describe('pushover', () => {
  it('sends a message with every setting', async () => {
    bench.write('user', 'u\n')
    const { request, body, outcome } = await capture(
      'pushover',
      `{user_key_file: user, token: t, title: '{{ .Status }}', message: '<b>{{ .CommonLabels.instance }}</b>', url: 'http://u', url_title: ut,
        device: d, sound: so, priority: '{{ if eq .Status "firing" }}2{{ end }}', retry: 1m30s, expire: 2h, ttl: 10m, html: true}`,
      sampleNotification({ alerts: [sampleAlert({ labels: { instance: '<i>' } })] }),
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    expect(request).toMatchObject({
      method: 'POST',
      url: 'https://api.pushover.net/1/messages.json',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    expect(Object.fromEntries(new URLSearchParams(body))).toEqual({
      token: 't',
      user: 'u',
      title: 'firing',
      message: '<b>&lt;i&gt;</b>',
      html: '1',
      url: 'http://u',
      url_title: 'ut',
      priority: '2',
      retry: '90',
      expire: '7200',
      ttl: '600',
      device: 'd',
      sound: 'so',
    })
  })

  it('keeps to the limits, and is never empty', async () => {
    const long = await capture(
      'pushover',
      `{user_key: u, token: t, title: '${'t'.repeat(300)}', message: '${'m'.repeat(2000)}', url: '${'u'.repeat(600)}', monospace: true}`,
      sampleResolved(),
    )
    const fields = new URLSearchParams(long.body)
    expect(['title', 'message', 'url'].map((name) => fields.get(name)?.length)).toEqual([
      250, 1024, 512,
    ])
    expect(fields.get('monospace')).toBe('1')
    expect(fields.get('priority')).toBe('0')
    const empty = await capture('pushover', `{user_key: u, token: t, message: ' '}`)
    expect(new URLSearchParams(empty.body).get('message')).toBe('(no details)')
  })
})

describe('incidentio', () => {
  it('posts the group with its token', async () => {
    const api = await bench.serve(() => ({ status: 202 }))
    bench.write('url', `${api.url}/v2/alert_events\n`)
    bench.write('token', 'tok\n')
    await bench.send('incidentio', '{url_file: url, alert_source_token_file: token}')
    expect(api.only).toMatchObject({
      path: '/v2/alert_events',
      headers: { authorization: 'Bearer tok' },
      json: {
        version: '1',
        groupKey: '{}:{alertname="DiskFull"}',
        truncatedAlerts: 0,
        status: 'firing',
      },
    })
  })

  it('posts the first alert only where all are too many', async () => {
    const api = await bench.serve()
    const annotations = { text: 'x'.repeat(200_000) }
    const alerts = ['a', 'b', 'c'].map((fingerprint) => sampleAlert({ fingerprint, annotations }))
    await bench.send(
      'incidentio',
      `{url: '${api.url}', http_config: {authorization: {credentials: t}}}`,
      sampleNotification({ alerts }),
    )
    expect(api.only.json).toMatchObject({ truncatedAlerts: 2, alerts: [{ fingerprint: 'a' }] })
  })

  it('is tried again after 429, and says what is wrong', async () => {
    const body = '{"message":"m","error":"e","errors":["x","y"]}'
    const api = await bench.serve(() => ({ status: 429, body }))
    const outcome = await bench.send('incidentio', `{url: '${api.url}', alert_source_token: t}`)
    expect(outcome).toMatchObject({ retry: true, reason: matching(/429: m: e: x, y$/) })
  })
})
