import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { SpanRange, SpanRows, SpansSource } from '../../store/spans-source.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { readRuleText } from './read-rule-file.ts'
import { RulesBench } from './testing/rules-bench.ts'
import { traceqlQuery } from './traceql-query.ts'

const RULES = `
groups:
  - name: spans
    type: tempo
    interval: 1m
    window: 10m
    rules:
      - alert: ManyErrors
        expr: '{ status = error } | count_over_time() by (resource.service.name, span.code) > 2'
        labels: {severity: page}
        annotations: {summary: '{{ $value }} of {{ $labels.resource_service_name }}'}
      - record: service:errors:10m
        expr: '{ status = error } | count_over_time() by (resource.service.name)'
`
const MINUTE_MS = 60_000

/** Spans that failed, each of a trace of its own, at the times that are said. */
class FakeSpans implements SpansSource {
  failedAtMs: readonly number[] = []
  readonly asked: SpanRange[] = []

  async *findTraces(_: unknown, range: SpanRange): AsyncIterable<readonly string[]> {
    this.asked.push(range)
    yield this.failedAtMs.map((_time, i) => String(i))
  }

  readTraces(ids: readonly string[]): Promise<SpanRows> {
    const count = ids.length
    const empty = ids.map(() => '')
    return Promise.resolve({
      length: count,
      traceIds: ids,
      spanIds: ids,
      parentIds: empty,
      startsNs: BigInt64Array.from(
        ids,
        (id) => BigInt(this.failedAtMs[Number(id)] ?? 0) * 1_000_000n,
      ),
      durationsNs: new BigInt64Array(count),
      names: empty,
      kinds: new Uint32Array(count),
      statuses: new Uint32Array(count).fill(2),
      messages: empty,
      states: empty,
      scopes: empty,
      attributes: {
        offsets: Uint32Array.from({ length: count + 1 }, (_, i) => i),
        keys: ids.map(() => 'code'),
        values: ids.map(() => 'i500'),
      },
      events: empty,
      links: empty,
      resources: ids.map(() => Labels.from({ 'service.name': 'sshop' })),
    })
  }

  tally(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  resources(): readonly Labels[] {
    return []
  }

  attributeNames(): Promise<readonly string[]> {
    return Promise.resolve([])
  }

  values(): Promise<readonly string[]> {
    return Promise.resolve([])
  }
}

function faultsOf(text: string): string {
  const faults = new FaultList()
  readRuleText(text, 'a.yml', { faults })
  return faults.items.map(formatFault).join('\n')
}

describe('rules on traces', () => {
  it('fire, are resolved, and record metrics, as all others', async () => {
    const spans = new FakeSpans()
    const bench = new RulesBench({ traces: (windowMs) => traceqlQuery(spans, windowMs) })
    await bench.apply('groups: []')
    await bench.apply(RULES)
    const nowMs = bench.clock.nowMs()
    spans.failedAtMs = [nowMs, nowMs + 1, nowMs + 2]
    await bench.clock.advance(MINUTE_MS)
    expect(await bench.query('ALERTS')).toEqual([
      'ALERTS{alertname="ManyErrors", alertstate="firing", resource_service_name="shop", severity="page", span_code="500"} 1',
    ])
    expect(await bench.query('service:errors:10m')).toEqual([
      'service:errors:10m{resource_service_name="shop"} 3',
    ])
    const [range] = spans.asked
    expect(range && range.endNs - range.startNs).toBeGreaterThanOrEqual(600_000_000_000n)
    await bench.clock.advance(10 * MINUTE_MS)
    expect(await bench.query('ALERTS')).toEqual([])
  })

  it('are read strictly', () => {
    const group = (rule: string, more = ''): string =>
      `groups: [{name: g, type: tempo${more}, rules: [{alert: A, expr: '${rule}'}]}]`
    expect(faultsOf(group('{} | rate() > 5', ', window: 1m'))).toBe('')
    expect(faultsOf(group('{ status = error }'))).toContain('not a metrics query')
    expect(faultsOf(group('{ status = } | rate()'))).toContain('could not parse expression')
    expect(faultsOf(group('{} | rate()', ', window: 0s'))).toContain('must be longer than 0')
    expect(faultsOf('groups: [{name: g, window: 5m, rules: []}]')).toContain('unknown key')
  })
})
