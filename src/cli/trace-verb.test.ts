import { afterEach, describe, expect, it } from 'vitest'
import { drawTrace } from './show-trace.ts'
import { formatNs } from './span-duration.ts'
import { startFakeApi, type FakeAnswer, type FakeApi } from './testing/fake-api.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'
import { runCaptured } from './testing/run-captured.ts'
import { readTrace, type TraceSpan } from './trace-answer.ts'
import { runTrace, type TraceOptions } from './trace-query.ts'
import { orderAsTree } from './trace-tree.ts'
import { runTraces } from './traces-query.ts'

const ID = '5b8efff798038103d269b633813fc60c'
const MS = 1_000_000n
const START_NS = BigInt(fakeTerminal().nowMs()) * MS

let server: FakeApi | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function serve(answers: Readonly<Record<string, FakeAnswer>>): Promise<string> {
  server = await startFakeApi(answers)
  return server.url
}

function span(id: string, parentId: string, more: Partial<TraceSpan> = {}): TraceSpan {
  return {
    ...{ id, parentId, name: `span ${id}`, service: 'api', startNs: START_NS },
    ...{ durationNs: 100n * MS, isError: false, message: '', attributes: [], events: [] },
    ...more,
  }
}

function draw(spans: readonly TraceSpan[], columns = 60, events = false): string[] {
  const text = drawTrace(ID, spans, { events, limit: 0 }, { columns, color: false })
  return text.split('\n').slice(3, -1)
}

describe('a waterfall', () => {
  it('has a row a span, with bars that tell when it was', () => {
    const rows = draw([
      span('a', ''),
      span('b', 'a', { service: 'db', startNs: START_NS + 50n * MS, durationNs: 50n * MS }),
      span('c', 'b', { service: 'db', startNs: START_NS + 90n * MS, durationNs: 0n }),
      span('d', 'a', { isError: true, message: 'it broke' }),
    ])
    expect(rows).toEqual([
      'span a     api ████████████████████████████████████  100 ms',
      '├ span d   api ████████████████████████████████████! 100 ms',
      '│   ! it broke',
      '└ span b   db                    ██████████████████ 50.0 ms',
      '  └ span c db                                  ▍          0',
    ])
  })

  it('tells events and attributes', () => {
    const attributes = [['db.query.text', 'SELECT 1 '.repeat(10).trim()]] as const
    const event = { timeNs: START_NS + 7n * MS, name: 'retry', attributes: [['n', '2']] as const }
    const rows = draw([span('a', '', { attributes, events: [event] })], 60, true)
    expect(rows.slice(1)).toEqual([
      '  db.query.text=SELECT 1 SELECT 1 SELECT 1 SELECT 1 SELECT 1',
      '    SELECT 1 SELECT 1 SELECT 1 SELECT 1 SELECT 1',
      '  * +7.00 ms retry  n=2',
    ])
  })

  it('shows spans without a parent, circles, and very deep trees', () => {
    const circle = [span('a', 'b'), span('b', 'a'), span('c', 'gone'), span('d', 'd')]
    expect(orderAsTree(circle).map((row) => row.branches + row.span.id)).toEqual([
      ...['c', 'd', 'a', '└ b'],
    ])
    const deep = Array.from({ length: 10_000 }, (_, i) => span(String(i), String(i - 1)))
    const rows = draw(deep)
    expect(rows.length).toBe(10_000)
    expect(Math.max(...rows.map((row) => row.length))).toBeLessThanOrEqual(60)
  })

  it('does not do to a terminal what names say', () => {
    const evil = '\u001b[2J\u001b]0;x\u0007\r\n\u202ename'
    const attributes = [[evil, evil]] as const
    const event = { timeNs: 0n, name: evil, attributes }
    const one = span('a', '', { name: evil, service: evil, message: evil, attributes })
    const text = drawTrace(
      evil,
      [{ ...one, events: [event] }],
      { events: true, limit: 0 },
      { columns: 200, color: false },
    )
    expect(text).not.toMatch(/[\u0000-\u0009\u000b-\u001f\u007f-\u009f\u202e]/)
    expect(text).toContain(String.raw`\u001b[2J`)
  })
})

