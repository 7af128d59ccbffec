import { deflateRawSync, gzipSync } from 'node:zlib'
import { compressSync } from 'snappy'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ByteWriter } from '../formats/byte-writer.ts'
import { Problem } from '../model/problem.ts'
import { createLog } from '../self/log.ts'
import { LOKI_VERSION } from '../self/version.ts'
import type { Listener } from './listener.ts'
import { createFakeLoki, FakeLines, NOW_MS } from './loki/testing/fake-loki.ts'
import { createLokiListener } from './loki.ts'

const NOW_NS = BigInt(NOW_MS) * 1_000_000n
const JSON_TYPE = { 'content-type': 'application/json' }

let lines: FakeLines
let listener: Listener
let url = ''

beforeEach(async () => {
  lines = new FakeLines()
  listener = createLokiListener(createFakeLoki(lines), {
    address: { host: '127.0.0.1', port: 0 },
    access: {},
  })
  url = `http://127.0.0.1:${await listener.listen()}`
})
afterEach(() => listener.close())

/** A body as the agents of Loki's JSON form send it: nanoseconds before now, text, structured metadata. */
function body(
  stream: Record<string, string>,
  ...values: readonly (readonly [ageNs: number, line: string, metadata?: object])[]
): string {
  const entries = values.map(([ageNs, ...rest]) => [String(NOW_NS - BigInt(ageNs)), ...rest])
  return JSON.stringify({ streams: [{ stream, values: entries }] })
}

async function push(
  given: string | Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = JSON_TYPE,
  path = '/loki/api/v1/push',
): Promise<[number, string]> {
  const answer = await fetch(url + path, { method: 'POST', headers, body: given })
  return [answer.status, await answer.text()]
}

async function get(path: string, headers: Record<string, string> = {}): Promise<unknown> {
  const answer = await fetch(`${url}/loki/api/v1/${path}`, { headers })
  const text = await answer.text()
  return answer.ok ? JSON.parse(text) : [answer.status, text]
}

const query = (params: Record<string, string>): string =>
  `query_range?${new URLSearchParams(params).toString()}`

