/** Panel types that are drawn. */
export const panelTypes: ReadonlySet<string> = new Set([
  ...['timeseries', 'stat', 'gauge', 'bargauge', 'table', 'piechart', 'heatmap', 'histogram'],
  ...[
    'text',
    'state-timeline',
    'status-history',
    'barchart',
    'dashlist',
    'alertlist',
    'row',
    'logs',
    'traces',
    'nodeGraph',
  ],
])

/** Panel types that come with the signal they show, and until then say so in their place. */
export const laterPanelTypes: Readonly<Record<string, string>> = {
  flamegraph: 'profiles are not kept here, and so there is nothing that a flame graph could show',
  annolist: 'the list of annotations comes with stored annotations',
}

export const transformations: ReadonlySet<string> = new Set([
  ...['organize', 'joinByField', 'joinByLabels', 'calculateField', 'merge', 'groupBy', 'sortBy'],
  ...['labelsToFields', 'reduce', 'filterFieldsByName', 'filterByValue', 'filterByRefId'],
  ...['renameByRegex', 'seriesToRows', 'extractFields', 'rowsToFields', 'partitionByValues'],
  ...['timeSeriesTable', 'prepareTimeSeries', 'heatmap', 'configFromData', 'limit', 'concatenate'],
  ...['histogram', 'convertFieldType', 'convertFrameType', 'noop', 'groupingToMatrix', 'transpose'],
  ...[
    'formatTime',
    'formatString',
    'filterFields',
    'filterFrames',
    'ensureColumns',
    'order',
    'rename',
  ],
])

/** Sources that are answered here, and Grafana's own that are none. */
export const datasourceTypes: ReadonlySet<string> = new Set([
  ...['prometheus', 'loki', 'tempo', 'alertmanager', 'datasource', 'grafana'],
])
