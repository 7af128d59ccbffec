import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { parse } from '../../lang/promql/parse.ts'
import type { PromqlResult } from '../../query/promql/engine.ts'
import { readStates } from './rule-states.ts'
import { splitComparison } from './split-comparison.ts'

function matrix(
  ...series: readonly (readonly [Record<string, string>, readonly number[]])[]
): PromqlResult {
  const offsets = [0]
  for (const [, times] of series) offsets.push((offsets.at(-1) ?? 0) + times.length)
  return {
    type: 'matrix',
    labels: series.map(([labels]) => Labels.from({ __name__: 'ALERTS', ...labels })),
    offsets: Uint32Array.from(offsets),
    timestampsMs: Float64Array.from(series.flatMap(([, times]) => times)),
    values: new Float64Array(offsets.at(-1) ?? 0).fill(1),
    warnings: [],
    infos: [],
    stats: { evalTotalMs: 0, queueMs: 0, fetchMs: 0, samplesRead: 0, peakSamples: 0 },
  }
}

describe('the states of alerts', () => {
  it('are stretches of the samples of ALERTS, in order', () => {
    const alert = { alertname: 'Down', instance: 'a' }
    const result = matrix(
      [{ ...alert, alertstate: 'firing' }, [30, 40, 50, 110, 120]],
      [{ ...alert, alertstate: 'pending' }, [10, 20, 90, 100]],
      [{ alertname: 'Other', alertstate: 'firing' }, [7]],
    )
    expect(readStates(result)).toEqual([
      {
        labels: Labels.from(alert),
        spans: [
          { state: 'pending', fromMs: 10, toMs: 20 },
          { state: 'firing', fromMs: 30, toMs: 50 },
          { state: 'pending', fromMs: 90, toMs: 100 },
          { state: 'firing', fromMs: 110, toMs: 120 },
        ],
      },
      {
        labels: Labels.from({ alertname: 'Other' }),
        spans: [{ state: 'firing', fromMs: 7, toMs: 7 }],
      },
    ])
  })

  it('go on when one evaluation is missing', () => {
    const result = matrix([{ alertname: 'A', alertstate: 'firing' }, [10, 20, 40, 50]])
    expect(readStates(result)[0]?.spans).toEqual([{ state: 'firing', fromMs: 10, toMs: 50 }])
  })
})

describe('the comparison of an expression', () => {
  it.each([
    ['up == 0', { query: 'up', operator: '==', threshold: 0 }],
    ['(rate(a[5m]) > 0.5)', { query: 'rate(a[5m])', operator: '>', threshold: 0.5 }],
    ['-10 >= (a / b)', { query: '(a / b)', operator: '<=', threshold: -10 }],
  ])('of %s', (query, comparison) => {
    const parsed = parse(query)
    expect(parsed.ok && splitComparison(parsed.expr)).toEqual(comparison)
  })

  it.each(['up', 'a > b', 'a > bool 1', 'a > 1 and b > 2', '1 > bool 2'])(
    'is none in %s',
    (query) => {
      const parsed = parse(query)
      expect(parsed.ok && splitComparison(parsed.expr)).toBeUndefined()
    },
  )
})