describe('vedette trace', () => {
  const answer = {
    batches: [
      {
        resource: { attributes: [{ key: 'service.name', value: { stringValue: 'api' } }] },
        scopeSpans: [
          {
            spans: [
              {
                ...{ traceId: 'x', spanId: 'AAAAAAAAAAE=', name: 'GET /' },
                ...{ startTimeUnixNano: '1000000000', endTimeUnixNano: '2500000000' },
                attributes: [
                  { key: 'list', value: { arrayValue: { values: [{ intValue: '7' }] } } },
                ],
                status: { code: 'STATUS_CODE_ERROR' },
              },
            ],
          },
        ],
      },
    ],
  }
  const options: Omit<TraceOptions, 'url'> = { json: false, events: true, limit: 500 }

  it('draws what both versions of the API answer', async () => {
    const url = await serve({ [`/api/traces/${ID}`]: { body: answer } })
    const terminal = fakeTerminal()
    await runTrace(ID.toUpperCase(), { ...options, url }, terminal)
    expect(terminal.out()).toContain('1.50 s · 1 span · 1 service · 1 error')
    expect(terminal.out()).toContain('list=[7]')
    const v2 = { trace: { resourceSpans: answer.batches } }
    expect(readTrace(v2)).toEqual(readTrace(answer))
    expect(readTrace({ batches: [null, { scopeSpans: [{ spans: [7, {}] }] }] })).toHaveLength(1)
  })

  it('prints JSON', async () => {
    const url = await serve({ [`/api/traces/${ID}`]: { body: answer } })
    const terminal = fakeTerminal()
    await runTrace(ID, { ...options, url, json: true }, terminal)
    expect(JSON.parse(terminal.out())).toEqual(answer)
  })

  it('says what is wrong', async () => {
    const url = await serve({})
    expect(await runCaptured('trace', ID, '--url', url)).toEqual({
      ...{ code: 1, out: '' },
      err: `vedette: there is no trace ${ID}\n`,
    })
    expect(await runCaptured('trace', 'xyz')).toMatchObject({ code: 2 })
    const away = await runCaptured('trace', ID, '--url', 'http://127.0.0.1:1')
    expect(away.err).toContain('nothing listens there. Start a server with "vedette start"')
  })
})

describe('vedette traces', () => {
  const options = { since: '1h', limit: 20, output: 'table' as const }

  it('lists what a search found', async () => {
    const found = {
      ...{ traceID: 'abc', rootServiceName: 'api', rootTraceName: 'GET /\u001b[2J' },
      ...{ startTimeUnixNano: String(START_NS), durationMs: 1234 },
      serviceStats: { api: { spanCount: 3, errorCount: 1 }, db: { spanCount: 4 } },
    }
    const url = await serve({ '/api/search': { body: { traces: [found] } } })
    const terminal = fakeTerminal({ columns: 120 })
    await runTraces('{ duration > 1s }', { ...options, url }, terminal)
    const [, row = ''] = terminal.out().split('\n')
    expect(row).toMatch(/^0{29}abc .* 1\.23 s +7 +1 {2}api: GET \/\\u001b\[2J$/)
    const params = new URLSearchParams(server?.requests[0]?.query)
    expect(params.get('q')).toBe('{ duration > 1s }')
    expect(Number(params.get('end')) - Number(params.get('start'))).toBe(3601)
  })

  it('says that there is nothing', async () => {
    const url = await serve({ '/api/search': { body: { traces: [] } } })
    const terminal = fakeTerminal()
    await runTraces('{ }', { ...options, url }, terminal)
    expect([terminal.out(), terminal.remarks()]).toEqual([
      '',
      'no traces in this time; --since 24h looks further back\n',
    ])
  })

  it('draws the series of a metrics query', async () => {
    const nowMs = fakeTerminal().nowMs()
    const samples = [0, 1, 2, 4].map((value, at) => ({
      timestampMs: String(nowMs - 7000 - (4 - at) * 120_000),
      ...(value > 0 && { value }),
    }))
    const series = [{ promLabels: '{name="a"}', samples }]
    const url = await serve({ '/api/metrics/query_range': { body: { series } } })
    const terminal = fakeTerminal()
    await runTraces('{ } | rate()', { ...options, url }, terminal)
    const [heading, row] = terminal.out().split('\n')
    expect(heading).toBe('SERIES      LEAST  MOST  LAST')
    expect(row).toMatch(/^\{name="a"\} {6}0 {5}4 {5}4 +▁▃▅█$/)
  })

  it('shows the place of a fault before it asks', async () => {
    expect(await runCaptured('traces', '{ duraton > 1s }')).toEqual({
      ...{ code: 2, out: '' },
      err: 'vedette: unknown identifier: duraton\n\n    { duraton > 1s }\n      ^^^^^^^\n',
    })
  })
})

it('writes durations in three digits', () => {
  const shown = [0n, 7n, 1500n, 80_000n, 12_340_000n, 904_000_000n, 75_000_000_000n].map(formatNs)
  expect(shown).toEqual(['0', '7 ns', '1.50 µs', '80.0 µs', '12.3 ms', '904 ms', '75.0 s'])
})
