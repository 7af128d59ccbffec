import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startServer, type Server } from './server.ts'

/*
 * What Grafana's data source of type Loki (10 to 12), its Explore and Logs Drilldown ask, in their order and with their parameters.
 */

const NS_PER_MS = 1_000_000n
const LINES = 60
const PARSED = { 'x-loki-response-encoding-flags': 'categorize-labels' }

let server: Server
let nowMs = 0

interface Entry {
  readonly labels: Readonly<Record<string, string>>
  readonly ns: bigint
  readonly line: string
  readonly more: unknown
}

beforeAll(async () => {
  server = await startServer({ listeners: ['loki'] })
  nowMs = Date.now()
  const streams = ['web', 'api'].map((app) => ({
    stream: { app, env: 'prod', service_name: app },
    values: Array.from({ length: LINES }, (_, i) => {
      const level = i % 10 === 0 ? 'error' : 'info'
      const line =
        app === 'web'
          ? JSON.stringify({ level, msg: `request ${i} took ${i}ms`, user: { id: String(i % 3) } })
          : `level=${level} msg="job ${i} done" size=${i}kB`
      return [String(nsAt(i)), line, { trace_id: `t${i % 5}` }]
    }),
  }))
  const answer = await fetch(`${server.url('loki')}/loki/api/v1/push`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ streams }),
  })
  if (answer.status !== 204) throw new Error(`the push was refused: ${await answer.text()}`)
})

afterAll(async () => {
  await server.stop()
  await server.dispose()
})

/** One line a second, the last of them a second ago. */
function nsAt(i: number): bigint {
  return BigInt(nowMs - (LINES - i) * 1000) * NS_PER_MS
}

const rangeMs = (): { start: string; end: string } => ({
  start: String(BigInt(nowMs - 3_600_000) * NS_PER_MS),
  end: String(BigInt(nowMs) * NS_PER_MS),
})

