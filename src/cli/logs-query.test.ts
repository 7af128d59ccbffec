import { afterEach, describe, expect, it } from 'vitest'
import { runLogs, type LogsOptions } from './logs-query.ts'
import { startFakeApi, success } from './testing/fake-api.ts'
import { startFakeLogs, type FakeLine, type FakeLogs } from './testing/fake-logs.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'
import { runCaptured } from './testing/run-captured.ts'

const NOW_NS = BigInt(fakeTerminal().nowMs()) * 1_000_000n
const SECOND_NS = 1_000_000_000n

let server: FakeLogs | undefined
afterEach(async () => {
  await server?.close()
  server = undefined
})

async function start(given: readonly FakeLine[]): Promise<FakeLogs> {
  server = await startFakeLogs(given)
  return server
}

/** So many lines, a second apart, the last a second ago. */
function lines(count: number, stream: FakeLine['stream'] = { job: 'a' }): FakeLine[] {
  return Array.from({ length: count }, (_, i) => ({
    ns: NOW_NS - BigInt(count - i) * SECOND_NS,
    text: `line ${i + 1}`,
    stream,
  }))
}

async function run(
  query: string | undefined,
  more: Partial<LogsOptions> = {},
): Promise<{ out: string[]; remarks: string }> {
  const terminal = fakeTerminal()
  const options: LogsOptions = {
    ...{ url: server?.url ?? '', since: '1h', limit: 200, isLimitGiven: false },
    ...{ follow: false, output: 'raw' as const },
    ...more,
  }
  await runLogs(query, options, terminal, new Promise(() => undefined))
  return { out: terminal.out().split('\n').slice(0, -1), remarks: terminal.remarks() }
}

describe('vedette logs', () => {
  it('shows the newest lines, oldest first', async () => {
    const { asked } = await start(lines(300))
    const { out, remarks } = await run('{job="a"}')
    expect(out.length).toBe(200)
    expect(out[0]).toBe('line 101')
    expect(out.at(-1)).toBe('line 300')
    expect(remarks).toBe('(the newest 200 lines; --limit N shows more, --limit 0 all of them)\n')
    expect(asked[0]?.params).toMatchObject({ query: '{job="a"}', direction: 'backward' })
  })

  it('asks for many lines in pages, each line once, also where many have one time', async () => {
    const same = Array.from({ length: 1500 }, (_, i) => ({
      ns: NOW_NS - SECOND_NS,
      text: `same ${i}`,
      stream: { job: String(i % 3) },
    }))
    await start([...lines(1200), ...same.slice(0, 700)])
    const { out } = await run('{job="a"}', { limit: 1900, isLimitGiven: true })
    expect(new Set(out).size).toBe(1900)
    const all = await run('{job="a"}', { limit: 0 })
    expect(all.out.length).toBe(1900)
    expect(all.out[0]).toBe('line 1')
  })

  it('asks about the time given', async () => {
    const { asked } = await start(lines(3))
    await run('{job="a"}', { since: '5m' })
    await run('{job="a"}', { from: '-2h', to: '2026-01-01T11:00:00Z' })
    const spans = asked.map(({ params }) => [params['start'], params['end']])
    expect(spans[0]).toEqual([String(NOW_NS - 300n * SECOND_NS), String(NOW_NS)])
    expect(spans[1]).toEqual([String(NOW_NS - 7200n * SECOND_NS), '1767265200000000000'])
  })

  it('says that there is nothing', async () => {
    await start([])
    const { out, remarks } = await run('{job="a"}')
    expect(out).toEqual([])
    expect(remarks).toMatch(/^no lines between .* and .*; --since 24h looks further back\n$/)
  })

  it('shows all streams without a query, by a label that all of them have', async () => {
    const { asked } = await start([...lines(2, { job: 'a', x: '1' }), ...lines(2, { job: 'b' })])
    await run(undefined)
    expect(asked.at(-1)?.params['query']).toBe('{job=~".+"}')
  })

  it('asks which streams are meant when no label is in all of them', async () => {
    await start([...lines(1, { unit: 'a' }), ...lines(1, { job: 'b' })])
    await expect(run(undefined)).rejects.toThrow('say which streams, as in vedette logs')
  })

  it('passes on what the server refuses', async () => {
    const { refuse } = await start([])
    refuse(400, 'max entries limit \u001b[31mexceeded')
    await expect(run('{job="a"}')).rejects.toThrow('max entries limit \\u001b[31mexceeded')
  })

  it('tells a server that is no Loki', async () => {
    const other = await startFakeApi({ '/loki/api/v1/query_range': { body: '<html>' } })
    await expect(run('{job="a"}', { url: other.url })).rejects.toThrow('does not answer as Loki')
    await other.close()
  })

  it('draws a metric query', async () => {
    const seconds = Number(NOW_NS / SECOND_NS)
    const values = Array.from({ length: 60 }, (_, i) => [seconds - 600 + i * 10, String(i)])
    const other = await startFakeApi({
      '/loki/api/v1/query_range': success({
        resultType: 'matrix',
        result: [{ metric: { level: 'error' }, values }],
      }),
    })
    const query = 'sum by (level) (count_over_time({job="a"}[1m]))'
    const { out } = await run(query, { url: other.url, output: 'table' })
    expect(out.join('\n')).toContain('{level="error"}')
    expect(other.requests[0]?.form).toMatchObject({ query, step: '30' })
    await other.close()
  })
})

describe('a command line of vedette logs that makes no sense', () => {
  it.each<[string[], string]>([
    [['{job="a"} |= "x'], '\n    {job="a"} |= "x\n                 ^^'],
    [['{job=~".*"}'], '    {job=~".*"}\n    ^^^^^^^^^^^'],
    [['{job="a"} | regexp "("'], '^'],
    [['{job="a"}', '--since', 'soon'], '--since: must be a duration'],
    [['{job="a"}', '--from', 'then'], '--from: must be a time'],
    [['{job="a"}', '--from', '-1h', '--to', '-2h'], '--from must be before --to'],
    [['{job="a"}', '--limit', 'x'], 'It must be a number'],
    [['{job="a"}', '-o', 'xml'], 'Allowed choices are table, raw, json'],
    [['{job="a"}', '--labels', ','], 'It must be names of labels'],
    [['rate({job="a"}[1m])', '--follow'], '--follow is for lines'],
    [['{job="a"}', '--url', 'ftp://x'], '--url (or VEDETTE_LOGS_URL): must be a URL'],
  ])('%j', async (args, wanted) => {
    const { code, err } = await runCaptured('logs', ...args)
    expect(err).toContain(wanted)
    expect(code).toBe(2)
  })

  it('a server that is not there is a failure', async () => {
    const { code, err } = await runCaptured('logs', '{job="a"}', '--url', 'http://127.0.0.1:1')
    expect(err).toContain('cannot reach http://127.0.0.1:1: nothing listens there')
    expect(code).toBe(1)
  })
})
