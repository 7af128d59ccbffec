import { describe, expect, it } from 'vitest'
import type { JsonObject } from './json-value.ts'
import { readDashboard } from './read-dashboard.ts'

function readPanel(raw: JsonObject, schemaVersion = 16) {
  const { dashboard, report } = readDashboard({ schemaVersion, panels: [{ id: 1, ...raw }] })
  const [panel] = dashboard.panels
  if (!panel) throw new Error('no panel')
  return { ...panel, report, defaults: panel.fieldConfig.defaults }
}

describe('singlestat becomes stat or gauge', () => {
  const old = { type: 'singlestat', valueName: 'current', format: 'bytes', decimals: 1 }

  it('keeps statistic, unit and decimals', () => {
    const panel = readPanel({ ...old, nullText: 'N/A' })
    expect(panel.type).toBe('stat')
    expect(panel.options).toMatchObject({
      reduceOptions: { calcs: ['lastNotNull'] },
      graphMode: 'none',
    })
    expect(panel.defaults).toMatchObject({ unit: 'bytes', decimals: 1, noValue: 'N/A' })
  })

  it.each([
    [{ colorBackground: true }, { colorMode: 'background' }],
    [{ colorValue: true }, { colorMode: 'value' }],
    [{}, { colorMode: 'none' }],
    [{ sparkline: { show: true } }, { graphMode: 'area' }],
    [{ valueName: 'name' }, { textMode: 'name' }],
    [{ valueName: 'avg' }, { reduceOptions: { calcs: ['mean'] } }],
    [{ valueName: 'total' }, { reduceOptions: { calcs: ['sum'] } }],
  ])('%j', (more, options) => {
    expect(readPanel({ ...old, ...more }).options).toMatchObject(options)
  })

  it('reads thresholds with one colour more', () => {
    const panel = readPanel({ ...old, thresholds: '50, 80', colors: ['green', 'orange', 'red'] })
    expect(panel.defaults['thresholds']).toEqual({
      mode: 'absolute',
      steps: [
        { value: null, color: 'green' },
        { value: 50, color: 'orange' },
        { value: 80, color: 'red' },
      ],
    })
  })

  it('reads value and range maps', () => {
    const valueMaps = [
      { op: '=', text: 'N/A', value: 'null' },
      { op: '=', text: 'up', value: '1' },
    ]
    const rangeMaps = [{ from: '1', to: '3', text: 'few' }]
    expect(readPanel({ ...old, valueMaps, mappingType: 1 }).defaults['mappings']).toEqual([
      { type: 'value', options: { 1: { text: 'up' } } },
      { type: 'special', options: { match: 'null', result: { text: 'N/A' } } },
    ])
    expect(readPanel({ ...old, rangeMaps, mappingType: 2 }).defaults['mappings']).toEqual([
      { type: 'range', options: { from: 1, to: 3, result: { text: 'few' } } },
    ])
  })

  it('is a gauge when it drew one', () => {
    const panel = readPanel({ ...old, gauge: { show: true, minValue: 0, maxValue: 50 } })
    expect(panel).toMatchObject({ type: 'gauge', defaults: { min: 0, max: 50 } })
  })

  it.each([
    [{ format: 'none', postfix: '%' }, 'suffix:%', []],
    [{ format: 'short', prefix: '~' }, 'prefix:~', []],
    [{ format: 'bytes', postfix: 'x' }, 'bytes', ['postfix']],
  ])('%j', (more, unit, lost) => {
    const panel = readPanel({ ...old, ...more })
    expect(panel.defaults['unit']).toBe(unit)
    expect(panel.report.unsupported.map((one) => one.name)).toEqual(lost)
  })

  it('shows a column only of a table result', () => {
    const fields = (format: string) =>
      readPanel({ ...old, tableColumn: 'a.b', targets: [{ refId: 'A', format }] }).options[
        'reduceOptions'
      ]
    expect(fields('table')).toMatchObject({ fields: String.raw`/^a\.b$/` })
    expect(fields('time_series')).toMatchObject({ fields: '' })
  })
})

