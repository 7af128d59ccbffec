import { describe, expect, it } from 'vitest'
import { check } from '../../lang/traceql/check.ts'
import { parse } from '../../lang/traceql/parse.ts'
import { Labels } from '../../model/labels.ts'
import type { SpanRows, SpansSource } from '../../store/spans-source.ts'
import { evaluateMetrics } from './evaluate-metrics.ts'
import { alignGrid, chooseStepNs, timestampMsOf } from './metrics-grid.ts'
import { promValue } from './metrics-series.ts'

const S = 1_000_000_000n

interface TestSpan {
  readonly atS: number
  readonly service: string
  readonly name: string
  readonly durationMs: number
  readonly size?: number
}

/** A source whose every span is a trace of its own. */
function sourceOf(spans: readonly TestSpan[]): SpansSource {
  const idOf = (i: number): string => i.toString(16).padStart(32, '0')
  const rowsOf = (ids: readonly string[]): SpanRows => {
    const some = ids
      .map((id) => spans[Number.parseInt(id, 16)])
      .filter((span) => span !== undefined)
    const keys = some.flatMap(({ size }) => (size === undefined ? [] : ['size']))
    const values = some.flatMap(({ size }) => (size === undefined ? [] : [`i${size}`]))
    const offsets = [0]
    for (const { size } of some) offsets.push((offsets.at(-1) ?? 0) + (size === undefined ? 0 : 1))
    return {
      length: some.length,
      traceIds: ids,
      spanIds: some.map(() => '0000000000000001'),
      parentIds: some.map(() => ''),
      startsNs: BigInt64Array.from(some, ({ atS }) => BigInt(atS) * S),
      durationsNs: BigInt64Array.from(some, ({ durationMs }) => BigInt(durationMs) * 1_000_000n),
      names: some.map(({ name }) => name),
      kinds: new Uint32Array(some.length),
      statuses: new Uint32Array(some.length),
      messages: some.map(() => ''),
      states: some.map(() => ''),
      scopes: some.map(() => ''),
      attributes: { offsets: Uint32Array.from(offsets), keys, values },
      events: some.map(() => ''),
      links: some.map(() => ''),
      resources: some.map(({ service }) => Labels.from({ 'service.name': `s${service}` })),
    }
  }
  return {
    async *findTraces() {
      await Promise.resolve()
      yield spans.map((_, i) => idOf(i))
    },
    readTraces: (ids) => Promise.resolve(rowsOf(ids)),
    resources: () => [],
    attributeNames: () => Promise.resolve([]),
    values: () => Promise.resolve([]),
    tally: () => Promise.resolve(undefined),
  }
}

const SPANS: readonly TestSpan[] = [
  { atS: 1005, service: 'api', name: 'GET', durationMs: 100, size: 10 },
  { atS: 1006, service: 'api', name: 'GET', durationMs: 300, size: 30 },
  { atS: 1010, service: 'db', name: 'query', durationMs: 20 },
  { atS: 1011, service: 'db', name: 'query', durationMs: 40, size: 4 },
  { atS: 1025, service: 'api', name: 'PUT', durationMs: 1000, size: 8 },
  { atS: 5000, service: 'api', name: 'late', durationMs: 1 },
]

/** Each series as `{labels} value value …`, an interval of 10 s each from (990, 1000] to (1020, 1030]; `-` for none. */
async function run(text: string, maxSeries = 10): Promise<string[]> {
  const { query, faults } = parse(text)
  const fault = query ? check(query)[0] : faults[0]
  if (fault || !query || query.body.kind === 'pipeline') throw new Error(fault?.message ?? text)
  const grid = alignGrid({ startNs: 1000n * S, endNs: 1030n * S }, 10n * S)
  const series = await evaluateMetrics(sourceOf(SPANS), query.body, {
    ...{
      grid,
      maxSeries,
      maxSpans: 1000,
      hasExemplars: false,
      signal: new AbortController().signal,
    },
  })
  return series
    .map(({ labels, values }) => {
      const shown = labels.map(({ name, value }) => `${name}=${promValue(value)}`).join(',')
      const numbers = Array.from(values, (value) =>
        Number.isNaN(value) ? '-' : String(Number(value.toPrecision(6))),
      )
      return `{${shown}} ${numbers.join(' ')}`
    })
    .toSorted((a, b) => (a < b ? -1 : 1))
}

