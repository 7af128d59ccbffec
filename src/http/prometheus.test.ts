import { createHash } from 'node:crypto'
import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Problem } from '../model/problem.ts'
import { Labels } from '../model/labels.ts'
import { createPrometheusListener } from './prometheus.ts'
import type { PrometheusDoors, RuleGroupState } from './prometheus/doors.ts'
import {
  createFakeDoors,
  createFakeWorld,
  NOW_MS,
  resultOf,
} from './prometheus/testing/fake-doors.ts'

const ADDRESS = { host: '127.0.0.1', port: 9090 }

function start(change: (doors: PrometheusDoors) => PrometheusDoors = (doors) => doors) {
  const world = createFakeWorld()
  const doors = change(createFakeDoors(world))
  const { app } = createPrometheusListener(doors, { address: ADDRESS, access: {} })
  const get = (url: string, headers: Record<string, string> = {}) =>
    app.inject({ method: 'GET', url, headers: { host: 'localhost:9090', ...headers } })
  const send = (
    method: 'POST' | 'PUT' | 'OPTIONS' | 'DELETE' | 'HEAD',
    url: string,
    headers: Record<string, string> = {},
    payload: string | Buffer = '',
  ) => app.inject({ method, url, headers: { host: 'localhost:9090', ...headers }, payload })
  return { world, app, get, send }
}

const FORM = { 'content-type': 'application/x-www-form-urlencoded' }

