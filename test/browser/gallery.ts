/** A dashboard with every kind of panel, and some that cannot be shown. */
export const GALLERY = {
  uid: 'gallery',
  title: 'Gallery of panels',
  tags: ['gallery', 'vedette'],
  schemaVersion: 41,
  time: { from: 'now-5m', to: 'now' },
  graphTooltip: 1,
  templating: {
    list: [
      {
        name: 'job',
        type: 'query',
        label: 'Job',
        query: 'label_values(up, job)',
        refresh: 1,
        includeAll: true,
        multi: true,
        current: { text: 'All', value: '$__all' },
      },
      {
        name: 'size',
        type: 'custom',
        label: 'Size',
        query: 'small, middle : 2, large : 3',
        current: { text: 'small', value: 'small' },
      },
      {
        name: 'every',
        type: 'interval',
        label: 'Every',
        query: '10s,1m,5m',
        auto: true,
        auto_count: 30,
        auto_min: '10s',
        current: { text: '10s', value: '10s' },
      },
      {
        name: 'word',
        type: 'textbox',
        label: 'Word',
        query: 'hello',
        current: { text: 'hello', value: 'hello' },
      },
      { name: 'filters', type: 'adhoc', label: 'Filters', filters: [] },
    ],
  },
  annotations: {
    list: [
      {
        name: 'Jumps',
        enable: true,
        iconColor: 'orange',
        datasource: { type: 'prometheus', uid: 'prometheus' },
        expr: 'count(up) and on() (vector(time()) % 60 < 15)',
        titleFormat: 'Quarter of a minute',
        step: '15s',
      },
    ],
  },
  links: [
    {
      type: 'link',
      title: 'Handbook',
      url: 'https://example.org/$word',
      icon: 'doc',
      targetBlank: true,
      includeVars: true,
      keepTime: true,
    },
    { type: 'dashboards', title: 'Others', tags: ['vedette'], asDropdown: true, keepTime: true },
  ],
  panels: place([
    series('Lines with thresholds', 'rate(node_cpu_seconds_total{mode!="idle"}[20s])', {
      unit: 'percentunit',
      custom: {
        lineWidth: 2,
        fillOpacity: 10,
        gradientMode: 'opacity',
        thresholdsStyle: { mode: 'line+area' },
      },
      thresholds: steps([null, 'green'], [0.2, 'red']),
    }),
    series('Stacked bars', 'sum by (mode) (rate(node_cpu_seconds_total[20s]))', {
      unit: 'percentunit',
      custom: { drawStyle: 'bars', fillOpacity: 80, stacking: { mode: 'normal' } },
    }),
    series('Percent stack', 'sum by (mode) (rate(node_cpu_seconds_total[20s]))', {
      custom: { fillOpacity: 50, stacking: { mode: 'percent' } },
    }),
    series('Points, log scale', 'node_memory_MemFree_bytes or node_memory_Cached_bytes', {
      unit: 'bytes',
      custom: { drawStyle: 'points', pointSize: 6, scaleDistribution: { type: 'log', log: 2 } },
    }),
    {
      ...series('Two axes, downwards', 'node_load1', { custom: { axisLabel: 'load' } }),
      targets: [
        target('A', 'node_load1', 'load'),
        target('B', 'node_memory_MemAvailable_bytes', 'memory'),
      ],
      fieldConfig: {
        defaults: { custom: { lineInterpolation: 'smooth' } },
        overrides: [
          {
            matcher: { id: 'byName', options: 'memory' },
            properties: [
              { id: 'unit', value: 'bytes' },
              { id: 'custom.axisPlacement', value: 'right' },
              { id: 'custom.transform', value: 'negative-Y' },
              { id: 'custom.lineStyle', value: { fill: 'dash', dash: [6, 4] } },
            ],
          },
        ],
      },
    },
    {
      ...series('A band between two', 'x', {}),
      targets: [
        target('A', 'node_load1 + 0.5', 'high'),
        target('B', 'node_load1', 'middle'),
        target('C', 'node_load1 - 0.5', 'low'),
      ],
      fieldConfig: {
        defaults: {},
        overrides: [
          {
            matcher: { id: 'byName', options: 'high' },
            properties: [
              { id: 'custom.fillBelowTo', value: 'low' },
              { id: 'custom.lineWidth', value: 0 },
              { id: 'custom.fillOpacity', value: 25 },
            ],
          },
          {
            matcher: { id: 'byRegexp', options: '/^lo/' },
            properties: [{ id: 'custom.lineWidth', value: 0 }],
          },
        ],
      },
    },
    {
      ...series('Table legend at the right', 'rate(node_cpu_seconds_total[20s])', {
        unit: 'percentunit',
      }),
      options: {
        legend: { displayMode: 'table', placement: 'right', calcs: ['mean', 'max', 'lastNotNull'] },
        tooltip: { mode: 'multi', sort: 'desc' },
      },
    },
    panel(
      'stat',
      'Stats',
      'node_load1 or node_load5 or node_load15',
      { unit: 'short', thresholds: steps([null, 'green'], [1, 'orange'], [3, 'red']) },
      { graphMode: 'area', colorMode: 'background' },
      8,
      6,
      '{{__name__}}',
    ),
    panel(
      'gauge',
      'Gauges',
      '1 - node_memory_MemAvailable_bytes / node_memory_MemTotal_bytes or node_filesystem_avail_bytes{mountpoint="/"} / node_filesystem_size_bytes',
      { unit: 'percentunit', min: 0, max: 1 },
      {},
      8,
      6,
    ),
    panel(
      'bargauge',
      'Bars',
      'sum by (mode) (rate(node_cpu_seconds_total[20s]))',
      { unit: 'percentunit', min: 0, max: 2 },
      { displayMode: 'gradient', orientation: 'horizontal' },
      8,
      6,
      '{{mode}}',
    ),
    panel(
      'bargauge',
      'Retro bars, upright',
      'sum by (mode) (rate(node_cpu_seconds_total[20s]))',
      { unit: 'percentunit', min: 0, max: 2 },
      { displayMode: 'lcd', orientation: 'vertical' },
      8,
      7,
      '{{mode}}',
    ),
    panel(
      'piechart',
      'Pie',
      'sum by (mode) (rate(node_cpu_seconds_total[20s]))',
      { unit: 'percentunit' },
      {
        pieType: 'donut',
        legend: { displayMode: 'table', placement: 'right', values: ['value', 'percent'] },
      },
      8,
      7,
      '{{mode}}',
    ),
    panel(
      'histogram',
      'Histogram',
      'node_network_receive_bytes_total or node_cpu_seconds_total',
      {},
      {},
      8,
      7,
    ),
    panel(
      'heatmap',
      'Heatmap',
      'label_replace(count(node_cpu_seconds_total < 60), "le", "1", "", "") or label_replace(count(node_cpu_seconds_total < 600) + 3 * node_load1, "le", "10", "", "") or label_replace(count(node_cpu_seconds_total), "le", "100", "", "")',
      {},
      { color: { scheme: 'Oranges' } },
      8,
      7,
      '{{le}}',
      'heatmap',
    ),
    panel(
      'state-timeline',
      'States',
      'up',
      {
        mappings: [
          {
            type: 'value',
            options: { 0: { text: 'down', color: 'red' }, 1: { text: 'up', color: 'green' } },
          },
        ],
      },
      {},
      8,
      6,
      '{{job}}',
    ),
    panel(
      'status-history',
      'History',
      'round(node_load1 * 3)',
      { color: { mode: 'continuous-GrYlRd' } },
      {},
      8,
      6,
      'load',
    ),
    {
      ...panel(
        'barchart',
        'Bar chart',
        'topk(6, node_filesystem_size_bytes)',
        { unit: 'bytes' },
        { orientation: 'horizontal' },
        8,
        7,
        '',
        'table',
      ),
      targets: [
        {
          ...target('A', 'sum by (mode) (node_cpu_seconds_total)', ''),
          instant: true,
          range: false,
          format: 'table',
        },
      ],
      transformations: [{ id: 'organize', options: { excludeByName: { Time: true } } }],
    },
    {
      ...panel('table', 'Table', 'up', { custom: { filterable: true } }, {}, 16, 7),
      targets: [
        {
          ...target('A', 'sum by (device, mountpoint) (node_filesystem_avail_bytes)', ''),
          instant: true,
          range: false,
          format: 'table',
        },
        {
          ...target('B', 'sum by (device, mountpoint) (node_filesystem_size_bytes)', ''),
          instant: true,
          range: false,
          format: 'table',
        },
      ],
      transformations: [
        { id: 'merge', options: {} },
        {
          id: 'organize',
          options: {
            excludeByName: { Time: true, __name__: true, job: true },
            renameByName: { 'Value #A': 'free', 'Value #B': 'size' },
          },
        },
      ],
      fieldConfig: {
        defaults: {},
        overrides: [
          {
            matcher: { id: 'byRegexp', options: 'free|size' },
            properties: [
              { id: 'unit', value: 'bytes' },
              { id: 'custom.cellOptions', value: { type: 'gauge', mode: 'gradient' } },
            ],
          },
          {
            matcher: { id: 'byName', options: 'mountpoint' },
            properties: [
              {
                id: 'links',
                value: [{ title: 'Look at it', url: 'https://example.org/${__value.raw}' }],
              },
            ],
          },
        ],
      },
    },
    {
      type: 'text',
      title: 'Text',
      gridPos: { w: 8, h: 7 },
      options: {
        mode: 'markdown',
        content:
          '# Hello $word\n\n* one **bold**\n* [a link](https://example.org)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n\n<img src=x onerror="fail()"><script>fail()</script>',
      },
    },
    {
      type: 'dashlist',
      title: 'Dashboards',
      gridPos: { w: 8, h: 6 },
      options: { showSearch: true, maxItems: 5 },
    },
    { type: 'alertlist', title: 'Alerts', gridPos: { w: 8, h: 6 }, options: {} },
    series('Nothing here', 'no_such_metric', {}),
    series('A query that fails', 'rate(up', {}),
    { type: 'logs', title: 'Logs', gridPos: { w: 8, h: 5 }, options: {} },
    { type: 'acme-globe-panel', title: 'A globe', gridPos: { w: 8, h: 5 }, options: {} },
    {
      type: '',
      title: 'From a library',
      libraryPanel: { uid: 'abc', name: 'Shared panel' },
      gridPos: { w: 8, h: 5 },
    },
  ]),
}