describe("Angular's table", () => {
  const styles = [
    { pattern: 'Time', type: 'date', dateFormat: 'HH:mm', alias: 'When' },
    { pattern: 'id', type: 'hidden' },
    {
      ...{ pattern: '/Value.*/', type: 'number', unit: 'bytes', decimals: 0, colorMode: 'row' },
      ...{ thresholds: ['1', '2.5'], colors: ['g', 'o', 'r'] },
      ...{ link: true, linkUrl: '/d/x?var-a=${__cell_2}&v=${__cell}', linkTooltip: 'go' },
    },
    { pattern: '/.*/', type: 'number', unit: 'short', decimals: 2 },
  ]

  it('turns styles into overrides, the first of which used to hold', () => {
    const panel = readPanel({
      type: 'table',
      styles,
      transform: 'table',
      sort: { col: 2, desc: true },
    })
    expect(panel.type).toBe('table')
    expect(panel.defaults).toMatchObject({ unit: 'short', decimals: 2 })
    const [value, hidden, time] = panel.fieldConfig.overrides
    expect(time).toMatchObject({
      matcher: { id: 'byName', options: 'Time' },
      properties: [
        { id: 'displayName', value: 'When' },
        { id: 'unit', value: 'time:HH:mm' },
      ],
    })
    expect(hidden?.properties).toEqual([{ id: 'custom.hidden', value: true }])
    expect(value?.matcher.id).toBe('byRegexp')
    expect(value?.properties.find((one) => one.id === 'links')?.value).toEqual([
      { title: 'go', url: '/d/x?var-a=${__data.fields[2]}&v=${__value.text}', targetBlank: false },
    ])
    expect(value?.properties.find((one) => one.id === 'thresholds')?.value).toMatchObject({
      steps: [{ value: null, color: 'g' }, { value: 1 }, { value: 2.5, color: 'r' }],
    })
    expect(panel.options).toMatchObject({ sortBy: [{ columnIndex: 2, desc: true }] })
  })

  it.each([
    ['timeseries_to_rows', [], 'seriesToRows'],
    ['timeseries_to_columns', [], 'joinByField'],
    ['timeseries_aggregations', [{ value: 'avg' }], 'reduce'],
  ])('the transform %s', (transform, columns, id) => {
    const panel = readPanel({ type: 'table-old', styles: [], transform, columns })
    expect(panel.transformations.map((one) => one.id)).toEqual([id])
  })

  it('reports a transform that has no successor', () => {
    const { report } = readPanel({ type: 'table', styles: [], transform: 'json' })
    expect(report.unsupported[0]?.name).toBe('transform: json')
  })
})

