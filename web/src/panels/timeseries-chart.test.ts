// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import type { JsonObject } from '../../../src/lang/dashboard/json-value.ts'
import type { FieldConfig } from '../../../src/lang/dashboard/model.ts'
import { withTypeDefaults } from './field-defaults.ts'
import { grafanaTheme, overrideFrames } from './frames/process-frames.ts'
import { toFrames } from './frames/to-frames.ts'
import { timeseriesChart } from './timeseries-chart.ts'

function chartOf(
  config: Partial<FieldConfig>,
  options: JsonObject = {},
  points = [
    [1, 2],
    [3, 4],
  ],
) {
  const frames = toFrames(
    {
      resultType: 'matrix',
      result: points.map((values, i) => ({
        metric: { name: `s${i}` },
        values: values.map((value, at) => [(at === 0 ? 0 : at + 1) * 10, String(value)] as const),
      })),
    },
    {
      ...{ refId: 'A', format: 'time_series', legendFormat: '{{name}}', expr: 'x' },
      ...{ stepMs: 10_000, isOneOfSeveral: false },
    },
  )
  const fieldConfig = withTypeDefaults('timeseries', { defaults: {}, overrides: [], ...config })
  const done = overrideFrames(frames, {
    fieldConfig,
    scope: new Map(),
    scheme: 'light',
    zone: 'utc',
  })
  return timeseriesChart(done, options, grafanaTheme('light'))
}

function override(name: string, ...properties: { id: string; value: unknown }[]) {
  return { matcher: { id: 'byName', options: name }, properties, rest: {} }
}

describe('a time series chart', () => {
  it('shows a gap where a step is missing', () => {
    const { data } = chartOf({})
    expect([...data.timesMs]).toEqual([0, 10_000, 20_000])
    expect(data.series[0]).toMatchObject({ name: 's0', values: Float64Array.of(1, Number.NaN, 2) })
  })

  it.each([
    [
      { fillOpacity: 20, lineWidth: 3 },
      { fillOpacity: 0.2, lineWidth: 3 },
    ],
    [{ drawStyle: 'bars' }, { draw: 'bars' }],
    [{ fillBelowTo: 's1' }, { fillTo: 's1', fillOpacity: 0.35 }],
    [{ lineInterpolation: 'stepAfter' }, { interpolation: 'step-after' }],
    [{ spanNulls: true }, { nulls: 'connect' }],
    [{ spanNulls: 5000 }, { nulls: { connectUpToMs: 5000 } }],
    [{ stacking: { mode: 'percent', group: 'A' } }, { stack: 'A', stackMode: 'percent' }],
    [{ transform: 'negative-Y' }, { negative: true }],
    [{ lineStyle: { fill: 'dash', dash: [4, 2] } }, { dash: [4, 2] }],
    [{ hideFrom: { legend: true } }, { isHiddenInLegend: true }],
  ])('%j is drawn %j', (custom, style) => {
    expect(chartOf({ defaults: { custom } }).data.series[0]?.style).toMatchObject(style)
  })

  it('leaves hidden series out, and takes null as zero', () => {
    const hidden = override('s0', { id: 'custom.hideFrom', value: { viz: true } })
    const { data } = chartOf({ defaults: { nullValueMode: 'null as zero' }, overrides: [hidden] })
    expect(data.series.map((one) => [one.name, one.style?.nulls])).toEqual([['s1', 'zero']])
  })

  it('puts a second unit on the right, in its own notation', () => {
    const unit = override('s1', { id: 'unit', value: 'percent' })
    const { data, options } = chartOf({ defaults: { unit: 'bytes' }, overrides: [unit] })
    expect(data.series.map((one) => one.style?.axis)).toEqual(['left', 'right'])
    expect(options.left?.format?.(2048)).toBe('2 KiB')
    expect(options.right?.format?.(5)).toBe('5%')
  })

  it('has bounds, logarithms and labels of its axis; shares go to 1', () => {
    const custom = { scaleDistribution: { type: 'log', log: 2 }, axisLabel: 'size' }
    expect(chartOf({ defaults: { min: 1, max: 9, custom } }).options.left).toMatchObject({
      ...{ min: 1, max: 9, scale: 'log2', label: 'size' },
    })
    const percent = { stacking: { mode: 'percent' } }
    expect(chartOf({ defaults: { max: 100, custom: percent } }).options.left).toMatchObject({
      max: 1,
    })
  })

  it('takes colours from overrides, else from the palette', () => {
    const red = override('s1', { id: 'color', value: { mode: 'fixed', fixedColor: '#ff0000' } })
    const { data } = chartOf({ overrides: [red] })
    expect(data.series.map((one) => one.style?.color)).toEqual([undefined, '#ff0000'])
  })

  it('draws thresholds only when asked', () => {
    expect(chartOf({}).options.thresholds).toBeUndefined()
    const custom = { thresholdsStyle: { mode: 'line+area' } }
    expect(chartOf({ defaults: { custom } }).options.thresholds).toMatchObject({
      mode: 'line+area',
      steps: [{ value: -Infinity }, { value: 80 }],
    })
  })

  it('reads legend and tooltip', () => {
    const legend = {
      displayMode: 'table',
      placement: 'right',
      calcs: ['lastNotNull', 'mean'],
      sortBy: 'Max',
      sortDesc: true,
    }
    const chart = chartOf({}, { legend, tooltip: { mode: 'multi', sort: 'desc' } })
    expect(chart.legend).toEqual({ mode: 'table', placement: 'right', calcs: ['last', 'mean'] })
    expect(chart.data.series.map((one) => one.name)).toEqual(['s1', 's0'])
    expect(chart.options.tooltip).toMatchObject({ mode: 'all', sort: 'descending' })
    expect(chartOf({}, { legend: { showLegend: false } }).legend).toBe(false)
  })
})
