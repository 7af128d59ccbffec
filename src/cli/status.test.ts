import { afterEach, describe, expect, it } from 'vitest'
import { runStatus } from './status.ts'
import { startFakeApi, success, type FakeAnswer, type FakeApi } from './testing/fake-api.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'

function target(scrapePool: string, health: string, lastError = '') {
  return {
    scrapePool,
    health,
    lastError,
    scrapeUrl: `http://${scrapePool}:1/metrics`,
    lastScrape: health === 'unknown' ? '0001-01-01T00:00:00Z' : '2026-01-01T12:00:02Z',
    lastScrapeDuration: 0.0123,
  }
}

function answers(targets: unknown[], more: Readonly<Record<string, FakeAnswer>> = {}) {
  return {
    '/api/v1/status/buildinfo': success({ version: '3.5.0', revision: 'vedette-1.2.3' }),
    '/api/v1/status/runtimeinfo': success({
      startTime: '2026-01-01T10:00:00Z',
      lastConfigTime: '2026-01-01T10:00:00Z',
      reloadConfigSuccess: true,
      hostname: 'box',
      storageRetention: '15d',
    }),
    '/api/v1/targets': success({ activeTargets: targets }),
    '/api/v1/status/tsdb': success({ headStats: { numSeries: 12_345 } }),
    '/-/ready': { body: 'Prometheus Server is Ready.\n' },
    ...more,
  }
}

describe('vedette status', () => {
  let api: FakeApi | undefined

  afterEach(async () => api?.close())

  async function look(given: Readonly<Record<string, FakeAnswer>>) {
    api = await startFakeApi(given)
    const terminal = fakeTerminal()
    const code = await runStatus(api.url, terminal)
    const text = terminal
      .out()
      .replaceAll(api.url, 'URL')
      .replaceAll(/\d{4}-\d\d-\d\d \d\d:\d\d:\d\d/g, 'TIME')
    return { code, text }
  }

  it('shows agents, each once, and when they were heard last', async () => {
    const nowS = fakeTerminal().nowMs() / 1000
    const agent = (hostname: string, version: string, agoS: number) => ({
      metric: { hostname, version },
      value: [nowS, String(nowS - agoS)],
    })
    const result = [
      agent('web-2', '0.1.0', 7200 * 3),
      agent('web-1', '0.2.0', 5),
      agent('web-1', '0.1.0', 90_000),
    ]
    const query = success({ resultType: 'vector', result })
    const { text } = await look(answers([target('node', 'up')], { '/api/v1/query': query }))
    expect(text.split('\n\n').at(-1)).toMatchInlineSnapshot(`
      "  agent  version  last heard
        web-1  0.2.0    5 s ago
        web-2  0.1.0    6 h ago
      "
    `)
  })

  it('shows what runs and what is watched, by job', async () => {
    const seen = await look(
      answers([target('node', 'up'), target('api', 'up'), target('api', 'unknown')]),
    )
    expect(seen.text).toMatchInlineSnapshot(`
      "Vedette 1.2.3 at URL is ready
        running        since TIME on box
        configuration  loaded TIME
        retention      15d
        series         12,345
        targets        2 of 3 up, 1 not asked yet

        job   up   last scrape  slowest
        node  1/1  5 s ago      12 ms
        api   1/2  5 s ago      12 ms
      "
    `)
    expect(seen.code).toBe(0)
  })

  it('names targets that are down with their reasons, made safe, and ends with 1', async () => {
    const seen = await look(
      answers([target('node', 'up'), target('api', 'down', 'got \u001b[2J<html>')]),
    )
    expect(seen.code).toBe(1)
    expect(seen.text.split('\n\n').at(-1)).toBe(
      '  down: api http://api:1/metrics\n        got \\u001b[2J<html>\n',
    )
  })

  it('ends with 1 and the reason when the server is not ready, also before it has any target', async () => {
    const notReady = {
      '/-/ready': { status: 503, body: 'Service Unavailable: the store is starting' },
    }
    const seen = await look(answers([], notReady))
    expect(seen.code).toBe(1)
    expect(seen.text).toMatch(/^Vedette 1\.2\.3 at URL is not ready: the store is starting\n/)
    expect(seen.text).toMatch(/\n\n {2}nothing is scraped\n$/)
  })

  it('knows the original', async () => {
    const build = {
      '/api/v1/status/buildinfo': success({ version: '3.5.0', revision: '8be3a9560' }),
    }
    expect((await look(answers([], build))).text).toMatch(/^Prometheus 3\.5\.0 at URL is ready\n/)
  })
})