describe('other panels', () => {
  it('pie chart', () => {
    const panel = readPanel({
      ...{ type: 'grafana-piechart-panel', pieType: 'donut', valueName: 'total', format: 's' },
      ...{ legend: { show: true, values: true, percentage: true }, legendType: 'Under graph' },
      aliasColors: { a: 'red' },
    })
    expect(panel).toMatchObject({
      type: 'piechart',
      options: {
        pieType: 'donut',
        reduceOptions: { calcs: ['sum'] },
        legend: { placement: 'bottom', values: ['value', 'percent'] },
      },
      defaults: { unit: 's', decimals: 0 },
    })
  })

  it('heatmap', () => {
    const panel = readPanel({
      ...{ type: 'heatmap', dataFormat: 'tsbuckets', hideZeroBuckets: true },
      ...{ yAxis: { format: 's', show: true }, yBucketBound: 'upper' },
      color: { mode: 'spectrum', colorScheme: 'interpolateBlues', min: 5, max: 1 },
    })
    expect(panel.options).toMatchObject({
      calculate: false,
      yAxis: { unit: 's' },
      rowsFrame: { layout: 'ge' },
      color: { mode: 'scheme', scheme: 'Blues', min: 1, max: 5, reverse: true },
    })
  })

  it('text', () => {
    const options = readPanel({ type: 'text', mode: 'html', content: '<b>' }).options
    expect(options).toEqual({ mode: 'html', content: '<b>' })
  })

  it('list of dashboards', () => {
    const { options } = readPanel({ type: 'dashlist', starred: true, limit: 5, tags: ['a'] })
    expect(options).toMatchObject({ showStarred: true, maxItems: 5, tags: ['a'] })
  })

  it('options of gauge and stat from before Grafana 7', () => {
    const panel = readPanel({
      type: 'gauge',
      pluginVersion: '6.3.0',
      options: {
        fieldOptions: {
          calcs: ['last'],
          defaults: { unit: 'percent', title: 'used' },
          thresholds: [
            { value: null, color: 'green' },
            { value: 80, color: 'red' },
          ],
          mappings: [{ type: 1, value: '0', text: 'none' }],
        },
        showThresholdMarkers: true,
      },
    })
    expect(panel.options).toEqual({
      reduceOptions: { calcs: ['last'], values: false },
      showThresholdMarkers: true,
    })
    expect(panel.defaults).toMatchObject({
      ...{ unit: 'percent', displayName: 'used', min: 0, max: 100 },
      thresholds: { mode: 'absolute', steps: [{ value: null }, { value: 80 }] },
      mappings: [{ type: 'value', options: { 0: { text: 'none' } } }],
    })
  })

  it('options of the first gauge', () => {
    const panel = readPanel({
      type: 'gauge',
      'options-gauge': {
        unit: 'ms',
        stat: 'avg',
        decimals: 1,
        minValue: 0,
        maxValue: 9,
        thresholds: [],
      },
    })
    expect(panel.defaults).toMatchObject({ unit: 'ms', decimals: 1, min: 0, max: 9 })
    expect(panel.options).toMatchObject({ reduceOptions: { calcs: ['mean'] } })
  })

  it('cells of a table', () => {
    const panel = readPanel({
      type: 'table',
      fieldConfig: {
        defaults: { custom: { displayMode: 'lcd-gauge' } },
        overrides: [
          {
            matcher: { id: 'byName', options: 'a' },
            properties: [{ id: 'custom.displayMode', value: 'color-background-solid' }],
          },
        ],
      },
    })
    expect(panel.defaults['custom']).toEqual({ cellOptions: { type: 'gauge', mode: 'lcd' } })
    expect(panel.fieldConfig.overrides[0]?.properties).toEqual([
      { id: 'custom.cellOptions', value: { type: 'color-background', mode: 'basic' } },
    ])
  })

  it.each([
    [{ displayMode: 'hidden' }, { displayMode: 'list', showLegend: false }],
    [{ displayMode: 'table' }, { displayMode: 'table', showLegend: true }],
  ])('legend %j', (legend, expected) => {
    expect(readPanel({ type: 'timeseries', options: { legend } }).options['legend']).toEqual(
      expected,
    )
  })

  it('keeps a type it does not know, and reports it', () => {
    const panel = readPanel({ type: 'grafana-polystat-panel', polystat: { x: 1 } })
    expect(panel).toMatchObject({ type: 'grafana-polystat-panel', rest: { polystat: { x: 1 } } })
    expect(panel.report.unsupported).toMatchObject([{ kind: 'panel type', panelId: 1 }])
  })

  it('transformations of old versions', () => {
    const transformations = [
      { id: 'labelsToFields', options: {} },
      { id: 'seriesToColumns', options: { byField: 'a' } },
      { id: 'timeSeriesTable', options: { refIdToStat: { A: 'mean' } } },
      { id: 'spatial', options: {} },
    ]
    const panel = readPanel({ type: 'table', transformations })
    expect(panel.transformations.map((one) => one.id)).toEqual([
      ...['labelsToFields', 'merge', 'joinByField', 'timeSeriesTable', 'spatial'],
    ])
    expect(panel.transformations[3]?.options).toEqual({ A: { stat: 'mean' } })
    expect(panel.report.unsupported.map((one) => one.name)).toEqual(['spatial'])
  })

  it.each([
    [{ title: 'a', dashboard: 'My Board!' }, 'dashboard/db/my-board'],
    [{ title: 'a', dashUri: 'db/x', params: 'a=1' }, 'dashboard/db/x?a=1'],
    [{ title: 'a', url: '/x', keepTime: true }, '/x?$__url_time_range'],
    [{ title: 'a', url: '/x?s=$__series_name' }, '/x?s=${__series.name}'],
  ])('the link %j leads to %s', (link, url) => {
    expect(readPanel({ type: 'text', links: [link] }).links[0]?.url).toBe(url)
  })

  it.each([
    [4, 6],
    [5, 4],
    [24, 1],
  ])('minSpan %i is at most %i a row', (minSpan, maxPerRow) => {
    expect(readPanel({ type: 'text', minSpan }).maxPerRow).toBe(maxPerRow)
  })
})
