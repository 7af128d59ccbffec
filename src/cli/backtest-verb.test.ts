import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import type { BacktestAlertJson, BacktestJson } from '../contract/alert-backtest.ts'
import { drawBar } from './backtest-bar.ts'
import { runBacktestVerb, type BacktestVerbOptions } from './backtest-verb.ts'
import {
  failure,
  startFakeApi,
  success,
  type FakeAnswer,
  type FakeApi,
} from './testing/fake-api.ts'
import { fakeTerminal } from './testing/fake-terminal.ts'
import { parseJson } from '../../test/house/parse-json.ts'

/** Of the fake terminal: 2026-01-01T12:00:07Z. */
const FROM_S = Date.UTC(2026, 0, 1, 10) / 1000

let folder = ''
const open: FakeApi[] = []

beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'backtest-verb-'))
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))
afterEach(async () => {
  for (const each of open.splice(0)) await each.close()
})

function file(name: string, text: string): string {
  const full = path.join(folder, name)
  writeFileSync(full, text)
  return full
}

const RULES = `
groups:
  - name: g
    rules:
      - {alert: Hot, expr: 'temp > 80', for: 1m, labels: {severity: page}}
      - {alert: Cold, expr: 'temp < 0'}
`
const ROUTES = `
route: {receiver: pager, group_wait: 30s, group_interval: 5m, repeat_interval: 4h}
receivers: [{name: pager, webhook_configs: [{url: 'http://localhost:1/'}]}]
`

/** A server on which an expression is true from the 20th to the 40th minute. */
function answers(): Record<string, FakeAnswer> {
  const values = Array.from({ length: 20 }, (_, i) => [FROM_S + (20 + i) * 60, '90'])
  return {
    '/api/v1/query': success({ resultType: 'scalar', result: [0, '1'] }),
    '/api/v1/status/config': success({
      yaml: 'global:\n  evaluation_interval: 1m\n  external_labels: {cluster: eu}\n',
    }),
    '/api/v1/query_range': success({
      resultType: 'matrix',
      result: [{ metric: { __name__: 'temp', instance: 'a' }, values }],
    }),
  }
}

async function run(
  files: readonly string[],
  more: Partial<BacktestVerbOptions> = {},
  given: Readonly<Record<string, FakeAnswer>> = answers(),
) {
  const api = await startFakeApi(given)
  open.push(api)
  const terminal = fakeTerminal({ columns: 90 })
  const options = {
    from: String(FROM_S),
    to: 'now',
    output: 'text',
    url: api.url,
    ...more,
  } as const
  const code = await runBacktestVerb(files, options, terminal)
  return { code, api, out: terminal.out(), remarks: terminal.remarks() }
}

