import { once } from 'node:events'
import { createServer } from 'node:http'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { objectOf, objectsOf } from '../../lang/dashboard/json-value.ts'
import { openGrafanaBench, type GrafanaBench } from './testing/grafana-bench.ts'

const ANSWERS: Readonly<Record<string, object>> = {
  '/api/metrics/query_range': {
    series: [
      {
        labels: [{ key: 'resource.service.name', value: { stringValue: 'api' } }],
        promLabels: '{resource.service.name="api"}',
        samples: [{ timestampMs: '1000', value: 2 }, { timestampMs: '2000' }],
      },
    ],
  },
  '/api/search': {
    traces: [
      {
        ...{ traceID: 'ab', rootServiceName: 'api', rootTraceName: 'GET /' },
        ...{ startTimeUnixNano: '1500000000', durationMs: 7 },
      },
    ],
  },
}

let bench: GrafanaBench
const asked: URL[] = []
/** Answers as Tempo does. */
const tempo = createServer((request, response) => {
  const url = new URL(request.url ?? '', 'http://tempo')
  asked.push(url)
  const isRefused = url.searchParams.get('q') === '{ bad }'
  response.statusCode = isRefused ? 400 : 200
  response.end(isRefused ? 'invalid TraceQL query' : JSON.stringify(ANSWERS[url.pathname]))
})

beforeAll(async () => {
  tempo.listen(0, '127.0.0.1')
  await once(tempo, 'listening')
  const address = tempo.address()
  const url = `http://127.0.0.1:${typeof address === 'object' ? (address?.port ?? 0) : 0}`
  const none = { ca: undefined, cert: undefined, key: undefined, serverName: undefined }
  const login = { basicAuth: undefined, headers: [], tls: { skipVerify: false, ...none } }
  bench = await openGrafanaBench({
    datasources: [
      { uid: 't', name: 'Traces', type: 'tempo', url, isDefault: false, jsonData: {}, login },
    ],
  })
})

afterAll(async () => {
  await bench.close()
  tempo.close()
})

async function ask(query: object) {
  const { body } = await bench.ask('vi', 'POST', '/api/ds/query', {
    queries: [{ refId: 'A', datasource: { uid: 't' }, intervalMs: 1000, ...query }],
    ...{ from: '1000', to: '2000' },
  })
  return objectOf(objectOf(body['results'])['A'])
}

describe('/api/ds/query of a source of traces', () => {
  it('answers metrics queries with series', async () => {
    const { frames } = await ask({ queryType: 'traceql', query: '{} | rate() by (name)' })
    expect(objectsOf(frames)).toMatchObject([
      {
        schema: {
          refId: 'A',
          fields: [
            { name: 'time', type: 'time' },
            {
              labels: { 'resource.service.name': 'api' },
              config: { displayNameFromDS: 'api' },
            },
          ],
        },
        data: {
          values: [
            [1000, 2000],
            [2, 0],
          ],
        },
      },
    ])
    const url = asked.at(-1)
    expect(url?.searchParams.get('q')).toBe('{} | rate() by (name)')
    expect(url?.searchParams.get('step')).toBe('1s')
  })

  it('answers searches, written or by the form, with a table of traces', async () => {
    const { frames } = await ask({ queryType: 'traceql', query: '{}', limit: 5 })
    expect(objectsOf(frames)[0]).toMatchObject({
      data: { values: [['ab'], [1500], ['api'], ['GET /'], [7]] },
    })
    expect(asked.at(-1)?.searchParams.get('limit')).toBe('5')
    const filters = [{ tag: 'name', scope: 'intrinsic', operator: '=', value: 'GET /' }]
    await ask({ queryType: 'traceqlSearch', filters })
    expect(asked.at(-1)?.searchParams.get('q')).toBe('{name="GET /"}')
  })

  it('says what the source refuses, and what is not answered here', async () => {
    expect(await ask({ queryType: 'traceql', query: '{ bad }' })).toMatchObject({
      ...{ status: 400, error: 'invalid TraceQL query' },
    })
    const { error } = await ask({ queryType: 'serviceMap' })
    expect(error).toContain('serviceMap')
  })
})