describe('metrics queries', () => {
  it.each([
    ['{} | count_over_time()', ['{__name__=count_over_time} 0 3 1 1']],
    ['{} | rate()', ['{__name__=rate} 0 0.3 0.1 0.1']],
    [
      '{} | count_over_time() by (resource.service.name)',
      ['{resource.service.name=api} 0 2 0 1', '{resource.service.name=db} 0 1 1 0'],
    ],
    ['{ name = "GET" } | max_over_time(duration)', ['{__name__=max_over_time} - 0.3 - -']],
    ['{} | min_over_time(.size)', ['{__name__=min_over_time} - 10 4 8']],
    ['{} | sum_over_time(.size)', ['{__name__=sum_over_time} - 40 4 8']],
    ['{} | avg_over_time(.size)', ['{__name__=avg_over_time} - 20 4 8']],
    [
      '{} | count_over_time() by (.size)',
      [
        '{.size=<nil>} 0 1 0 0',
        '{.size=int(10)} 0 1 0 0',
        '{.size=int(30)} 0 1 0 0',
        '{.size=int(4)} 0 0 1 0',
        '{.size=int(8)} 0 0 0 1',
      ],
    ],
    [
      '{} | rate() by (name) | topk(1)',
      ['{name=GET} 0 0.2 - -', '{name=PUT} - - - 0.1', '{name=query} - - 0.1 -'],
    ],
    ['{} | rate() by (name) > 0.15', ['{name=GET} - 0.2 - -']],
    ['({} | rate()) * 10 + 1', ['{__name__=rate} 1 4 2 2']],
    [
      '({ name = "GET" } | count_over_time()) / ({} | count_over_time())',
      ['{__name__=(count_over_time / count_over_time)} - 0.666667 0 0'],
    ],
    [
      '({} | count_over_time() by (name)) / ({} | count_over_time())',
      ['{name=GET} - 0.666667 0 0', '{name=PUT} - 0 0 1', '{name=query} - 0.333333 1 0'],
    ],
    [
      '{} | histogram_over_time(.size)',
      [
        '{__bucket=16.0} 0 1 0 0',
        '{__bucket=32.0} 0 1 0 0',
        '{__bucket=4.0} 0 0 1 0',
        '{__bucket=8.0} 0 0 0 1',
      ],
    ],
    ['{} | quantile_over_time(.size, 0.5, 1)', ['{p=0.5} 0 16 4 8', '{p=1.0} 0 32 4 8']],
  ])('%s', async (text, expected) => expect(await run(text)).toEqual(expected))

  it('compare the spans of a selection with all others', async () => {
    expect(await run('{} | compare({ name = "GET" }, 1)')).toEqual(
      expect.arrayContaining([
        '{__meta_type=selection,name=GET} 0 2 0 0',
        '{__meta_type=selection_total,name=<nil>} 0 2 0 0',
        '{__meta_type=baseline_total,name=<nil>} 0 1 1 1',
        '{__meta_type=selection,resource.service.name=api} 0 2 0 0',
        '{__meta_error=__too_many_values__,name=<nil>} - - - -',
      ]),
    )
    // What lies outside of the times of the selection belongs to the baseline.
    expect(await run('{} | compare({ name = "GET" }, 5, 1, 2)')).toContain(
      '{__meta_type=baseline,name=GET} 0 2 0 0',
    )
  })

  it('have a limit of series', async () => {
    await expect(run('{} | rate() by (.size, name, duration)', 2)).rejects.toThrow(
      'more than 2 series',
    )
  })
})

describe('the intervals of a query', () => {
  it('lie on multiples of the step and hold their end', () => {
    const grid = alignGrid({ startNs: 1003n * S, endNs: 1031n * S }, 10n * S)
    expect(grid).toEqual({ startNs: 990n * S, stepNs: 10n * S, count: 5 })
    expect(timestampMsOf(grid, 0)).toBe(1_000_000)
    expect(() => alignGrid({ startNs: 0n, endNs: 100_000n * S }, S)).toThrow('maximum resolution')
    expect(() => alignGrid({ startNs: 0n, endNs: S }, 0n)).toThrow('step')
  })

  it.each([
    [30n, 100_000_000n],
    [3600n, 15n * S],
    [86_400n, 300n * S],
    [7n * 86_400n, 2400n * S],
  ])('are of a round length for %d seconds', (seconds, stepNs) => {
    expect(chooseStepNs({ startNs: 0n, endNs: seconds * S })).toBe(stepNs)
  })
})