describe('a push', () => {
  it('is taken in every encoding', async () => {
    const text = body({ app: 'web' }, [1, 'x'])
    expect(await push(text)).toEqual([204, ''])
    const gzip = { ...JSON_TYPE, 'content-encoding': 'gzip' }
    expect(await push(new Uint8Array(gzipSync(text)), gzip)).toEqual([204, ''])
    const deflate = {
      'content-type': 'application/json; charset=utf-8',
      'content-encoding': 'deflate',
    }
    expect(await push(new Uint8Array(deflateRawSync(text)), deflate)).toEqual([204, ''])
    const legacy = JSON.stringify({
      streams: [
        {
          labels: '{app="web"}',
          entries: [{ ts: new Date(NOW_MS).toISOString(), line: 'y' }],
        },
      ],
    })
    expect(await push(legacy, JSON_TYPE, '/api/prom/push')).toEqual([204, ''])
    expect(lines.batches).toHaveLength(4)
  })

  it('keeps its lines while the next ones come', async () => {
    const long = (letter: string): string => letter.repeat(200_000)
    for (const letter of ['a', 'b', 'c']) {
      expect(await push(body({ app: 'web' }, [1, long(letter)], [2, long(letter)]))).toEqual([
        204,
        '',
      ])
    }
    const stored = lines.batches.map(({ bytes }) => Buffer.from(bytes).toString())
    expect(stored).toEqual([long('aa'), long('bb'), long('cc')])
  })

  it('is taken as snappy protobuf, whatever the header says', async () => {
    const message = (fields: readonly [number, Uint8Array][]): Uint8Array => {
      const out = new ByteWriter()
      for (const [number, bytes] of fields) {
        out.varint((number << 3) | 2)
        out.varint(bytes.length)
        out.bytes(bytes)
      }
      return out.finish().slice()
    }
    const time = new ByteWriter()
    time.varint(8)
    time.varint(NOW_MS / 1000)
    const entry = message([
      [1, time.finish()],
      [2, Buffer.from('a line')],
    ])
    const stream = message([
      [1, Buffer.from('{app="web"}')],
      [2, entry],
    ])
    const packed = new Uint8Array(compressSync(Buffer.from(message([[1, stream]]))))
    const protobuf = { 'content-type': 'application/x-protobuf' }
    expect(await push(packed, protobuf)).toEqual([204, ''])
    expect(await push(packed, { ...protobuf, 'content-encoding': 'snappy' })).toEqual([204, ''])
    expect(lines.batches[0]?.timestampsNs).toEqual(BigInt64Array.of(NOW_NS))
  })

  it('that cannot be read is refused with 400', async () => {
    expect((await push('{'))[0]).toBe(400)
    expect(await push('x', { 'content-type': 'application/x-protobuf' })).toEqual([
      400,
      'snappy: corrupt input',
    ])
    const zstd = { ...JSON_TYPE, 'content-encoding': 'zstd' }
    expect(await push('{}', zstd)).toEqual([400, 'Content-Encoding "zstd" not supported'])
    const [status] = await push('no gzip', { ...JSON_TYPE, 'content-encoding': 'gzip' })
    expect(status).toBe(400)
    const untyped = await fetch(`${url}/loki/api/v1/push`, {
      method: 'POST',
      body: new Uint8Array([1]),
    })
    expect([untyped.status, await untyped.text()]).toEqual([400, 'mime: no media type'])
    const bomb = new Uint8Array(gzipSync(Buffer.alloc(65 * 1024 * 1024)))
    const [bombStatus, bombText] = await push(bomb, { ...JSON_TYPE, 'content-encoding': 'gzip' })
    expect([bombStatus, bombText.slice(0, 22)]).toEqual([413, 'request body too large'])
  })

  it('with bad lines among it is stored but for them, and says which', async () => {
    const [status, text] = await push(
      body({ app: 'web' }, [0, 'good'], [8 * 24 * 3600 * 1e9, 'old'], [1, 'x'.repeat(262_145)]),
    )
    expect(status).toBe(400)
    expect(text).toContain(`entry for stream '{app="web"}' has timestamp too old: `)
    expect(text).toContain("max entry size '262144' bytes exceeded for stream")
    expect(lines.batches[0]?.ends).toEqual(Uint32Array.of(4))
    expect(await push(body({}, [0, 'x']))).toEqual([
      400,
      'error at least one label pair is required per stream\n',
    ])
    expect(await push('{"streams":[]}')).toEqual([
      422,
      'error at least one valid stream is required for ingestion\n',
    ])
  })

  it('that cannot be stored now may be sent again', async () => {
    lines.fault = new Problem('unavailable', 'the store is away')
    const answer = await fetch(`${url}/loki/api/v1/push`, {
      method: 'POST',
      headers: JSON_TYPE,
      body: body({ app: 'web' }, [0, 'x']),
    })
    expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '2'])
  })
})

