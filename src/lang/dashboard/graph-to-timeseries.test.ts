import { describe, expect, it } from 'vitest'
import type { JsonObject } from './json-value.ts'
import { readDashboard } from './read-dashboard.ts'

function readGraph(graph: JsonObject, schemaVersion = 16) {
  const panels = [{ id: 1, type: 'graph', title: 'g', ...graph }]
  const { dashboard, report } = readDashboard({ schemaVersion, panels })
  const [panel] = dashboard.panels
  if (!panel) throw new Error('no panel')
  return { panel, report, custom: panel.fieldConfig.defaults['custom'] }
}

/** The properties of the first override. */
function override(graph: JsonObject) {
  return readGraph(graph).panel.fieldConfig.overrides[0]
}

describe('graph becomes timeseries', () => {
  it.each([
    [
      { lines: true, fill: 3, linewidth: 2 },
      { drawStyle: 'line', fillOpacity: 30, lineWidth: 2 },
    ],
    [
      { bars: true, lines: false },
      { drawStyle: 'bars', fillOpacity: 100 },
    ],
    [
      { lines: false, points: true, pointradius: 3 },
      { drawStyle: 'points', showPoints: 'always', pointSize: 8 },
    ],
    [{ steppedLine: true }, { lineInterpolation: 'stepAfter' }],
    [{ nullPointMode: 'connected' }, { spanNulls: true }],
    [{ nullPointMode: 'null' }, { spanNulls: false }],
    [{ stack: true }, { stacking: { mode: 'normal', group: 'A' } }],
    [{ stack: true, percentage: true }, { stacking: { mode: 'percent', group: 'A' } }],
    [
      { dashes: true, dashLength: 5, spaceLength: 3 },
      { lineStyle: { fill: 'dash', dash: [5, 3] } },
    ],
    [{ fillGradient: 4 }, { gradientMode: 'opacity', fillOpacity: 40 }],
    [{ yaxes: [{ logBase: 10 }] }, { scaleDistribution: { type: 'log', log: 10 } }],
    [{ yaxes: [{ show: false, label: 'x' }] }, { axisPlacement: 'hidden', axisLabel: 'x' }],
  ])('%j draws %j', (graph, custom) => {
    expect(readGraph(graph).custom).toMatchObject(custom)
  })

  it('takes unit, bounds and decimals from the left axis', () => {
    const yaxes = [{ format: 'bytes', min: '0', max: '100', decimals: 2 }]
    expect(readGraph({ yaxes }).panel.fieldConfig.defaults).toMatchObject({
      unit: 'bytes',
      min: 0,
      max: 100,
      decimals: 2,
    })
  })

  it('keeps null as zero where the panel reads it', () => {
    const { defaults } = readGraph({ nullPointMode: 'null as zero' }).panel.fieldConfig
    expect(defaults['nullValueMode']).toBe('null as zero')
  })

  it.each([
    [
      { alias: 'a', fill: 0 },
      { id: 'custom.fillOpacity', value: 0 },
    ],
    [
      { alias: 'a', linewidth: 3 },
      { id: 'custom.lineWidth', value: 3 },
    ],
    [
      { alias: 'a', transform: 'negative-Y' },
      { id: 'custom.transform', value: 'negative-Y' },
    ],
    [
      { alias: 'a', lines: false },
      { id: 'custom.lineWidth', value: 0 },
    ],
    [
      { alias: 'a', bars: true },
      { id: 'custom.drawStyle', value: 'bars' },
    ],
    [
      { alias: 'a', points: true },
      { id: 'custom.showPoints', value: 'always' },
    ],
    [
      { alias: 'a', steppedLine: true },
      { id: 'custom.lineInterpolation', value: 'stepAfter' },
    ],
    [
      { alias: 'a', stack: 'B' },
      { id: 'custom.stacking', value: { mode: 'normal', group: 'B' } },
    ],
    [
      { alias: 'a', stack: false },
      { id: 'custom.stacking', value: { mode: 'none', group: 'A' } },
    ],
    [
      { alias: 'a', fillBelowTo: 'b' },
      { id: 'custom.fillBelowTo', value: 'b' },
    ],
    [
      { alias: 'a', nullPointMode: 'connected' },
      { id: 'custom.spanNulls', value: true },
    ],
    [
      { alias: 'a', color: '#fff' },
      { id: 'color', value: { mode: 'fixed', fixedColor: '#fff' } },
    ],
    [
      { alias: 'a', dashes: true, dashLength: 4 },
      { id: 'custom.lineStyle', value: { fill: 'dash', dash: [4, 10] } },
    ],
    [
      { alias: 'a', legend: false },
      { id: 'custom.hideFrom', value: { legend: true, tooltip: false, viz: false } },
    ],
  ])('the override %j gives %j', (old, property) => {
    expect(override({ seriesOverrides: [old] })?.properties).toContainEqual(property)
  })

  it.each([
    ['/cpu.*/', 'byRegexp'],
    ['/CPU/i', 'byRegexp'],
    ['cpu', 'byName'],
  ])('the alias %s is matched %s', (alias, id) => {
    expect(override({ seriesOverrides: [{ alias, fill: 1 }] })?.matcher).toEqual({
      id,
      options: alias,
    })
  })

  it('gives a series of the second axis what that axis has of its own', () => {
    const yaxes = [{ format: 'bytes' }, { format: 'percent', max: 100, label: 'share' }]
    const rule = override({ yaxes, seriesOverrides: [{ alias: 'a', yaxis: 2 }] })
    expect(rule?.properties).toEqual([
      { id: 'unit', value: 'percent' },
      { id: 'max', value: 100 },
      { id: 'custom.axisLabel', value: 'share' },
      { id: 'custom.axisPlacement', value: 'right' },
    ])
  })

  it('colours the aliases', () => {
    expect(override({ aliasColors: { a: '#123' } })).toMatchObject({
      matcher: { id: 'byName', options: 'a' },
      properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: '#123' } }],
    })
  })

  it('hides empty series, and the time axis', () => {
    const legend = { hideEmpty: true }
    const rules = readGraph({ legend, xaxis: { show: false } }).panel.fieldConfig.overrides
    expect(rules.map((rule) => rule.matcher)).toEqual([
      { id: 'byValue', options: { reducer: 'allIsNull', op: 'gte', value: 0 } },
      { id: 'byType', options: 'time' },
    ])
  })

  it('reads legend and tooltip', () => {
    const legend = {
      ...{ show: true, values: true, alignAsTable: true, rightSide: true, sideWidth: 200 },
      ...{ avg: true, current: true, max: true, sort: 'current', sortDesc: true },
    }
    const { options } = readGraph({ legend, tooltip: { shared: false, sort: 2 } }).panel
    expect(options).toEqual({
      legend: {
        ...{ displayMode: 'table', showLegend: true, placement: 'right', width: 200 },
        ...{ calcs: ['max', 'mean', 'lastNotNull'], sortBy: 'Last *', sortDesc: true },
      },
      tooltip: { mode: 'single', sort: 'desc' },
    })
  })

  it.each([
    [
      [{ op: 'gt', value: 80, colorMode: 'critical', fill: true }],
      [null, 'transparent', 80, 'red'],
      'area',
    ],
    [
      [{ op: 'lt', value: 10, colorMode: 'warning', line: true }],
      [null, 'orange', 10, 'transparent'],
      'line',
    ],
    [
      [
        { op: 'gt', value: 90, colorMode: 'critical', fill: true, line: true },
        { op: 'lt', value: 10, colorMode: 'custom', fillColor: '#00f' },
      ],
      [null, '#00f', 10, 'transparent', 90, 'red'],
      'line+area',
    ],
  ])('thresholds %j', (thresholds, steps, mode) => {
    const { panel, custom } = readGraph({ thresholds })
    const read = panel.fieldConfig.defaults['thresholds'] as {
      steps: { value: unknown; color: string }[]
    }
    expect(read.steps.flatMap((step) => [step.value, step.color])).toEqual(steps)
    expect(custom).toMatchObject({ thresholdsStyle: { mode } })
  })

  it.each([
    [{ xaxis: { mode: 'series', values: ['current'] } }, 'bargauge'],
    [{ xaxis: { mode: 'histogram', buckets: 10 } }, 'histogram'],
    [{ xaxis: { mode: 'time' } }, 'timeseries'],
  ])('%j is a %s', (graph, type) => {
    expect(readGraph(graph).panel.type).toBe(type)
  })

  it('keeps its own time, and drops the keys it has read', () => {
    const { panel } = readGraph({ timeShift: '1d', timeFrom: '2h', fill: 1, foo: 1 })
    expect(panel).toMatchObject({ timeShift: '1d', timeFrom: '2h', rest: { foo: 1 } })
    expect(panel.rest).not.toHaveProperty('fill')
  })

  it('names what is lost', () => {
    const { report } = readGraph({ timeRegions: [{}], alert: { name: 'x' } })
    expect(report.unsupported.map((one) => one.name)).toEqual(['timeRegions', 'alert'])
    expect(report.migrated).toEqual([
      { panelId: 1, panelTitle: 'g', from: 'graph', to: 'timeseries' },
    ])
  })

  it('reads axes and thresholds of the first schemas', () => {
    const { panel } = readGraph(
      {
        grid: { leftMax: 10, leftMin: 0, threshold1: 5, threshold1Color: '#f00' },
        y_formats: ['bps', 'short'],
        leftYAxisLabel: 'rate',
        aliasYAxis: { b: 2 },
        legend: true,
      },
      2,
    )
    expect(panel.fieldConfig.defaults).toMatchObject({
      unit: 'bps',
      min: 0,
      max: 10,
      custom: { axisLabel: 'rate' },
      thresholds: {
        steps: [
          { value: null, color: 'transparent' },
          { value: 5, color: '#f00' },
        ],
      },
    })
    expect(panel.fieldConfig.overrides[0]?.matcher.options).toBe('b')
  })
})