describe('vedette rules backtest', () => {
  it('draws a line an alert', async () => {
    const rules = file('rules.yml', RULES.replace("'temp < 0'", "'temp > 80'"))
    const { code, out, api } = await run([rules])
    expect(code).toBe(0)
    const lines = out.split('\n')
    expect(lines[0]).toMatch(/^2 alerting rules, 2026-01-01 .* \(2h7s\): \d+ evaluations in /)
    expect(lines.find((line) => line.startsWith('Hot'))).toMatch(
      /^Hot instance=a {2,}·+▒?█+·+ {2}01-01 \d\d:21 +1× +19m$/,
    )
    expect(lines.find((line) => line.startsWith('Cold'))).toMatch(/ 1× +20m$/)
    expect(out).toContain('· quiet   ▒ pending   █ firing\n')
    expect(out).toContain('--alertmanager FILE replays its routes, too')
    const range = api.requests.find((each) => each.path.endsWith('query_range'))
    expect(range?.form).toMatchObject({ query: 'temp > 80', step: '60.000' })
  })

  it('tells who would have been told', async () => {
    const { out } = await run([file('rules.yml', RULES)], {
      alertmanager: file('alertmanager.yml', ROUTES),
    })
    expect(out).toMatch(/TOLD\n/)
    expect(out).toMatch(/◆ pager\/webhook\[0\] {2}firing {4}.*\(first notification\)/)
    expect(out).toMatch(/◇ pager\/webhook\[0\] {2}resolved {2}.*\(all alerts resolved\)/)
  })

  it('prints JSON', async () => {
    const { out } = await run([file('rules.yml', RULES)], {
      output: 'json',
      alertmanager: file('alertmanager.yml', ROUTES),
    })
    const result = parseJson(out, (json): json is BacktestJson => json !== null)
    expect(result.alerts[0]).toMatchObject({
      labels: { alertname: 'Hot', instance: 'a', severity: 'page' },
      states: [
        { state: 'pending', from: '2026-01-01T10:20:00.000Z', to: '2026-01-01T10:21:00.000Z' },
        { state: 'firing', from: '2026-01-01T10:21:00.000Z', to: '2026-01-01T10:40:00.000Z' },
      ],
    })
    // Cold's expression is true on this server too.
    expect(result.notifications?.[0]?.firing.length).toBe(1)
  })

  it('shows what could not be evaluated, and ends well', async () => {
    const { code, out } = await run(
      [file('rules.yml', RULES)],
      {},
      {
        ...answers(),
        '/api/v1/query_range': failure(422, 'many-to-many \u001b[2J'),
      },
    )
    expect(code).toBe(0)
    expect(out).toMatch(/^Hot .* failed$/m)
    expect(out).toMatch(/Hot could not be evaluated \d+ times, first at .*: many-to-many/)
    expect(out).not.toContain('\u001b')
  })

  it('names the place of what is wrong in a file', async () => {
    const { code, remarks, api } = await run([file('bad.yml', 'groups: [{name: g, rulez: []}]\n')])
    expect(code).toBe(1)
    expect(remarks).toMatch(/bad\.yml:1:\d+: /)
    expect(api.requests).toEqual([])
  })

  it('goes without the configuration of the server', async () => {
    const { '/api/v1/status/config': _, ...rest } = answers()
    expect((await run([file('rules.yml', RULES)], {}, rest)).code).toBe(0)
  })

  it.each([
    [{ from: 'tomorrow' }, '--from: must be a time'],
    [{ from: 'now', to: '-1h' }, '--from must be before --to'],
    [{ interval: 'often' }, '--interval: must be a duration'],
    [{ from: '-100d' }, 'a backtest may cover at most 92d, not 100d'],
    [{ url: 'http://127.0.0.1:1' }, 'cannot reach http://127.0.0.1:1'],
  ])('refuses %j', async (options, message) => {
    await expect(run([file('rules.yml', RULES)], options)).rejects.toThrow(message)
  })
})

describe('the line of an alert', () => {
  const span = { startMs: 0, endMs: 10_000 }
  const at = (second: number): string => new Date(second * 1000).toISOString()

  function drawn(
    states: BacktestAlertJson['states'],
    sent: readonly (readonly [number, 'firing' | 'resolved'])[] = [],
  ): string {
    const told = sent.map(([second, status], i) => ({
      ...{ at: at(second), status, receiver: 'a', integration: 'b[0]' },
      reason: i === 0 ? 'first notification' : 'new alerts added',
    }))
    return drawBar({ states, sent: told }, span, 10)
      .map((cell) => ({ quiet: '.', pending: 'p', firing: 'F', told: 'T', toldOver: 'O' })[cell])
      .join('')
  }

  it('shows each state where it was', () => {
    expect(
      drawn([
        { state: 'pending', from: at(1), to: at(3) },
        { state: 'firing', from: at(3), to: at(5) },
        { state: 'firing', from: at(9) },
      ]),
    ).toBe('.ppFF....F')
  })

  it('shows a short state, too', () => {
    expect(drawn([{ state: 'firing', from: at(2.4), to: at(2.5) }])).toBe('..F.......')
  })

  it('shows when somebody learned of it, once', () => {
    const states = [{ state: 'firing', from: at(1), to: at(8) }] as const
    const sent = [
      [1, 'firing'],
      [3, 'firing'],
      [8, 'resolved'],
    ] as const
    expect(drawn(states, sent)).toBe('.TFFFFFFO.')
  })
})