describe('query', () => {
  it('answers an instant query', async () => {
    const { world, get } = start()
    const answer = await get('/api/v1/query?query=up&time=12.5&timeout=5s&lookback_delta=1m')
    expect(answer.statusCode).toBe(200)
    expect(answer.headers['content-type']).toBe('application/json')
    expect(answer.json()).toEqual({
      status: 'success',
      data: {
        resultType: 'vector',
        result: [{ metric: { __name__: 'up', job: 'a' }, value: [NOW_MS / 1000, '1'] }],
      },
    })
    expect(world.queries[0]).toMatchObject({
      query: 'up',
      startMs: 12_500,
      endMs: 12_500,
      stepMs: 0,
      timeoutMs: 5000,
      lookbackMs: 60_000,
    })
  })

  it('takes the time of the server, and forms', async () => {
    const { world, send } = start()
    const answer = await send('POST', '/api/v1/query?query=url', FORM, 'query=sum%28up%29+%2B+1')
    expect(answer.statusCode).toBe(200)
    expect(world.queries[0]).toMatchObject({ query: 'sum(up) + 1', startMs: NOW_MS })
  })

  it('answers a range query', async () => {
    const { world, get } = start()
    world.result = resultOf('matrix', [
      [
        { job: 'a' },
        [
          [0, 1],
          [15_000, 2],
        ],
      ],
    ])
    const answer = await get(
      '/api/v1/query_range?query=up&start=0&end=30&step=15s&stats=all&limit=1',
    )
    expect(answer.json()).toMatchObject({
      data: {
        resultType: 'matrix',
        result: [
          {
            metric: { job: 'a' },
            values: [
              [0, '1'],
              [15, '2'],
            ],
          },
        ],
        stats: { samples: { peakSamples: 5 } },
      },
    })
    expect(world.queries[0]).toMatchObject({ startMs: 0, endMs: 30_000, stepMs: 15_000 })
  })

  const wrong: readonly (readonly [string, string])[] = [
    [
      'query?query=up&time=x',
      'invalid parameter "time": invalid time value for \'time\': cannot parse "x" to a valid timestamp',
    ],
    [
      'query?query=up&timeout=x',
      'invalid parameter "timeout": cannot parse "x" to a valid duration',
    ],
    ['query?query=up&limit=-1', 'invalid parameter "limit": limit must be non-negative'],
    [
      'query?query=up&lookback_delta=x',
      'error parsing lookback delta duration: cannot parse "x" to a valid duration',
    ],
    [
      'query_range?query=up&end=2&step=1',
      'invalid parameter "start": cannot parse "" to a valid timestamp',
    ],
    [
      'query_range?query=up&start=1&end=2',
      'invalid parameter "step": cannot parse "" to a valid duration',
    ],
    [
      'query_range?query=up&start=2&end=1&step=1',
      'invalid parameter "end": end timestamp must not be before start time',
    ],
    [
      'query_range?query=up&start=1&end=2&step=0',
      'invalid parameter "step": zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      'query_range?query=up&start=0&end=11001&step=1',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    ],
  ]
  for (const [url, error] of wrong) {
    it(`refuses ${url}`, async () => {
      const answer = await start().get(`/api/v1/${url}`)
      expect(answer.statusCode).toBe(400)
      expect(answer.json()).toEqual({ status: 'error', errorType: 'bad_data', error })
    })
  }

  it('takes exactly 11,000 steps', async () => {
    const { get } = start()
    const answer = await get('/api/v1/query_range?query=up&start=0&end=11000&step=1')
    expect(answer.statusCode).toBe(200)
  })

  const failures: readonly (readonly [Problem | Error, number, string, string])[] = [
    [
      new Problem('bad_data', '1:5: parse error: x'),
      400,
      'bad_data',
      'invalid parameter "query": 1:5: parse error: x',
    ],
    [new Problem('execution', 'many-to-many'), 422, 'execution', 'many-to-many'],
    [new Problem('limit', 'too many samples'), 422, 'execution', 'too many samples'],
    [
      new Problem('timeout', 'query timed out in expression evaluation'),
      503,
      'timeout',
      'query timed out in expression evaluation',
    ],
    [new Problem('canceled', 'query was canceled'), 499, 'canceled', 'query was canceled'],
    [new Problem('unavailable', 'the store is away'), 503, 'unavailable', 'the store is away'],
    [new Error('bug'), 500, 'internal', 'bug'],
  ]
  for (const [thrown, status, errorType, error] of failures) {
    it(`answers ${status} to ${error}`, async () => {
      const { world, get } = start()
      world.result = thrown
      const answer = await get('/api/v1/query?query=up')
      expect(answer.statusCode).toBe(status)
      expect(answer.json()).toEqual({ status: 'error', errorType, error })
    })
  }

  it('warns of an unknown value of stats', async () => {
    const answer = await start().get('/api/v1/query?query=up&stats=x')
    expect(answer.json()).toMatchObject({ warnings: [expect.stringContaining('"x"')] })
  })

  it('compresses large answers for those who accept it', async () => {
    const { world, get } = start()
    const points = Array.from({ length: 20_000 }, (_, i) => [i * 1000, i] as const)
    for (const length of [100, 20_000]) {
      world.result = resultOf('matrix', [[{ job: 'a' }, points.slice(0, length)]])
      const plain = await get('/api/v1/query?query=up')
      const packed = await get('/api/v1/query?query=up', { 'accept-encoding': 'br, gzip;q=0.5' })
      expect(plain.headers['content-encoding']).toBeUndefined()
      expect(packed.headers['content-encoding']).toBe('gzip')
      expect(packed.headers['vary']).toBe('Accept-Encoding')
      expect(gunzipSync(packed.rawPayload).toString()).toBe(plain.payload)
    }
    const refused = await get('/api/v1/query?query=up', { 'accept-encoding': 'gzip;q=0' })
    expect(refused.headers['content-encoding']).toBeUndefined()
  })
})

describe('expressions', () => {
  it('are formatted and parsed', async () => {
    const { get } = start()
    const formatted = await get('/api/v1/format_query?query=sum+by%28x%29%28up%29')
    expect(formatted.json()).toEqual({ status: 'success', data: 'sum by (x) (up)' })
    const parsed = await get('/api/v1/parse_query?query=1')
    expect(parsed.json()).toEqual({ status: 'success', data: { type: 'numberLiteral', val: '1' } })
    const bad = await get('/api/v1/parse_query?query=up%7B')
    expect(bad.statusCode).toBe(400)
    expect(bad.json()).toMatchObject({
      error: expect.stringMatching(/^invalid parameter "query": 1:4: parse error: /),
    })
  })
})

describe('metadata', () => {
  it('lists label names and values', async () => {
    const { world, get, send } = start()
    expect((await get('/api/v1/labels')).json()).toEqual({
      status: 'success',
      data: ['__name__', 'instance', 'job'],
    })
    const limited = await send(
      'POST',
      '/api/v1/labels',
      FORM,
      'match[]=up{job="a"}&limit=2&start=1',
    )
    expect(limited.json()).toEqual({
      status: 'success',
      data: ['__name__', 'instance'],
      warnings: ['results truncated due to limit'],
    })
    expect(world.nameQueries[1]).toMatchObject({ limit: 2, startMs: 1000 })
    expect((await get('/api/v1/label/job/values')).json()).toMatchObject({ data: ['a', 'b'] })
    expect((await get('/api/v1/label/none/values')).json()).toMatchObject({ data: [] })
  })

  it('knows escaped label names', async () => {
    const { world, get } = start()
    world.series.push(Labels.from({ 'a.b': '1', x_y: '2' }))
    expect((await get('/api/v1/label/U__a_2e_b/values')).json()).toMatchObject({ data: ['1'] })
    expect((await get('/api/v1/label/U__x__y/values')).json()).toMatchObject({ data: ['2'] })
    expect((await get('/api/v1/label/a.b/values')).json()).toMatchObject({ data: ['1'] })
    const bad = await get('/api/v1/label/U__/values')
    expect(bad.json()).toMatchObject({ errorType: 'bad_data', error: 'invalid label name: ""' })
  })

  it('lists series', async () => {
    const { get } = start()
    const found = await get('/api/v1/series?match[]=up{job="a"}&match[]={job="b"}&limit=2')
    expect(found.json()).toEqual({
      status: 'success',
      data: [
        { __name__: 'up', instance: 'x:1', job: 'a' },
        { __name__: 'up', instance: 'y:1', job: 'b' },
      ],
      warnings: ['results truncated due to limit'],
    })
    expect((await get('/api/v1/series')).json()).toMatchObject({
      error: 'no match[] parameter provided',
    })
    expect((await get('/api/v1/series?match[]={}')).json()).toMatchObject({
      error: expect.stringMatching(/^invalid parameter "match\[\]": /),
    })
    expect((await get('/api/v1/labels?match[]={x=""}')).json()).toMatchObject({
      error: 'match[] must contain at least one non-empty matcher',
    })
  })

  it('shows what metrics mean', async () => {
    const { get } = start()
    const up = [{ type: 'gauge', help: 'Up?', unit: '' }]
    expect((await get('/api/v1/metadata')).json()).toMatchObject({ data: { up } })
    expect((await get('/api/v1/metadata?metric=none')).json()).toMatchObject({ data: {} })
    expect((await get('/api/v1/metadata?limit=x')).json()).toMatchObject({
      error: 'limit must be a number',
    })
    const target = { instance: 'localhost:9100', job: 'node' }
    expect((await get('/api/v1/targets/metadata?metric=b')).json()).toMatchObject({
      data: [{ target, type: 'gauge', help: 'B', unit: 'bytes' }],
    })
    expect((await get('/api/v1/targets/metadata?match_target={job="x"}')).json()).toMatchObject({
      data: [],
    })
  })

  it('lists exemplars by series', async () => {
    const { world, get } = start()
    const series = Labels.from({ __name__: 'h', le: '1' })
    const labels = Labels.from({ trace_id: 'x' })
    world.exemplars.push({ series, labels, value: 0.5, timestampMs: 1500 })
    const found = await get('/api/v1/query_exemplars?query=rate(h[5m])+%2B+h&start=0&end=10')
    expect(found.json()).toEqual({
      status: 'success',
      data: [
        {
          seriesLabels: { __name__: 'h', le: '1' },
          exemplars: [{ labels: { trace_id: 'x' }, value: '0.5', timestamp: 1.5 }],
        },
      ],
    })
    expect((await get('/api/v1/query_exemplars?query=1')).statusCode).toBe(204)
  })
})

describe('targets', () => {
  it('are listed with what their last scrape said', async () => {
    const { get } = start()
    const { data } = (await get('/api/v1/targets')).json()
    expect(data.activeTargets[0]).toEqual({
      discoveredLabels: { __address__: 'localhost:9100', job: 'node' },
      labels: { instance: 'localhost:9100', job: 'node' },
      scrapePool: 'node',
      scrapeUrl: 'http://localhost:9100/metrics',
      globalUrl: 'http://mon.example.org:9100/metrics',
      lastError: '',
      lastScrape: '2023-11-14T22:13:20.000Z',
      lastScrapeDuration: 0.0125,
      health: 'up',
      scrapeInterval: '15s',
      scrapeTimeout: '10s',
    })
    expect(data.activeTargets[1]).toMatchObject({
      globalUrl: 'http://10.0.0.1:80/metrics',
      lastScrape: '0001-01-01T00:00:00Z',
      health: 'unknown',
      scrapeInterval: '1m',
    })
    expect(data.droppedTargets).toHaveLength(1)
    expect(data.droppedTargetCounts).toEqual({ node: 1 })
  })

  it('are filtered by state and pool', async () => {
    const { get } = start()
    const active = (await get('/api/v1/targets?state=active&scrapePool=node')).json()
    expect(active.data.activeTargets).toHaveLength(1)
    expect(active.data).toMatchObject({ droppedTargets: [], droppedTargetCounts: null })
    const dropped = (await get('/api/v1/targets?state=Dropped')).json()
    expect(dropped.data).toMatchObject({ activeTargets: [], droppedTargetCounts: { node: 1 } })
  })

  it('have pools, rules and alertmanagers', async () => {
    const { get } = start()
    expect((await get('/api/v1/scrape_pools')).json()).toMatchObject({
      data: { scrapePools: ['node', 'other'] },
    })
    expect((await get('/api/v1/scrape_pools/config?scrapePool=node')).json()).toMatchObject({
      data: { yaml: 'job_name: node\n' },
    })
    const steps = await get('/api/v1/targets/relabel_steps?scrapePool=node&labels={"a":"b"}')
    expect(steps.json()).toMatchObject({ data: { steps: [{ output: { a: 'b' }, keep: true }] } })
    for (const query of [
      '',
      'scrapePool=x&labels={}',
      'scrapePool=node&labels=[',
      'scrapePool=node&labels={"a":1}',
    ]) {
      expect((await get(`/api/v1/targets/relabel_steps?${query}`)).statusCode).toBe(400)
    }
    expect((await get('/api/v1/alertmanagers')).json()).toMatchObject({
      data: {
        activeAlertmanagers: [{ url: 'http://127.0.0.1:9093/api/v2/alerts' }],
        droppedAlertmanagers: [],
      },
    })
  })
})

describe('status', () => {
  it('has build info that Grafana takes for Prometheus', async () => {
    const { data } = (await start().get('/api/v1/status/buildinfo')).json()
    expect(data).toMatchObject({ version: '3.5.0' })
    expect(data).not.toHaveProperty('features')
  })

  it('shows configuration, flags and the rest', async () => {
    const { get } = start()
    const data = async (path: string): Promise<unknown> =>
      (await get(`/api/v1/${path}`)).json().data
    expect(await data('status/config')).toEqual({ yaml: 'global:\n  scrape_interval: 15s\n' })
    expect(await data('status/flags')).toEqual({ 'web.enable-lifecycle': 'true' })
    expect(await data('status/runtimeinfo')).toMatchObject({ storageRetention: '15d' })
    expect(await data('status/tsdb')).toMatchObject({ headStats: { numSeries: 10 } })
    expect(await data('status/tsdb?limit=3')).toMatchObject({ headStats: { numSeries: 3 } })
    expect(await data('status/walreplay')).toEqual({ min: 0, max: 0, current: 0 })
    expect(await data('features')).toMatchObject({
      promql: { subqueries: true },
      api: { admin: true },
    })
    expect(await data('notifications')).toEqual([])
    for (const limit of ['0', 'x', '10001']) {
      expect((await get(`/api/v1/status/tsdb?limit=${limit}`)).statusCode).toBe(400)
    }
  })
})

describe('rules', () => {
  const group = (name: string, file: string): RuleGroupState => ({
    name,
    file,
    intervalMs: 15_000,
    limit: 0,
    evaluationMs: 2,
    lastEvaluationMs: NOW_MS,
    rules: [
      {
        type: 'recording',
        name: 'r',
        query: 'sum(up)',
        labels: Labels.from({ team: 'a' }),
        health: 'ok',
        lastError: '',
        evaluationMs: 1,
        lastEvaluationMs: NOW_MS,
      },
      {
        type: 'alerting',
        name: 'Down',
        query: 'up == 0',
        labels: Labels.from({ severity: 'page' }),
        annotations: Labels.from({ summary: 's' }),
        health: 'err',
        lastError: 'no',
        evaluationMs: 1,
        lastEvaluationMs: undefined,
        state: 'firing',
        forMs: 60_000,
        keepFiringForMs: 0,
        alerts: [
          {
            labels: Labels.from({ alertname: 'Down' }),
            annotations: Labels.EMPTY,
            state: 'firing',
            activeAtMs: NOW_MS,
            keepFiringSinceMs: undefined,
            value: 1,
          },
        ],
      },
    ],
  })
  const groups = [group('g1', 'a.yml'), group('g2', 'a.yml'), group('g1', 'b.yml')]
  const startWithRules = () => start((doors) => ({ ...doors, rules: { groups: () => groups } }))

  it('are empty lists without any', async () => {
    const { get } = start()
    expect((await get('/api/v1/rules')).json()).toEqual({ status: 'success', data: { groups: [] } })
    expect((await get('/api/v1/alerts')).json()).toEqual({
      status: 'success',
      data: { alerts: [] },
    })
  })

  it('are shown with their alerts', async () => {
    const { get } = startWithRules()
    const { data } = (await get('/api/v1/rules')).json()
    expect(data.groups).toHaveLength(3)
    expect(data.groups[0].rules[1]).toMatchObject({
      type: 'alerting',
      duration: 60,
      lastError: 'no',
      lastEvaluation: '0001-01-01T00:00:00Z',
      alerts: [{ value: '1e+00', state: 'firing', activeAt: '2023-11-14T22:13:20.000Z' }],
    })
    expect((await get('/api/v1/alerts')).json().data.alerts).toHaveLength(3)
  })

  it('are filtered', async () => {
    const { get } = startWithRules()
    const shown = async (query: string): Promise<string[]> => {
      const { data } = (await get(`/api/v1/rules?${query}`)).json()
      return data.groups.map((g: { file: string; name: string; rules: { name: string }[] }) =>
        [g.file, g.name, ...g.rules.map((rule) => rule.name)].join(' '),
      )
    }
    expect(await shown('type=alert&file[]=b.yml')).toEqual(['b.yml g1 Down'])
    expect(await shown('rule_name[]=r&rule_group[]=g2')).toEqual(['a.yml g2 r'])
    expect(await shown('match[]={team="a"}&rule_group[]=g2')).toEqual(['a.yml g2 r'])
    expect(await shown('rule_name[]=none')).toEqual([])
    const { data } = (await get('/api/v1/rules?exclude_alerts=true')).json()
    expect(data.groups[0].rules[1].alerts).toBeNull()
  })

  it('come in pages', async () => {
    const { get } = startWithRules()
    const first = (await get('/api/v1/rules?group_limit=2')).json().data
    const token = createHash('sha256').update('b.yml;g1').digest('hex')
    expect(first).toMatchObject({ groups: [{}, {}], groupNextToken: token })
    const next = (await get(`/api/v1/rules?group_limit=2&group_next_token=${token}`)).json().data
    expect(next).toMatchObject({ groups: [{ file: 'b.yml' }] })
    expect(next).not.toHaveProperty('groupNextToken')
    for (const query of [
      'group_next_token=x',
      'group_limit=0',
      'group_limit=x',
      'group_limit=1&group_next_token=x',
      'type=x',
      'exclude_alerts=x',
    ]) {
      expect((await get(`/api/v1/rules?${query}`)).statusCode).toBe(400)
    }
  })
})

describe('admin', () => {
  it('is refused unless it is switched on', async () => {
    const { send } = start(({ admin: _admin, ...doors }) => doors)
    for (const path of ['delete_series?match[]=up', 'clean_tombstones', 'snapshot']) {
      const answer = await send('POST', `/api/v1/admin/tsdb/${path}`)
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toMatchObject({
        errorType: 'unavailable',
        error: 'admin APIs disabled',
      })
    }
  })

  it('deletes', async () => {
    const { world, send } = start()
    const answer = await send(
      'PUT',
      '/api/v1/admin/tsdb/delete_series?match[]=up&match[]=down&end=5',
    )
    expect(answer.statusCode).toBe(204)
    expect(world.deletions[0]?.selectors).toHaveLength(2)
    expect(world.deletions[0]?.endMs).toBe(5000)
    expect((await send('POST', '/api/v1/admin/tsdb/delete_series')).statusCode).toBe(400)
    expect((await send('POST', '/api/v1/admin/tsdb/clean_tombstones')).statusCode).toBe(204)
    expect((await send('POST', '/api/v1/admin/tsdb/snapshot')).statusCode).toBe(422)
  })
})

describe('lifecycle', () => {
  it('is refused unless it is switched on', async () => {
    const { send, get } = start(({ lifecycle: _lifecycle, ...doors }) => doors)
    for (const path of ['/-/reload', '/-/quit']) {
      const answer = await send('POST', path)
      expect([answer.statusCode, answer.payload]).toEqual([403, 'Lifecycle API is not enabled.'])
      expect((await get(path)).statusCode).toBe(405)
    }
  })

  it('reloads and quits', async () => {
    const { world, send } = start()
    expect((await send('POST', '/-/reload')).statusCode).toBe(200)
    world.reloadFaults = ['prometheus.yml:1:1: no']
    const failed = await send('PUT', '/-/reload')
    expect([failed.statusCode, failed.payload]).toEqual([
      500,
      'failed to reload config: prometheus.yml:1:1: no\n',
    ])
    expect((await send('POST', '/-/quit')).payload).toBe('Requesting termination... Goodbye!')
    expect(world.quits).toBe(1)
  })

  it('tells health and readiness', async () => {
    const { world, get, send } = start()
    expect((await get('/-/healthy')).payload).toBe('Prometheus Server is Healthy.\n')
    expect((await get('/-/ready')).statusCode).toBe(200)
    world.isReady = false
    const answer = await get('/-/ready')
    expect([answer.statusCode, answer.payload]).toEqual([503, 'Service Unavailable: store away\n'])
    expect((await send('HEAD', '/-/ready')).statusCode).toBe(503)
    expect((await get('/-/healthy')).statusCode).toBe(200)
  })
})

describe('the rest', () => {
  it('counts requests under the names of the original', async () => {
    const { get } = start()
    await get('/api/v1/query?query=up')
    await get('/api/v1/label/job/values')
    const metrics = await get('/metrics')
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const name of [
      'prometheus_http_requests_total',
      'prometheus_http_request_duration_seconds',
      'prometheus_build_info',
      'prometheus_ready',
    ]) {
      expect(metrics.payload).toContain(name)
    }
  })

  it('says what it does not have', async () => {
    const { get, send } = start()
    const read = await send('POST', '/api/v1/read')
    expect([read.statusCode, read.payload]).toEqual([
      404,
      'remote read is not supported by this server yet\n',
    ])
    expect((await get('/federate?match[]=up')).statusCode).toBe(404)
    expect((await send('POST', '/api/v1/otlp/v1/metrics')).statusCode).toBe(404)
    expect((await get('/api/v1/search/metric_names')).json()).toMatchObject({
      error: 'search API disabled',
    })
  })

  it('tells unknown paths from wrong methods', async () => {
    const { get, send } = start()
    expect((await get('/api/v1/nothing')).statusCode).toBe(404)
    expect((await get('/nothing')).payload).toBe('404 page not found\n')
    const wrong = await send('DELETE', '/api/v1/query')
    expect([wrong.statusCode, wrong.headers['allow']]).toEqual([405, 'GET, HEAD, POST'])
    expect((await get('/api/v1/write')).statusCode).toBe(405)
    expect((await send('OPTIONS', '/api/v1/query')).statusCode).toBe(204)
  })

  it('shows a page without script where the original has its interface', async () => {
    const { get } = start()
    for (const path of ['/', '/graph?g0.expr=up', '/targets', '/alerts', '/rules']) {
      const page = await get(path)
      expect(page.statusCode).toBe(200)
      expect(page.headers['content-security-policy']).toContain("default-src 'none'")
      expect(page.payload).not.toContain('<script')
    }
  })

  it('refuses foreign hosts and pages everywhere', async () => {
    const { get, send } = start()
    for (const path of ['/api/v1/query?query=up', '/metrics', '/-/healthy', '/', '/nothing']) {
      expect((await get(path, { host: 'evil.example.com' })).statusCode).toBe(403)
    }
    const pushed = await send(
      'POST',
      '/api/v1/query',
      { ...FORM, origin: 'https://evil.example.com' },
      'query=up',
    )
    expect(pushed.statusCode).toBe(403)
    expect(pushed.payload).toContain('https://evil.example.com')
  })
})
