import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { LogqlRequest, LogqlResult } from '../../query/logs/logql.ts'
import { logqlQuery } from './logql-query.ts'
import { RulesBench } from './testing/rules-bench.ts'

const RULES = `
groups:
  - name: errors
    type: loki
    rules:
      - alert: Many
        expr: sum by (app) (count_over_time({app=~".+"} |= "error" [5m])) > 10
        for: 1m
        keep_firing_for: 2m
        labels: {severity: page}
        annotations:
          summary: '{{ $labels.app }}: {{ $value }} of {{ query "vector(7)" | first | value }}'
      - record: app:errors:count5m
        expr: sum by (app) (count_over_time({app=~".+"} |= "error" [5m]))
        labels: {from: logs}
`

const MINUTE_MS = 60_000

const NO_FIGURES = { warnings: [], figures: { lines: 0, bytes: 0, postFilterLines: 0 } }

/** LogQL that answers what a test says, and what it was asked. */
class FakeLogql {
  errors = 0
  readonly asked: LogqlRequest[] = []

  evaluate(request: LogqlRequest): Promise<LogqlResult> {
    this.asked.push(request)
    const timestampMs = Number(request.endNs / 1_000_000n)
    if (request.query === 'vector(7)') {
      return Promise.resolve({ ...NO_FIGURES, type: 'scalar', timestampMs, value: 7 })
    }
    const isOver = !request.query.includes('>') || this.errors > 10
    const series = {
      labels: Labels.from({ app: 'shop' }),
      timestampsMs: [timestampMs],
      values: [this.errors],
    }
    return Promise.resolve({ ...NO_FIGURES, type: 'vector', series: isOver ? [series] : [] })
  }
}

describe('rules on logs', () => {
  it('fire, are kept and resolved, and record metrics, as all others', async () => {
    const logql = new FakeLogql()
    const bench = new RulesBench({ logs: logqlQuery(logql) })
    // The first rules of a program look for the state before it began, and write none until then.
    await bench.apply('groups: []')
    await bench.apply(RULES)
    logql.errors = 12
    await bench.clock.advance(MINUTE_MS)
    expect(await bench.query('ALERTS')).toEqual([
      'ALERTS{alertname="Many", alertstate="pending", app="shop", severity="page"} 1',
    ])
    expect(await bench.query('app:errors:count5m')).toEqual([
      'app:errors:count5m{app="shop", from="logs"} 12',
    ])
    await bench.clock.advance(MINUTE_MS)
    const [alert] = bench.puts.at(-1)?.alerts ?? []
    expect(alert?.annotations.toObject()).toEqual({ summary: 'shop: 12 of 7' })
    expect(alert?.generatorUrl).toMatch(
      /\/graph\?g0\.expr=.*count_over_time.*&g0\.tab=1&g0\.type=loki$/,
    )
    logql.errors = 0
    await bench.clock.advance(MINUTE_MS)
    expect(await bench.query('ALERTS{alertstate="firing"}')).toHaveLength(1)
    await bench.clock.advance(3 * MINUTE_MS)
    expect(await bench.query('ALERTS')).toEqual([])
    expect(bench.puts.at(-1)?.alerts[0]?.endsAtMs).toBe(bench.puts.at(-1)?.atMs)
    expect(logql.asked[0]).toMatchObject({ isInstant: true, limit: 0 })
  })

  it('say why they fail where there are no lines', async () => {
    const bench = new RulesBench()
    await bench.apply(RULES)
    await bench.clock.advance(MINUTE_MS)
    const [rule] = bench.manager.groups[0]?.rules ?? []
    expect(rule).toMatchObject({
      health: 'err',
      lastError: 'there are no log lines here to evaluate over',
    })
  })

  it('may say that they are on metrics, and nothing else', async () => {
    const bench = new RulesBench()
    await bench.apply(
      'groups: [{name: g, type: prometheus, rules: [{record: r, expr: vector(1)}]}]',
    )
    await bench.clock.advance(MINUTE_MS)
    expect(await bench.query('r')).toEqual(['r 1'])
    expect(() => bench.apply('groups: [{name: g, type: graphite, rules: []}]')).toThrow(
      'rules.yml:1:26: type: must be prometheus, loki or tempo, not "graphite"',
    )
  })
})