async function ask(
  path: string,
  params: Readonly<Record<string, string>> = {},
  headers: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> {
  const search = new URLSearchParams(params).toString()
  const answer = await fetch(`${server.url('loki')}${path}?${search}`, { headers })
  const text = await answer.text()
  expect([path, answer.status, answer.ok ? '' : text]).toEqual([path, 200, ''])
  return asRecord(JSON.parse(text))
}

function asRecord(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {}
}

function asList(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}

/** The lines of an answer. */
function entriesOf(answer: Record<string, unknown>): Entry[] {
  const { result } = asRecord(answer['data'])
  return asList(result).flatMap((item) => {
    const { stream, values } = asRecord(item)
    const labels = Object.fromEntries(
      Object.entries(asRecord(stream)).map(([name, value]) => [name, String(value)]),
    )
    return asList(values).map((value) => {
      const [ns, line, more] = asList(value)
      return { labels, ns: BigInt(String(ns)), line: String(line), more }
    })
  })
}

const queryRange = (
  query: string,
  params: Readonly<Record<string, string>> = {},
): Promise<Record<string, unknown>> =>
  ask(
    '/loki/api/v1/query_range',
    { direction: 'backward', limit: '1000', query, step: '15000ms', ...rangeMs(), ...params },
    PARSED,
  )

describe('the data source', () => {
  it('is saved and tested', async () => {
    const answer = await ask('/loki/api/v1/query', {
      ...{ direction: 'backward', query: 'vector(1)+vector(1)', time: '4000000000' },
    })
    expect(asRecord(answer['data'])).toMatchObject({
      resultType: 'vector',
      result: [{ metric: {}, value: [4_000_000_000, '2'] }],
    })
  })

  it('knows its version and its limits', async () => {
    const { version } = await ask('/loki/api/v1/status/buildinfo')
    expect(version).toMatch(/^\d+\.\d+/)
    expect(await ask('/loki/api/v1/drilldown-limits')).toMatchObject({
      limits: {
        max_entries_limit_per_query: 5000,
        max_query_length: '30d1h',
        query_timeout: '1m',
        retention_period: '30d',
        volume_enabled: true,
      },
      pattern_ingester_enabled: true,
    })
  })
})

describe('explore', () => {
  it('builds a query from labels, values and series', async () => {
    const labels = await ask('/loki/api/v1/labels', rangeMs())
    expect(labels).toEqual({ status: 'success', data: ['app', 'env', 'service_name'] })
    const ofEnv = { ...rangeMs(), query: '{env="prod"}' }
    expect(await ask('/loki/api/v1/label/app/values', ofEnv)).toEqual({
      ...{ status: 'success', data: ['api', 'web'] },
    })
    const series = await ask('/loki/api/v1/series', { ...rangeMs(), 'match[]': '{app="web"}' })
    expect(series['data']).toEqual([{ app: 'web', env: 'prod', service_name: 'web' }])
    expect(await ask('/loki/api/v1/detected_labels', rangeMs())).toMatchObject({
      detectedLabels: [{ label: 'app', cardinality: 2 }, {}, {}],
    })
  })

  it('says how much a query will read', async () => {
    expect(
      await ask('/loki/api/v1/index/stats', { ...rangeMs(), query: '{app="web"}' }),
    ).toMatchObject({ streams: 1, entries: LINES })
  })

  it('shows lines with their labels told apart, and the figures of the query', async () => {
    const answer = await queryRange('{app="web"} | json', { limit: '5' })
    const data = asRecord(answer['data'])
    expect(data).toMatchObject({
      resultType: 'streams',
      encodingFlags: ['categorize-labels'],
      stats: {
        summary: { totalEntriesReturned: 5 },
        querier: { store: { chunk: {} } },
        ingester: { store: { chunk: {} } },
      },
    })
    const entries = entriesOf(answer)
    expect(entries).toHaveLength(5)
    expect(entries[0]).toMatchObject({
      labels: { app: 'web', env: 'prod', service_name: 'web' },
      ns: nsAt(LINES - 1),
      more: {
        structuredMetadata: { trace_id: 't4' },
        parsed: { level: 'info', msg: 'request 59 took 59ms', user_id: '2' },
      },
    })
  })

  it('draws the volume of logs by level', async () => {
    const answer = await queryRange(
      'sum by (level, detected_level) (count_over_time({app="web"} | json | drop __error__[15s]))',
    )
    const data = asRecord(answer['data'])
    expect(data['resultType']).toBe('matrix')
    const byLevel = asList(data['result']).map((item) => {
      const { metric, values } = asRecord(item)
      const counts = asList(values).map((point) => Number(asList(point)[1]))
      return [asRecord(metric)['level'], counts.reduce((sum, count) => sum + count, 0)]
    })
    expect(byLevel).toEqual(
      expect.arrayContaining([
        ['error', LINES / 10],
        ['info', LINES - LINES / 10],
      ]),
    )
  })

  it('shows what stood around a line', async () => {
    const at = nsAt(30)
    const before = entriesOf(
      await queryRange('{app="web"}', {
        ...{ direction: 'backward', limit: '10', end: String(at + 1n) },
        start: String(at - 7_200_000_000_000n),
      }),
    )
    const after = entriesOf(
      await queryRange('{app="web"}', {
        ...{ direction: 'forward', limit: '10', start: String(at) },
        end: String(at + 7_200_000_000_000n),
      }),
    )
    expect(before.map(({ ns }) => ns)).toEqual(Array.from({ length: 10 }, (_, i) => nsAt(30 - i)))
    expect(after.map(({ ns }) => ns)).toEqual(Array.from({ length: 10 }, (_, i) => nsAt(30 + i)))
  })

  it('prettifies a query', async () => {
    const query = '{app="web"}|="x"|json'
    const answer = await ask('/loki/api/v1/format_query', { query })
    expect(answer).toMatchObject({ status: 'success' })
    expect(String(answer['data']).replaceAll(/\s+/g, ' ')).toBe('{app="web"} |= "x" | json')
  })
})

describe('logs drilldown', () => {
  it('lists services by their volume', async () => {
    const answer = await ask('/loki/api/v1/index/volume', {
      ...{ ...rangeMs(), query: '{service_name=~".+"}', targetLabels: 'service_name' },
      ...{ aggregateBy: 'series', limit: '5000' },
    })
    const names = asList(asRecord(answer['data'])['result']).map(
      (item) => asRecord(asRecord(item)['metric'])['service_name'],
    )
    expect(new Set(names)).toEqual(new Set(['api', 'web']))
    const overTime = await ask('/loki/api/v1/index/volume_range', {
      ...{ ...rangeMs(), query: '{service_name="web"}', targetLabels: 'env', step: '60s' },
    })
    expect(asRecord(overTime['data'])).toMatchObject({
      resultType: 'matrix',
      result: [{ metric: { env: 'prod' } }],
    })
  })

  it('lists the fields of lines, and the values of one', async () => {
    const answer = await ask('/loki/api/v1/detected_fields', {
      ...{ ...rangeMs(), query: '{app="web"}', line_limit: '1000', limit: '1000' },
    })
    expect(answer['fields']).toEqual(
      expect.arrayContaining([
        {
          ...{ label: 'user_id', type: 'int', cardinality: 3, parsers: ['json'] },
          jsonPath: ['user', 'id'],
        },
        { label: 'trace_id', type: 'string', cardinality: 5, parsers: null },
      ]),
    )
    const values = await ask('/loki/api/v1/detected_field/level/values', {
      ...{ ...rangeMs(), query: '{app="api"}', line_limit: '1000' },
    })
    expect(new Set(asList(values['values']))).toEqual(new Set(['error', 'info']))
  })

  it('shows patterns, which find their lines again', async () => {
    const answer = await ask('/loki/api/v1/patterns', {
      ...rangeMs(),
      query: '{app="api"}',
      step: '10s',
    })
    expect(answer['status']).toBe('success')
    const patterns = asList(answer['data']).map((item) => {
      const { pattern, level, samples } = asRecord(item)
      const counts = asList(samples).map((sample) => Number(asList(sample)[1]))
      return { pattern: String(pattern), level, lines: counts.reduce((a, b) => a + b, 0) }
    })
    expect(patterns).toEqual([
      ...[{ pattern: 'level=info msg="job <_> done" size=<_>', level: 'info', lines: 54 }],
      ...[{ pattern: 'level=error msg="job <_> done" size=<_>', level: 'error', lines: 6 }],
    ])
    const found = await queryRange(`{app="api"} |> \`${patterns[1]?.pattern}\``)
    expect(entriesOf(found)).toHaveLength(6)
  })
})

it('counts requests under the names that dashboards read', async () => {
  const answer = await fetch(`${server.url('loki')}/metrics`)
  const text = await answer.text()
  expect(text).toMatch(
    /loki_request_duration_seconds_count\{method="GET",route="loki_api_v1_query_range",status_code="200",ws="false"\} \d/,
  )
  expect(text).toMatch(/\nloki_distributor_lines_received_total 120\n/)
  expect(text).toContain('loki_ingester_memory_streams')
  expect(text).toContain('loki_build_info{')
})
