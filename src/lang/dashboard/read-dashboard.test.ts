import { describe, expect, it } from 'vitest'
import { allPanels } from './find-unsupported.ts'
import { readDashboard } from './read-dashboard.ts'
import { writeDashboard } from './write-dashboard.ts'

const plain = { title: 'T', schemaVersion: 39, panels: [{ id: 1, type: 'text', title: 'p' }] }

describe('what is a dashboard', () => {
  it.each([
    ['as it is', plain],
    ['the answer of the API', { dashboard: plain, meta: { slug: 't' } }],
    ['grafana.com', { id: 1, json: plain }],
    ['a resource', { apiVersion: 'v1', kind: 'Dashboard', metadata: { name: 'u' }, spec: plain }],
    ['text', JSON.stringify(plain)],
    ['text with a byte order mark', `\uFEFF${JSON.stringify(plain)}`],
    ['text within', { dashboard: JSON.stringify(plain) }],
  ])('%s', (_name, json) => {
    expect(readDashboard(json).dashboard.title).toBe('T')
  })

  it.each([
    ['{', 'the dashboard is not JSON'],
    ['[]', 'this is not a dashboard'],
    [{ a: 1 }, 'this is not a dashboard'],
    [null, 'this is not a dashboard'],
  ])('%j is none', (json, message) => {
    expect(() => readDashboard(json)).toThrow(message)
  })

  it('refuses what would exhaust the stack', () => {
    const text = `{"title":"x","a":${'['.repeat(5000)}${']'.repeat(5000)}}`
    expect(() => readDashboard(text)).toThrow('deeper than 100')
  })

  it('takes no prototype from a file', () => {
    const { dashboard } = readDashboard('{"title":"x","__proto__":{"polluted":1},"panels":[]}')
    expect(Object.getPrototypeOf(dashboard.rest)).toBe(Object.prototype)
    expect(dashboard.rest).not.toHaveProperty('polluted')
  })

  it('survives wrong types everywhere', () => {
    const odd = { title: 3, tags: 'a', panels: [null, 1, { type: 7, targets: 'x', gridPos: [] }] }
    const { dashboard } = readDashboard({ ...odd, templating: { list: [{}, null] }, time: 'now' })
    expect(dashboard).toMatchObject({ title: '3', tags: [], variables: [] })
    expect(dashboard.panels).toHaveLength(1)
  })
})

describe('writing', () => {
  it('gives back what it does not know, at each level', () => {
    const raw = {
      ...{ title: 'T', schemaVersion: 42, weekStart: 'monday', future: { a: 1 } },
      links: [{ type: 'link', url: '/x', title: 'l', placement: 'top' }],
      annotations: { list: [{ name: 'a', expr: 'up', mystery: 1, filter: { ids: [1] } }] },
      templating: { list: [{ type: 'groupby', name: 'g', odd: true }] },
      panels: [
        {
          ...{
            id: 5,
            type: 'new-panel',
            title: 'p',
            libraryPanel: { uid: 'l', name: 'L' },
            odd: 2,
          },
          targets: [{ refId: 'A', expr: 'up', hide: true, odd: 3 }],
          transformations: [{ id: 'x', disabled: true, topic: 'series' }],
          fieldConfig: { defaults: {}, overrides: [{ matcher: { id: 'm' }, __systemRef: 's' }] },
        },
      ],
    }
    const first = readDashboard(raw).dashboard
    const written = writeDashboard(first)
    expect(written).toMatchObject({
      ...{ weekStart: 'monday', future: { a: 1 } },
      links: [{ placement: 'top' }],
      annotations: { list: [{ mystery: 1, expr: 'up' }] },
      templating: { list: [{ type: 'groupby', odd: true }] },
      panels: [
        {
          odd: 2,
          targets: [{ odd: 3, hide: true }],
          transformations: [{ topic: 'series', disabled: true }],
          fieldConfig: { overrides: [{ __systemRef: 's' }] },
        },
      ],
    })
    expect(readDashboard(written).dashboard).toEqual(first)
  })
})