describe('a query for lines', () => {
  beforeEach(async () => {
    await push(body({ app: 'web' }, [30, 'first <b>'], [20, 'second'], [10, 'third', { id: '7' }]))
    await push(body({ app: 'db' }, [15, 'other']))
  })

  it('answers streams with the newest lines first', async () => {
    expect(await get(query({ query: '{app=~".+"}' }))).toMatchObject({
      status: 'success',
      data: {
        resultType: 'streams',
        result: [
          { stream: { app: 'db' }, values: [[String(NOW_NS - 15n), 'other']] },
          { stream: { app: 'web', id: '7' }, values: [[String(NOW_NS - 10n), 'third']] },
          {
            stream: { app: 'web' },
            values: [
              [String(NOW_NS - 20n), 'second'],
              [String(NOW_NS - 30n), 'first <b>'],
            ],
          },
        ],
        stats: { summary: { totalLinesProcessed: 4, totalEntriesReturned: 4 } },
      },
    })
  })

  it('tells labels apart for those who ask for it', async () => {
    const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' }
    expect(await get(query({ query: '{app="web"}', direction: 'forward' }), headers)).toMatchObject(
      {
        data: {
          encodingFlags: ['categorize-labels'],
          result: [
            {
              stream: { app: 'web' },
              values: [
                [String(NOW_NS - 30n), 'first <b>', {}],
                [String(NOW_NS - 20n), 'second', {}],
                [String(NOW_NS - 10n), 'third', { structuredMetadata: { id: '7' } }],
              ],
            },
          ],
        },
      },
    )
  })

  it('stops at the limit, keeps to times, filters and intervals', async () => {
    const values = async (params: Record<string, string>): Promise<unknown[]> => {
      const answer = await get(query({ query: '{app="web"}', direction: 'forward', ...params }))
      const lists = JSON.stringify(answer).matchAll(/"\d{19}","([^"]*)"/g)
      return Array.from(lists, ([, line]) => line)
    }
    expect(await values({ limit: '2' })).toEqual(['first <b>', 'second'])
    expect(await values({ direction: 'BACKWARD', limit: '1' })).toEqual(['third'])
    expect(await values({ start: String(NOW_NS - 20n), end: String(NOW_NS - 10n) })).toEqual([
      'second',
    ])
    expect(await values({ query: '{app="web"} |= "ir" != `first`' })).toEqual(['third'])
    expect(await values({ query: '{app="web"} |~ "^s.*d$"' })).toEqual(['second'])
    expect(await values({ interval: '0.000000015' })).toEqual(['third', 'first <b>'])
  })

  it('never writes a line as HTML', async () => {
    const answer = await fetch(`${url}/loki/api/v1/${query({ query: '{app="web"}' })}`)
    const text = await answer.text()
    expect(text).toContain('first \\u003cb\\u003e')
    expect(text).not.toContain('<b>')
  })

  it('goes through its pipeline', async () => {
    await push(
      body(
        { app: 'json' },
        [1, '{"level":"warn","took":"120ms","msg":"slow"}', { id: '7' }],
        [2, '{"level":"info","took":"1ms"}'],
      ),
    )
    const pipeline =
      '{app="json"} | json | took > 100ms | line_format "{{.level}}: {{.msg}}" | drop took'
    expect(await get(query({ query: pipeline }))).toMatchObject({
      data: {
        result: [
          {
            stream: { app: 'json', id: '7', level: 'warn', msg: 'slow' },
            values: [[String(NOW_NS - 1n), 'warn: slow']],
          },
        ],
      },
    })
    const headers = { 'x-loki-response-encoding-flags': 'categorize-labels' }
    expect(await get(query({ query: pipeline }), headers)).toMatchObject({
      data: {
        result: [
          {
            stream: { app: 'json' },
            values: [
              [
                String(NOW_NS - 1n),
                'warn: slow',
                { structuredMetadata: { id: '7' }, parsed: { level: 'warn', msg: 'slow' } },
              ],
            ],
          },
        ],
      },
    })
  })

  it('is answered where Grafana asks whether somebody is there', async () => {
    const params = new URLSearchParams({ query: 'vector(1)+vector(1)', time: '4000000000' })
    expect(await get(`query?${params.toString()}`)).toMatchObject({
      data: { resultType: 'vector', result: [{ metric: {}, value: [4_000_000_000, '2'] }] },
    })
  })

  it.each([
    [
      { query: '{app="web"' },
      'parse error at line 1, col 11: syntax error: unexpected $end, expecting } or ,',
    ],
    [
      { query: '{app=~".*"}' },
      'parse error : queries require at least one regexp or equality matcher that does not have an empty-compatible value. For instance, app=~".*" does not meet this requirement, but app=~".+" will',
    ],
    [{ query: '{app="web"}', limit: '0' }, 'limit must be a positive value'],
    [
      { query: '{app="web"}', limit: '5001' },
      'max entries limit per query exceeded, limit > max_entries_limit_per_query (5001 > 5000)',
    ],
    [{ query: '{app="web"}', direction: 'up' }, "invalid direction 'up'"],
    [
      { query: '{app="web"}', start: '2', end: '1' },
      'end timestamp must not be before or equal to start time',
    ],
    [
      { query: '{app="web"}', start: 'x' },
      `could not parse 'start' parameter: strconv.ParseInt: parsing "x": invalid syntax`,
    ],
    [
      { query: '{app="web"}', since: '1x' },
      `could not parse 'since' parameter: not a valid duration string: "1x"`,
    ],
    [
      { query: '{app="web"}', step: '0' },
      'zero or negative query resolution step widths are not accepted. Try a positive integer',
    ],
    [
      { query: '{app="web"}', step: '0.1' },
      'exceeded maximum resolution of 11,000 points per time series. Try increasing the value of the step parameter',
    ],
    [{ query: '{app="web"}', interval: '-1s' }, 'cannot parse "-1s" to a valid duration'],
  ])('is refused in Loki’s words: %j', async (params, message) => {
    expect(await get(query(params))).toEqual([400, message])
  })
})

