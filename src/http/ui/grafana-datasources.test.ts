import { once } from 'node:events'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { ProvisionedDatasource } from '../../dashboards/datasources.ts'
import { objectOf } from '../../lang/dashboard/json-value.ts'
import { Secret } from '../../yaml/secret.ts'
import { resultOf } from '../prometheus/testing/fake-doors.ts'
import { openGrafanaBench, type GrafanaBench } from './testing/grafana-bench.ts'

interface Seen {
  readonly method: string
  readonly url: string
  readonly headers: IncomingMessage['headers']
  readonly body: string
}

let bench: GrafanaBench
const seen: Seen[] = []
let answer: (response: ServerResponse) => void = ok
const foreign = createServer((request, response) => {
  const chunks: Buffer[] = []
  request.on('data', (chunk: Buffer) => chunks.push(chunk))
  request.on('end', () => {
    const body = Buffer.concat(chunks).toString()
    seen.push({
      method: request.method ?? '',
      url: request.url ?? '',
      headers: request.headers,
      body,
    })
    answer(response)
  })
})

function ok(response: ServerResponse): void {
  response.setHeader('content-type', 'application/json')
  response.setHeader('set-cookie', 'evil=1')
  response.end('{"status":"success","data":{"resultType":"scalar","result":[4,"2"]}}')
}

const source = (
  name: string,
  url: string,
  more: Partial<ProvisionedDatasource> = {},
): ProvisionedDatasource => ({
  ...{ uid: name, name: `The ${name}`, type: 'prometheus', url, isDefault: false, jsonData: {} },
  login: {
    basicAuth: { user: 'u', password: new Secret('swordfish') },
    headers: [{ name: 'X-Scope-OrgID', value: new Secret('tenant') }],
    tls: {
      skipVerify: false,
      ca: undefined,
      cert: undefined,
      key: undefined,
      serverName: undefined,
    },
  },
  ...more,
})