describe('inputs', () => {
  const inputs = [
    { name: 'DS_X', type: 'datasource', pluginId: 'prometheus' },
    { name: 'DS_L', type: 'datasource', pluginId: 'loki' },
    { name: 'DS_I', type: 'datasource', pluginId: 'influxdb' },
    { name: 'VAR_J', type: 'constant', value: 'node' },
  ]
  const targets = [{ refId: 'A', expr: 'up{job="${VAR_J}"}', datasource: '${DS_L}' }]
  const panels = [{ id: 1, type: 'timeseries', datasource: { uid: '${DS_X}' }, targets }]

  it('are bound by themselves', () => {
    const { dashboard, report } = readDashboard({ __inputs: inputs, panels })
    expect(dashboard.panels[0]).toMatchObject({
      datasource: { uid: 'prometheus' },
      targets: [{ datasource: { type: 'loki', uid: 'loki' }, query: { expr: 'up{job="node"}' } }],
    })
    expect(report.bound).toContainEqual({ name: 'VAR_J', value: 'node' })
    expect(report.unsupported.map((one) => one.name)).toEqual(['DS_I'])
    expect(dashboard.rest).toEqual({})
  })

  it('are bound where no input declares them', () => {
    const one = { id: 1, type: 'stat', datasource: '${DS_PROMETHEUS}', targets: [] }
    const two = { id: 2, type: 'logs', datasource: { type: 'loki', uid: '${DS_MINE}' } }
    const { dashboard } = readDashboard({ panels: [one, two] })
    expect(dashboard.panels.map((panel) => panel.datasource?.uid)).toEqual(['prometheus', 'loki'])
  })

  it('leave a variable of such a name alone', () => {
    const list = [{ type: 'datasource', name: 'DS_A', query: 'prometheus' }]
    const one = { id: 1, type: 'stat', datasource: { uid: '${DS_A}' } }
    const { dashboard } = readDashboard({ panels: [one], templating: { list } })
    expect(dashboard.panels[0]?.datasource?.uid).toBe('${DS_A}')
  })

  it('put library panels in their place', () => {
    const elements = { l1: { uid: 'l1', model: { type: 'stat', title: 'inside' } } }
    const one = { id: 4, gridPos: { x: 0, y: 0, w: 4, h: 4 }, libraryPanel: { uid: 'l1' } }
    const { dashboard, report } = readDashboard({ __elements: elements, panels: [one] })
    expect(dashboard.panels[0]).toMatchObject({ id: 4, type: 'stat', title: 'inside' })
    expect(report.unsupported).toEqual([])
  })

  it('name a library panel that is not there', () => {
    const one = { id: 4, libraryPanel: { uid: 'l1', name: 'Lib' } }
    const { report } = readDashboard({ panels: [one] })
    expect(report.unsupported).toMatchObject([{ kind: 'library panel', name: 'Lib' }])
  })
})

describe('rows', () => {
  const graph = (id: number, span: number) => ({ id, type: 'graph', span })

  it('are placed on the grid', () => {
    const rows = [
      { height: '250px', panels: [graph(1, 6), graph(2, 6), graph(3, 12)] },
      { height: 100, panels: [graph(4, 4)] },
    ]
    const { dashboard } = readDashboard({ rows })
    expect(dashboard.panels.map((panel) => panel.gridPos)).toEqual([
      { x: 0, y: 0, w: 12, h: 7 },
      { x: 12, y: 0, w: 12, h: 7 },
      { x: 0, y: 7, w: 24, h: 7 },
      { x: 0, y: 14, w: 8, h: 3 },
    ])
  })

  it('become panels when one is collapsed, repeated or titled; clones are left out', () => {
    const rows = [
      { title: 'A', collapse: true, repeat: 'x', panels: [graph(1, 12)] },
      { title: 'A', repeatIteration: 5, panels: [graph(9, 12)] },
      { title: 'B', panels: [graph(1, 12)] },
    ]
    const { panels } = readDashboard({ rows }).dashboard
    expect(panels.map(({ type, title, collapsed }) => [type, title, collapsed])).toEqual([
      ['row', 'A', true],
      ['row', 'B', false],
      ['timeseries', '', undefined],
    ])
    expect(panels[0]).toMatchObject({ repeat: 'x', panels: [{ id: 1 }] })
    const ids = allPanels(readDashboard({ rows }).dashboard).map((panel) => panel.id)
    expect(new Set(ids).size).toBe(ids.length)
  })

  it('keep panels of own height below each other', () => {
    const rows = [
      {
        height: 380,
        panels: [
          { ...graph(1, 6), height: 380 },
          { ...graph(2, 6), height: 190 },
          { ...graph(3, 6), height: 190 },
        ],
      },
    ]
    const places = readDashboard({ rows }).dashboard.panels.map((panel) => panel.gridPos)
    expect(places[2]).toEqual({ x: 12, y: 5, w: 12, h: 5 })
  })

  it('drop saved clones of a repeated panel', () => {
    const panels = [
      { id: 1, type: 'stat', repeat: 'x' },
      { id: 2, type: 'stat', repeatPanelId: 1 },
    ]
    expect(readDashboard({ panels }).dashboard.panels).toHaveLength(1)
  })
})

