import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { FakeReceiver } from '../../outbound/testing/fake-receiver.ts'
import { OutboundHttp } from '../../outbound/outbound-http.ts'
import { matching } from '../testing/matching.ts'
import { oneReceiver, ReceiverBench } from '../testing/receiver-bench.ts'
import {
  hostileNotification,
  sampleAlert,
  sampleNotification,
} from '../testing/sample-notification.ts'
import type { Notifier, NotifyTools } from './receiver-kind.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
  vi.stubEnv('AWS_REGION', 'eu-west-1')
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await bench.close()
})

/** An entry of each kind that speaks HTTP, with as few settings as it can do with. U is its server, S a secret. */
const ENTRIES: readonly (readonly [kind: string, entry: string])[] = [
  ['discord', `{webhook_url: 'U/S'}`],
  ['incidentio', `{url: 'U', alert_source_token: S}`],
  [
    'jira',
    `{api_url: 'U', project: P, issue_type: B, http_config: {basic_auth: {username: u, password: S}}}`,
  ],
  ['mattermost', `{webhook_url: 'U/S'}`],
  ['msteams', `{webhook_url: 'U/S'}`],
  ['msteamsv2', `{webhook_url: 'U/S'}`],
  ['opsgenie', `{api_url: 'U', api_key: S}`],
  ['pagerduty', `{url: 'U', routing_key: S}`],
  ['pagerduty', `{service_key: S}`],
  ['pushover', `{user_key: S, token: S}`],
  ['rocketchat', `{api_url: 'U', token: S, token_id: S, channel: c}`],
  ['slack', `{api_url: 'U/S', channel: c}`],
  ['slack', `{app_url: 'U', app_token: S, channel: c}`],
  ['sns', `{api_url: 'U', topic_arn: t, sigv4: {access_key: a, secret_key: S}}`],
  ['telegram', `{api_url: 'U', bot_token: S, chat_id: 1}`],
  ['victorops', `{api_url: 'U', api_key: S, routing_key: r}`],
  ['webex', `{api_url: 'U', room_id: r, http_config: {authorization: {credentials: S}}}`],
  ['webhook', `{url: 'U/S'}`],
  ['wechat', `{api_url: 'U', api_secret: S, corp_id: c}`],
]

const SECRET = 'S3SAME'

/** What has a fixed address is sent to the server all the same. */
function notifierTo(server: FakeReceiver, kind: string, written: string): Notifier {
  const entry = written.replaceAll(/\bU\b/g, server.url).replaceAll(/\bS\b/g, SECRET)
  const [read] = bench.entries(oneReceiver(kind, entry))
  if (read === undefined) throw new Error('no entry')
  const http: NotifyTools['http'] = (config) => {
    const client = new OutboundHttp(config)
    return {
      send: (request, signal) => {
        const { host, pathname, search } = new URL(request.url)
        const url = server.url.endsWith(host) ? request.url : `${server.url}${pathname}${search}`
        return client.send({ ...request, url }, signal)
      },
      close: () => client.close(),
    }
  }
  return bench.make(read, { ...bench.tools([]), http })
}

/** 3,000 alerts with long texts, and texts that all of them have. */
const STORM = sampleNotification({
  alerts: Array.from({ length: 3000 }, (_, i) =>
    sampleAlert({
      labels: { alertname: 'DiskFull', instance: `db-${i}`, path: 'ä'.repeat(200) },
      annotations: { summary: `db-${i} is full`, description: 'ä'.repeat(4000) },
      fingerprint: i.toString(16).padStart(16, '0'),
    }),
  ),
})

/** The largest bodies: what a service takes, or what a receiver of one's own must. */
const MOST_BYTES: Readonly<Record<string, number>> = {
  discord: 16_000,
  msteams: 28_000,
  msteamsv2: 28_000,
  // The limit is before the form is encoded.
  sns: 3 * 256 * 1024,
  webhook: 40_000_000,
}

describe.each(ENTRIES)('%s %s', (kind, entry) => {
  it('takes hostile values as what they are', async () => {
    const server = await bench.serve(({ path }) => {
      if (path.includes('gettoken')) return { body: '{"errcode":0,"access_token":"t"}' }
      if (path.includes('/search')) return { body: '{"issues":[]}' }
      const body = kind === 'slack' ? 'ok' : '{"ok":true,"success":true,"errcode":0,"result":{}}'
      return { body }
    })
    const notifier = notifierTo(server, kind, entry)
    const outcome = await notifier.send(hostileNotification(), AbortSignal.timeout(20_000))
    expect(outcome).toMatchObject({ ok: true })
    const last = server.seen.at(-1)
    const isForm = kind === 'sns' || kind === 'pushover'
    const texts = isForm ? [...new URLSearchParams(last?.body).values()] : textsOf(last?.json)
    expect(texts.some((text) => text.includes('victim@example.com'))).toBe(true)
    for (const { headers } of server.seen) {
      expect(JSON.stringify(headers)).not.toContain('victim@')
      expect(headers['user-agent']).toMatch(/^Vedette\//)
    }
  })

  it('sends a storm of alerts in a size that is taken', async () => {
    const server = await bench.serve(({ path }) => {
      if (path.includes('gettoken')) return { body: '{"errcode":0,"access_token":"t"}' }
      if (path.includes('/search')) return { body: '{"issues":[]}' }
      const body = kind === 'slack' ? 'ok' : '{"ok":true,"success":true,"errcode":0,"result":{}}'
      return { body }
    })
    const outcome = await notifierTo(server, kind, entry).send(STORM, AbortSignal.timeout(60_000))
    expect(outcome).toMatchObject({ ok: true })
    for (const { body } of server.seen) {
      expect(Buffer.byteLength(body)).toBeLessThanOrEqual(MOST_BYTES[kind] ?? 600_000)
    }
  })

  it('keeps its secret when the server repeats the request', async () => {
    const server = await bench.serve(({ path, headers, body }) => ({
      status: 500,
      body: `${path} ${headers.authorization ?? ''} ${String(headers['x-auth-token'])} ${body}`,
    }))
    const outcome = await notifierTo(server, kind, entry).send(
      sampleNotification(),
      AbortSignal.timeout(20_000),
    )
    expect(outcome).toMatchObject({
      ok: false,
      retry: true,
      failure: 'serverError',
      reason: matching(/500/),
    })
    expect(JSON.stringify(outcome)).not.toContain(SECRET)
    expect(bench.logged.join('')).not.toContain(SECRET)
  })

  it('does not wait for ever, and comes back when the server does', async () => {
    const server = await bench.serve(() => 'hang')
    const notifier = notifierTo(server, kind, entry)
    const hanging = await notifier.send(sampleNotification(), AbortSignal.timeout(50))
    await server.close()
    const gone = await notifier.send(sampleNotification(), AbortSignal.timeout(20_000))
    expect(hanging).toMatchObject({ ok: false, retry: true, failure: 'contextDeadlineExceeded' })
    expect(gone).toMatchObject({ ok: false, retry: true, failure: 'other' })
    expect(JSON.stringify([hanging, gone])).not.toContain(SECRET)
  })
})

/** All texts in a value. */
function textsOf(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  if (typeof value !== 'object' || value === null) return []
  return Object.values(value).flatMap(textsOf)
}