beforeAll(async () => {
  foreign.listen(0, '127.0.0.1')
  await once(foreign, 'listening')
  const address = foreign.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}/base`
  bench = await openGrafanaBench({
    isOwn: (asked) => asked === 'http://prometheus:9090',
    datasources: [
      source('foreign', url),
      source('logs', url, { type: 'loki' }),
      source('mine', 'http://prometheus:9090', { name: 'Prometheus', isDefault: true }),
      source('other', url, { type: 'mysql' }),
      source('gone', 'http://127.0.0.1:1'),
    ],
  })
})
afterEach(() => {
  seen.length = 0
  answer = ok
})
afterAll(async () => {
  await bench.close()
  foreign.close()
})

const get = (path: string, who: 'vi' | 'ada' = 'vi') => bench.ask(who, 'GET', path)
const proxied = (path: string) => get(`/api/datasources/proxy/uid/foreign/${path}`)

describe('sources', () => {
  it('are listed, without secrets', async () => {
    const { list, text } = await get('/api/datasources')
    expect(list.map((each) => [each['uid'], each['isDefault']])).toEqual([
      ...[
        ['foreign', false],
        ['logs', false],
        ['mine', true],
        ['other', false],
        ['gone', false],
      ],
      ...[
        ['loki', false],
        ['tempo', false],
        ['alertmanager', false],
      ],
    ])
    expect(text).not.toContain('swordfish')
    expect(text).not.toContain('tenant')
  })

  it('are found by uid, by the uid of their name, by name and number', async () => {
    const byUid = await get('/api/datasources/uid/mine')
    expect(byUid.body).toMatchObject({
      uid: 'mine',
      name: 'Prometheus',
      readOnly: true,
      basicAuthUser: 'u',
    })
    expect((await get('/api/datasources/uid/PBFA97CFB590B2093')).body['uid']).toBe('mine')
    expect((await get('/api/datasources/name/Prometheus')).body['uid']).toBe('mine')
    expect((await get(`/api/datasources/${String(byUid.body['id'])}`)).body['uid']).toBe('mine')
    expect((await get('/api/datasources/id/Prometheus')).body).toEqual({ id: byUid.body['id'] })
    expect((await get('/api/datasources/uid/nothing')).body).toEqual({
      message: 'Data source not found',
    })
  })

  it('are read only', async () => {
    expect((await bench.ask('ada', 'POST', '/api/datasources', { name: 'x' })).status).toBe(403)
    expect((await bench.ask('ada', 'DELETE', '/api/datasources/uid/mine')).status).toBe(403)
  })

  it('tell their health', async () => {
    expect((await get('/api/datasources/uid/foreign/health')).body['status']).toBe('OK')
    expect((await get('/api/datasources/uid/mine/health')).body['status']).toBe('OK')
    const gone = await get('/api/datasources/uid/gone/health')
    expect([gone.status, gone.body['status']]).toEqual([400, 'ERROR'])
  })
})

describe('the proxy', () => {
  it('asks our own API in the process, as the caller may', async () => {
    const own = await get('/api/datasources/proxy/uid/mine/api/v1/query?query=up&time=5')
    expect([own.status, own.body['status']]).toEqual([200, 'success'])
    expect(bench.world.queries.at(-1)).toMatchObject({ startMs: 5000 })
    const values = await get('/api/datasources/proxy/uid/mine/api/v1/label/job/values')
    expect(values.body['data']).toEqual(['a', 'b'])
    const posted = await bench.ask(
      'vi',
      'POST',
      '/api/datasources/proxy/uid/mine/api/v1/query',
      'query=up&time=7',
      {
        'content-type': 'application/x-www-form-urlencoded',
      },
    )
    expect(posted.status).toBe(200)
    expect(bench.world.queries.at(-1)).toMatchObject({ startMs: 7000 })
    expect(seen).toEqual([])
    const who = await bench.token('dashboards:read')
    const refused = await bench.ask(
      who,
      'GET',
      '/api/datasources/proxy/uid/mine/api/v1/query?query=up',
    )
    expect([refused.status, refused.body['message']]).toEqual([
      403,
      expect.stringContaining('metrics:read'),
    ])
  })

  it('asks a foreign source with its own credentials and nothing of the caller', async () => {
    const { status, headers, body } = await bench.ask(
      'vi',
      'GET',
      '/api/datasources/proxy/uid/foreign/api/v1/query_range?query=a%26b&start=1&evil=1&match[]=x&match[]=y',
      undefined,
      {
        cookie: 'vedette=secret',
        'x-evil': '1',
        'x-forwarded-host': 'evil',
      },
    )
    expect([status, body['status']]).toEqual([200, 'success'])
    expect(headers.get('set-cookie')).toBeNull()
    expect(headers.get('content-security-policy')).toBe('sandbox')
    expect(seen).toHaveLength(1)
    expect(seen[0]?.url).toBe(
      '/base/api/v1/query_range?query=a%26b&start=1&match%5B%5D=x&match%5B%5D=y',
    )
    const sent = seen[0]?.headers ?? {}
    expect(sent.authorization).toBe(`Basic ${Buffer.from('u:swordfish').toString('base64')}`)
    expect(sent['x-scope-orgid']).toBe('tenant')
    expect([sent.cookie, sent['x-evil'], sent['x-forwarded-host']]).toEqual([
      undefined,
      undefined,
      undefined,
    ])
  })

  it('passes a form on', async () => {
    await bench.ask(
      'vi',
      'POST',
      '/api/datasources/proxy/uid/foreign/api/v1/query',
      'query=up&time=1',
      {
        'content-type': 'application/x-www-form-urlencoded',
      },
    )
    expect(seen[0]).toMatchObject({
      method: 'POST',
      url: '/base/api/v1/query',
      body: 'query=up&time=1',
    })
  })

  it.each([
    'api/v1/admin/tsdb/delete_series',
    'api/v1/write',
    '-/reload',
    '-/quit',
    'metrics',
    'api/v1/query/../admin/tsdb/snapshot',
    'api/v1/label/..%2f..%2fadmin/values',
    'api/v1/label/a%5cb/values',
    '%2e%2e/api/v1/query',
    'api/v1/label/a%3fb/values',
    '@evil.example/api/v1/query',
    '/evil.example/api/v1/query',
    '',
  ])('does not pass on %j', async (path) => {
    const { status } = await proxied(path)
    expect([400, 403, 404]).toContain(status)
    expect(
      (await bench.ask('ada', 'POST', `/api/datasources/proxy/uid/foreign/${path}`, {})).status,
    ).not.toBe(200)
    expect(seen).toEqual([])
  })

  it('pushes nothing to a source of logs, and asks none of another type', async () => {
    const logs = '/api/datasources/proxy/uid/logs/loki/api/v1'
    expect((await bench.ask('ada', 'POST', `${logs}/push`, { streams: [] })).status).toBe(403)
    expect((await bench.ask('ada', 'GET', `${logs}/delete`)).status).toBe(403)
    expect((await get('/api/datasources/proxy/uid/other/query')).status).toBe(403)
    expect(seen).toEqual([])
    expect((await get(`${logs}/query?query=%7Ba%3D%22b%22%7D&direction=backward`)).status).toBe(200)
    expect(seen[0]?.url).toContain(
      '/base/loki/api/v1/query?query=%7Ba%3D%22b%22%7D&direction=backward',
    )
  })

  it('asks no URL that the caller names, and follows nobody elsewhere', async () => {
    expect(
      (await get('/api/datasources/proxy/uid/http%3A%2F%2F127.0.0.1%3A1/api/v1/query')).status,
    ).toBe(404)
    answer = (response) =>
      response.writeHead(302, { location: 'http://169.254.169.254/latest' }).end()
    const { status, body } = await proxied('api/v1/query?query=up')
    expect([status, body['message']]).toEqual([502, expect.stringContaining('redirects')])
    expect(seen).toHaveLength(1)
  })

  it('says when a source is not there, without its address', async () => {
    const { status, text } = await get('/api/datasources/proxy/uid/gone/api/v1/query?query=up')
    expect(status).toBe(502)
    expect(text).not.toContain('swordfish')
  })

  it('makes no page of what a source answers', async () => {
    answer = (response) =>
      response.setHeader('content-type', 'text/html').end('<script>alert(1)</script>')
    const { headers } = await proxied('api/v1/query?query=up')
    expect(headers.get('content-type')).toBe('text/plain; charset=utf-8')
    expect(headers.get('x-content-type-options')).toBe('nosniff')
  })
})

describe('/api/ds/query', () => {
  it('answers with frames', async () => {
    bench.world.result = resultOf('matrix', [
      [
        { __name__: 'up', job: 'a' },
        [
          [1000, 1],
          [2000, NaN],
        ],
      ],
    ])
    const { status, body } = await bench.ask('vi', 'POST', '/api/ds/query', {
      queries: [{ refId: 'B', datasource: { uid: 'mine' }, expr: 'up', intervalMs: 1000 }],
      ...{ from: '1000', to: '2000' },
    })
    expect(status).toBe(200)
    expect(objectOf(body['results'])['B']).toMatchObject({
      status: 200,
      frames: [
        {
          schema: {
            refId: 'B',
            fields: [{ type: 'time' }, { type: 'number', labels: { job: 'a' } }],
          },
          data: {
            values: [
              [1000, 2000],
              [1, null],
            ],
          },
        },
      ],
    })
  })

  it('says what it cannot answer', async () => {
    const ask = (query: object) => bench.ask('vi', 'POST', '/api/ds/query', { queries: [query] })
    expect((await ask({ refId: 'A', datasource: { uid: 'nothing' } })).status).toBe(400)
    expect((await ask({ refId: 'A', datasource: { uid: 'other' } })).text).toContain('mysql')
    expect((await bench.ask('vi', 'POST', '/api/ds/query', { queries: [] })).status).toBe(400)
  })
})
