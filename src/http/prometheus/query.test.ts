import { gunzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { Problem } from '../../model/problem.ts'
import { NOW_MS, resultOf } from './testing/fake-doors.ts'
import { FORM, startFake } from './testing/start-fake.ts'

describe('query', () => {
  it('answers an instant query', async () => {
    const { world, get } = startFake()
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
    const { world, send } = startFake()
    const answer = await send('POST', '/api/v1/query?query=url', FORM, 'query=sum%28up%29+%2B+1')
    expect(answer.statusCode).toBe(200)
    expect(world.queries[0]).toMatchObject({ query: 'sum(up) + 1', startMs: NOW_MS })
  })

  it('answers a range query', async () => {
    const { world, get } = startFake()
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
      const answer = await startFake().get(`/api/v1/${url}`)
      expect(answer.statusCode).toBe(400)
      expect(answer.json()).toEqual({ status: 'error', errorType: 'bad_data', error })
    })
  }

  it('takes exactly 11,000 steps', async () => {
    const { get } = startFake()
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
      const { world, get } = startFake()
      world.result = thrown
      const answer = await get('/api/v1/query?query=up')
      expect(answer.statusCode).toBe(status)
      expect(answer.json()).toEqual({ status: 'error', errorType, error })
    })
  }

  it('warns of an unknown value of stats', async () => {
    const answer = await startFake().get('/api/v1/query?query=up&stats=x')
    expect(answer.payload).toContain('"warnings":["value \\"x\\" for parameter')
  })

  it('compresses large answers for those who accept it', async () => {
    const { world, get } = startFake()
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
