import { readFileSync } from 'node:fs'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import {
  createAuthority,
  createCertificate,
  hasOpenssl,
} from '../../outbound/testing/certificates.ts'
import { startProxy } from '../../outbound/testing/fake-proxy.ts'
import { matching } from '../testing/matching.ts'
import { ReceiverBench } from '../testing/receiver-bench.ts'
import {
  HOSTILE,
  hostileNotification,
  sampleAlert,
  sampleNotification,
  sampleResolved,
} from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

describe('webhook', () => {
  it('posts the group in version 4', async () => {
    const hook = await bench.serve()
    const outcome = await bench.send(
      'webhook',
      `{url: '${hook.url}/{{ .Status }}?a=b', http_config: {basic_auth: {username: u, password: p}}}`,
      sampleNotification({ receiver: 'web.hook', routeLabels: { team: 'a' } }),
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    expect(hook.only).toMatchObject({
      method: 'POST',
      path: '/firing?a=b',
      headers: { 'content-type': 'application/json', authorization: 'Basic dTpw' },
    })
    expect(hook.only.json).toEqual({
      receiver: String.raw`web\.hook`,
      status: 'firing',
      alerts: [
        {
          status: 'firing',
          labels: { alertname: 'DiskFull', instance: 'db-1', severity: 'critical' },
          annotations: { summary: 'db-1 is full' },
          startsAt: '2026-05-01T10:00:00Z',
          endsAt: '0001-01-01T00:00:00Z',
          generatorURL: 'https://vedette.example/graph?g0.expr=up',
          fingerprint: '00112233aabbccdd',
        },
      ],
      notification_reason: 'first notification',
      groupLabels: { alertname: 'DiskFull' },
      commonLabels: { alertname: 'DiskFull', instance: 'db-1', severity: 'critical' },
      commonAnnotations: { summary: 'db-1 is full' },
      routeLabels: { team: 'a' },
      externalURL: 'https://vedette.example',
      version: '4',
      groupKey: '{}:{alertname="DiskFull"}',
      truncatedAlerts: 0,
    })
  })

  it('leaves out alerts beyond max_alerts, and what only they had not in common', async () => {
    const hook = await bench.serve()
    const other = sampleAlert({ labels: { alertname: 'DiskFull', instance: 'db-2' } })
    await bench.send(
      'webhook',
      `{url: '${hook.url}', max_alerts: 1}`,
      sampleNotification({ alerts: [sampleAlert(), other, other] }),
    )
    expect(hook.only.json).toMatchObject({
      truncatedAlerts: 2,
      alerts: [{ labels: { instance: 'db-1' } }],
      commonLabels: { instance: 'db-1' },
    })
  })

  it('posts its payload, the texts of which are templates', async () => {
    const hook = await bench.serve()
    await bench.send(
      'webhook',
      `{url: '${hook.url}', max_alerts: 1, payload: {text: '{{ .Status }} on {{ .CommonLabels.instance }}', count: '{{ len .Alerts }}',
        '{{ .Receiver }}': {list: [1, true, '{{ .CommonLabels.severity }}'], nothing: ~},
        alerts: '{{ .Alerts | toJson }}', wrong: '{{ .Nope }}', 'yes': '{{ if .Alerts }}true{{ end }}'}}`,
      sampleNotification({ alerts: [sampleAlert(), sampleAlert()] }),
    )
    expect(hook.only.json).toEqual({
      text: 'firing on db-1',
      count: 1,
      team: { list: [1, true, 'critical'], nothing: null },
      alerts: [expect.objectContaining({ fingerprint: '00112233aabbccdd' })],
      wrong: matching(/Nope/),
      yes: true,
    })
  })

  it('posts a payload that is one text as the JSON in it', async () => {
    const hook = await bench.serve()
    const payload = `{"text": {{ .CommonAnnotations.summary | toJson }}, "count": {{ len .Alerts }}}`
    const alerts = [sampleAlert({ annotations: { summary: 'Disk: "full"' } })]
    await bench.send(
      'webhook',
      `{url: '${hook.url}', payload: '${payload}'}`,
      sampleNotification({ alerts }),
    )
    expect(hook.only.json).toEqual({ text: 'Disk: "full"', count: 1 })
  })

  it('lets no value out of a text of its payload', async () => {
    const hook = await bench.serve()
    await bench.send(
      'webhook',
      `{url: '${hook.url}', payload: {text: 'on {{ .CommonLabels.instance }}', next: 1}}`,
      hostileNotification(),
    )
    expect(hook.only.json).toEqual({ text: `on ${HOSTILE}`, next: 1 })
  })

  it.each([
    ['{{ .Nope }}', /template of url failed.*Nope/],
    ['{{ .CommonLabels.none }}', /^url is empty$/],
    ['{{ .Status }}://sesame', /^url is no URL/],
  ])('needs its address, which %s is not', async (url, reason) => {
    const outcome = await bench.send('webhook', `{url: '${url}'}`)
    expect(outcome).toMatchObject({
      ok: false,
      retry: false,
      failure: 'clientError',
      reason: matching(reason),
    })
    expect(JSON.stringify(outcome)).not.toContain('sesame')
  })

  it('ends in time, and is tried again after 5xx only', async () => {
    const hanging = await bench.serve(() => 'hang')
    expect(await bench.send('webhook', `{url: '${hanging.url}', timeout: 50ms}`)).toMatchObject({
      retry: true,
      failure: 'contextDeadlineExceeded',
    })
    const failing = await bench.serve(({ path }) => ({
      status: Number(path.slice(1, 4)),
      body: `Cannot POST ${path}`,
    }))
    const outcomes = await Promise.all(
      ['400', '429', '500'].map((status) =>
        bench.send('webhook', `{url: '${failing.url}/${status}/sesame'}`, sampleResolved()),
      ),
    )
    expect(outcomes).toMatchObject([{ retry: false }, { retry: false }, { retry: true }])
    expect(outcomes[0]).toMatchObject({
      reason: 'unexpected status code 400: Cannot POST <secret>',
    })
  })

  it.skipIf(!hasOpenssl())('goes over TLS with a login, through a proxy', async () => {
    const authority = createAuthority(bench.folder, 'ca')
    const files = createCertificate(bench.folder, 'hook', authority, 'IP:127.0.0.1')
    const tls = { cert: readFileSync(files.cert), key: readFileSync(files.key) }
    const hook = await bench.serve(undefined, tls)
    const proxy = await startProxy()
    bench.closes(proxy)
    const outcome = await bench.send(
      'webhook',
      `{url: '${hook.url}/hook', http_config: {proxy_url: 'http://${proxy.address}', tls_config: {ca_file: ca.pem},
        basic_auth: {username: u, password: p}}}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    expect(hook.only).toMatchObject({ path: '/hook', headers: { authorization: 'Basic dTpw' } })
    expect(proxy.seen).toEqual([`CONNECT ${hook.url.slice(8)} - -`])
  })
})