describe('variables and annotations', () => {
  function readVariable(raw: object, schemaVersion = 20) {
    const { dashboard } = readDashboard({ schemaVersion, panels: [], templating: { list: [raw] } })
    return dashboard.variables[0]
  }

  it.each([
    [
      { name: 'a', type: 'filter', query: 'q', refresh: true },
      { type: 'query', refresh: 1 },
    ],
    [
      { name: 'a', query: 'q' },
      { type: 'query', refresh: 1, sort: 0 },
    ],
    [{ name: 'a', query: 'q', refresh: 0, options: [{ text: 'x', value: 'x' }] }, { options: [] }],
    [{ name: 'a', query: 'q', hideVariable: true }, { hide: 2 }],
    [{ name: 'a', query: 'q', hideLabel: true }, { hide: 1 }],
    [{ name: 'a', datasource: 'Prometheus' }, { datasource: { uid: 'prometheus' } }],
    [{ name: 'a', datasource: '$ds' }, { datasource: { uid: '$ds' } }],
    [{ name: 'a', type: 'constant', query: 'c' }, { type: 'textbox' }],
    [
      { name: 'a', type: 'constant', query: 'c', hide: 2 },
      { type: 'constant', query: 'c' },
    ],
    [
      { name: 'a', multi: true, current: { text: 'x', value: 'x' } },
      { current: { text: ['x'], value: ['x'] } },
    ],
    [
      { name: 'a', multi: true, current: { text: 'x + y', value: ['x', 'y'] } },
      { current: { text: ['x', 'y'], value: ['x', 'y'] } },
    ],
    [
      { name: 'a', type: 'interval', auto_count: 10 },
      { autoCount: 10, autoMin: '10s' },
    ],
    [
      { name: 'a', type: 'adhoc', filters: [{ key: 'k', operator: '=', value: 'v' }] },
      { filters: [{ key: 'k', operator: '=', value: 'v' }] },
    ],
  ])('%j', (raw, expected) => {
    expect(readVariable(raw)).toMatchObject(expected)
  })

  it('takes annotations of both forms', () => {
    const list = [
      { name: 'old', datasource: 'Prometheus', expr: 'up', step: '60s' },
      { name: 'new', datasource: { type: 'prometheus', uid: 'p' }, target: { expr: 'down' } },
      { name: 'own', builtIn: 1, datasource: '-- Grafana --', type: 'dashboard' },
    ]
    const { annotations } = readDashboard({ panels: [], annotations: { list } }).dashboard
    expect(annotations.map((one) => one.query['expr'])).toEqual(['up', 'down', undefined])
    expect(annotations[0]?.datasource).toEqual({ type: 'prometheus', uid: 'prometheus' })
    expect(annotations[2]).toMatchObject({ builtIn: true, datasource: { uid: 'grafana' } })
  })
})

describe('the second schema', () => {
  const element = {
    kind: 'Panel',
    spec: {
      ...{ id: 3, title: 'CPU', links: [] },
      data: {
        kind: 'QueryGroup',
        spec: {
          queries: [
            {
              kind: 'PanelQuery',
              spec: {
                refId: 'A',
                hidden: false,
                query: { kind: 'prometheus', spec: { expr: 'up' } },
                datasource: { type: 'prometheus', uid: 'p' },
              },
            },
          ],
          transformations: [{ kind: 'limit', spec: { id: 'limit', options: { limitField: 1 } } }],
          queryOptions: { maxDataPoints: 100 },
        },
      },
      vizConfig: { kind: 'timeseries', spec: { options: { a: 1 }, fieldConfig: { defaults: {} } } },
    },
  }
  const item = (y: number) => ({
    kind: 'GridLayoutItem',
    spec: { x: 0, y, width: 12, height: 8, element: { kind: 'ElementReference', name: 'p3' } },
  })
  const board = {
    title: 'V2',
    cursorSync: 'Crosshair',
    timeSettings: { from: 'now-1h', to: 'now', autoRefresh: '10s', timezone: 'utc' },
    elements: { p3: element },
    layout: { kind: 'GridLayout', spec: { items: [item(0)] } },
    variables: [
      {
        kind: 'QueryVariable',
        spec: {
          ...{ name: 'job', hide: 'hideLabel', refresh: 'onTimeRangeChanged', sort: 'naturalAsc' },
          query: { kind: 'prometheus', spec: { query: 'label_values(job)' } },
        },
      },
    ],
    annotations: [],
  }

  it('is converted', () => {
    const { dashboard, report } = readDashboard(board)
    expect(dashboard).toMatchObject({
      ...{ title: 'V2', graphTooltip: 1, refresh: '10s', timezone: 'utc' },
      variables: [{ type: 'query', name: 'job', hide: 1, refresh: 2, sort: 7 }],
      panels: [
        {
          ...{ id: 3, type: 'timeseries', title: 'CPU', maxDataPoints: 100, options: { a: 1 } },
          gridPos: { x: 0, y: 0, w: 12, h: 8 },
          targets: [{ refId: 'A', query: { expr: 'up' }, datasource: { uid: 'p' } }],
          transformations: [{ id: 'limit' }],
        },
      ],
    })
    expect(report.unsupported).toEqual([])
  })

  it('keeps rows, and shows tabs as rows', () => {
    const row = {
      kind: 'RowsLayoutRow',
      spec: { title: 'R', collapse: true, layout: board.layout, repeat: { value: 'job' } },
    }
    const layout = {
      kind: 'RowsLayout',
      spec: { rows: [row, { ...row, spec: { ...row.spec, collapse: false } }] },
    }
    const { panels } = readDashboard({ ...board, layout }).dashboard
    expect(panels.map((panel) => [panel.type, panel.gridPos.y])).toEqual([
      ['row', 0],
      ['row', 1],
      ['timeseries', 2],
    ])
    expect(panels[0]).toMatchObject({ repeat: 'job', panels: [{ title: 'CPU' }] })
    const tabs = { kind: 'TabsLayout', spec: { tabs: [row] } }
    const { report } = readDashboard({ ...board, layout: tabs })
    expect(report.unsupported.map((one) => one.name)).toEqual(['TabsLayout'])
  })
})
