import { describe, expect, it } from 'vitest'
import { OPENMETRICS, TestTarget } from './test-scrape.ts'

describe('exemplars', () => {
  const page = (exemplar: string): string => `# TYPE a counter;a_total 1 # ${exemplar};# EOF`

  it('are handed over with their series, once', () => {
    const target = new TestTarget()
    target.page(page('{trace_id="x"} 0.5'), 1000, OPENMETRICS)
    target.page(page('{trace_id="x"} 0.5'), 2000, OPENMETRICS)
    target.page(page('{trace_id="y"} 0.5'), 3000, OPENMETRICS)
    target.page(page('{trace_id="y"} 0.5 2.5'), 4000, OPENMETRICS)
    target.page(page('{trace_id="y"} 0.5 2.5'), 5000, OPENMETRICS)
    expect(
      target.sink.exemplars.map(({ series, labels, value, timestampMs }) => [
        series.name,
        labels.toObject(),
        value,
        timestampMs,
      ]),
    ).toEqual([
      ['a_total', { trace_id: 'x' }, 0.5, 1000],
      ['a_total', { trace_id: 'y' }, 0.5, 3000],
      ['a_total', { trace_id: 'y' }, 0.5, 2500],
    ])
  })

  it('of dropped series are left out', () => {
    const target = new TestTarget('metric_relabel_configs: [{action: drop}]')
    target.page(page('{trace_id="x"} 0.5'), 1000, OPENMETRICS)
    expect(target.sink.exemplars).toEqual([])
  })
})