describe('what is known of streams', () => {
  beforeEach(async () => {
    await push(body({ app: 'web', pod: 'a' }, [30, '12345']))
    await push(body({ app: 'web', pod: 'b' }, [20, '123']))
    await push(body({ app: 'db' }, [10, '1']))
  })

  it('is answered by label, value and series', async () => {
    expect(await get('labels')).toEqual({ status: 'success', data: ['app', 'pod'] })
    expect(await get('label')).toEqual({ status: 'success', data: ['app', 'pod'] })
    const db = encodeURIComponent('{app="db"}')
    expect(await get(`labels?query=${db}`)).toEqual({ status: 'success', data: ['app'] })
    expect(await get('label/pod/values')).toEqual({ status: 'success', data: ['a', 'b'] })
    expect(await get(`label/pod/values?query=${db}`)).toEqual({ status: 'success' })
    expect(await get(`series?match[]=${db}&match=${encodeURIComponent('{pod="a"}')}`)).toEqual({
      status: 'success',
      data: [{ app: 'web', pod: 'a' }, { app: 'db' }],
    })
    expect(await get('series')).toMatchObject({ data: { length: 3 } })
    expect(await get('series?match=%7B%20%7D')).toMatchObject({ data: { length: 3 } })
    expect(await get('detected_labels')).toEqual({
      detectedLabels: [
        { label: 'app', cardinality: 2 },
        { label: 'pod', cardinality: 2 },
      ],
    })
  })

  it('is counted and measured', async () => {
    const web = encodeURIComponent('{app="web"}')
    expect(await get(`index/stats?query=${web}`)).toEqual({
      streams: 2,
      chunks: 2,
      bytes: 8,
      entries: 2,
    })
    const volume = async (params: string): Promise<unknown> => {
      const answer = await get(`index/${params}`)
      return typeof answer === 'object' && answer !== null && 'data' in answer
        ? answer.data
        : answer
    }
    const end = `end=${NOW_NS}&start=${NOW_NS - 60_000_000_000n}`
    expect(await volume(`volume?query=${web}&${end}`)).toMatchObject({
      resultType: 'vector',
      result: [{ metric: { app: 'web' }, value: [NOW_MS / 1000, '8'] }],
    })
    const all = encodeURIComponent('{app=~".+"}')
    expect(await volume(`volume?query=${all}&${end}&targetLabels=app,pod`)).toMatchObject({
      result: [
        { metric: { app: 'web', pod: 'a' }, value: [NOW_MS / 1000, '5'] },
        { metric: { app: 'web', pod: 'b' }, value: [NOW_MS / 1000, '3'] },
        { metric: { app: 'db' }, value: [NOW_MS / 1000, '1'] },
      ],
    })
    expect(
      await volume(`volume?query=${all}&${end}&aggregateBy=labels&targetLabels=pod`),
    ).toMatchObject({
      result: [{ metric: { pod: '' }, value: [NOW_MS / 1000, '8'] }],
    })
    expect(await volume(`volume?query=${all}&${end}&aggregateBy=x`)).toEqual([
      400,
      'invalid aggregation option',
    ])
    expect(await volume(`volume_range?query=${all}&${end}&step=30s`)).toMatchObject({
      resultType: 'matrix',
      result: [
        { metric: { app: 'web' }, values: [[NOW_MS / 1000 - 30, '8']] },
        { metric: { app: 'db' }, values: [[NOW_MS / 1000 - 30, '1']] },
      ],
    })
  })
})

it('warns once of each tenant that it does not tell apart', async () => {
  const told: string[] = []
  const log = createLog({ write: (line) => told.push(line) })
  const other = createLokiListener(createFakeLoki(lines, {}, log), {
    address: { host: '127.0.0.1', port: 0 },
    access: {},
  })
  try {
    url = `http://127.0.0.1:${await other.listen()}`
    for (const name of ['team-a', 'team-b', 'team-a', 'fake']) {
      expect(await get('labels', { 'x-scope-orgid': name })).toEqual({ status: 'success' })
    }
  } finally {
    await other.close()
  }
  expect(told.map((line) => /tenant=(\S+)/.exec(line)?.[1])).toEqual(['team-a', 'team-b'])
})

it('answers what is not about logs as Loki does', async () => {
  const ready = await fetch(`${url}/ready`)
  expect([ready.status, await ready.text()]).toEqual([200, 'ready\n'])
  expect(await get('status/buildinfo')).toMatchObject({ version: LOKI_VERSION })
  expect(await get(`format_query?query=${encodeURIComponent('{a="b"}')}`)).toMatchObject({
    status: 'success',
  })
  const wrong = await fetch(`${url}/loki/api/v1/format_query?query={`)
  expect([wrong.status, await wrong.json()]).toMatchObject([400, { status: 'invalid-query' }])
})
