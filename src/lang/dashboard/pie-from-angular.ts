import { numberOf, objectOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { fieldConfigOf, replacePanel } from './panel-migration.ts'
import { reducerOf } from './reducer-names.ts'

const PIE_KEYS = [
  ...['aliasColors', 'breakPoint', 'cacheTimeout', 'combine', 'decimals', 'fontSize', 'format'],
  ...[
    'legend',
    'legendType',
    'nullPointMode',
    'pieType',
    'strokeWidth',
    'valueName',
    'hideTimeOverride',
  ],
]

/** The plugin `grafana-piechart-panel` as Grafana's own pie chart. */
export function pieFromAngular(panel: JsonObject): JsonObject {
  const config = fieldConfigOf(panel)
  const colors = Object.entries(objectOf(panel['aliasColors'])).flatMap(([alias, color]) =>
    typeof color === 'string' && color !== ''
      ? [
          {
            matcher: { id: 'byName', options: alias },
            properties: [{ id: 'color', value: { mode: 'fixed', fixedColor: color } }],
          },
        ]
      : [],
  )
  const unit = textOf(panel['format'])
  const defaults = {
    ...config.defaults,
    ...(unit === undefined ? {} : { unit }),
    decimals: numberOf(panel['decimals']) ?? 0,
  }
  return replacePanel(panel, PIE_KEYS, {
    type: 'piechart',
    options: optionsOf(panel),
    fieldConfig: { defaults, overrides: [...config.overrides, ...colors] },
  })
}

function optionsOf(panel: JsonObject): JsonObject {
  const legend = objectOf(panel['legend'])
  const shown = [
    ...(legend['values'] === true ? ['value'] : []),
    ...(legend['percentage'] === true ? ['percent'] : []),
  ]
  const onGraph = panel['legendType'] === 'On graph'
  return {
    reduceOptions: {
      calcs: [reducerOf(textOf(panel['valueName']) ?? 'current')],
      fields: '',
      values: false,
    },
    pieType: panel['pieType'] === 'donut' ? 'donut' : 'pie',
    displayLabels: onGraph ? ['name', ...shown] : [],
    legend: {
      displayMode: 'table',
      placement: panel['legendType'] === 'Under graph' ? 'bottom' : 'right',
      showLegend: !onGraph && legend['show'] !== false,
      values: shown,
      calcs: [],
    },
    tooltip: { mode: 'single', sort: 'none' },
  }
}