type Loose = Readonly<Record<string, unknown>>

function steps(...all: readonly (readonly [number | null, string])[]): Loose {
  return { mode: 'absolute', steps: all.map(([value, color]) => ({ value, color })) }
}

function target(refId: string, expr: string, legendFormat: string, format = 'time_series'): Loose {
  return { refId, expr, legendFormat, format, range: true, exemplar: true }
}

function panel(
  type: string,
  title: string,
  expr: string,
  defaults: Loose,
  options: Loose,
  w: number,
  h: number,
  legendFormat = '',
  format = 'time_series',
): Loose {
  return {
    ...{ type, title, options, gridPos: { w, h } },
    datasource: { type: 'prometheus', uid: 'prometheus' },
    fieldConfig: { defaults, overrides: [] },
    targets: [target('A', expr, legendFormat, format)],
  }
}

function series(title: string, expr: string, defaults: Loose): Loose {
  return panel('timeseries', title, expr, defaults, {}, 8, 8)
}

/** Side by side, from left to right and from the top. */
function place(panels: readonly Loose[]): Loose[] {
  let [x, y, lowest] = [0, 0, 0]
  return panels.map((one, i) => {
    const { w = 8, h = 8 } = sizeOf(one)
    if (x + w > 24) [x, y] = [0, lowest]
    const gridPos = { x, y, w, h }
    x += w
    lowest = Math.max(lowest, y + h)
    return { ...one, id: i + 1, gridPos }
  })
}

function sizeOf({ gridPos }: Loose): { readonly w?: number; readonly h?: number } {
  return typeof gridPos === 'object' && gridPos !== null ? gridPos : {}
}
