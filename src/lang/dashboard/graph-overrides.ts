import { axisConfig, dashesOf } from './graph-axis.ts'
import { numberOf, objectOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { oldAxis } from './migrate-old-graph.ts'

interface Property {
  readonly id: string
  readonly value: unknown
}

/** `aliasColors`, `seriesOverrides`, the hiding of empty series and of the time axis, as field overrides. */
export function graphOverrides(panel: JsonObject, defaults: JsonObject): JsonObject[] {
  const rules: JsonObject[] = []
  for (const [alias, color] of Object.entries(objectOf(panel['aliasColors']))) {
    if (typeof color !== 'string' || color === '') continue
    rules.push(rule('byName', alias, [{ id: 'color', value: fixedColor(color) }]))
  }
  for (const old of objectsOf(panel['seriesOverrides'])) {
    const alias = textOf(old['alias'])
    if (alias === undefined || alias === '') continue
    const properties = seriesProperties(old, panel, defaults)
    const isRegex = /^\/.*\/[gimsuy]*$/s.test(alias)
    if (properties.length > 0) rules.push(rule(isRegex ? 'byRegexp' : 'byName', alias, properties))
  }
  const legend = objectOf(panel['legend'])
  const unseen = { id: 'custom.hideFrom', value: { tooltip: true, viz: false, legend: true } }
  for (const [key, reducer] of [
    ['hideEmpty', 'allIsNull'],
    ['hideZero', 'allIsZero'],
  ] as const) {
    if (legend[key] !== true) continue
    rules.push(rule('byValue', { reducer, op: 'gte', value: 0 }, [unseen]))
  }
  if (objectOf(panel['xaxis'])['show'] === false) {
    rules.push(rule('byType', 'time', [{ id: 'custom.axisPlacement', value: 'hidden' }]))
  }
  return rules
}

function rule(id: string, options: unknown, properties: readonly Property[]): JsonObject {
  return { matcher: { id, options }, properties: [...properties] }
}

function fixedColor(color: string): JsonObject {
  return { mode: 'fixed', fixedColor: color }
}

/** The properties of one series override, in the order of its keys, with the dashes last. */
function seriesProperties(old: JsonObject, panel: JsonObject, defaults: JsonObject): Property[] {
  const out: Property[] = []
  for (const [key, value] of Object.entries(old)) {
    out.push(...seriesProperty(key, value, panel, defaults))
  }
  if (['dashes', 'dashLength', 'spaceLength'].some((key) => key in old)) {
    const isDashed = (old['dashes'] ?? panel['dashes']) === true
    const lineStyle = isDashed ? dashesOf({ ...panel, ...old }) : { fill: 'solid' }
    out.push({ id: 'custom.lineStyle', value: lineStyle })
  }
  return out
}

function seriesProperty(
  key: string,
  value: unknown,
  panel: JsonObject,
  defaults: JsonObject,
): Property[] {
  const number = numberOf(value)
  switch (key) {
    case 'yaxis':
      return number === 2 ? rightAxis(panel, defaults) : []
    case 'fill':
      return number === undefined ? [] : [{ id: 'custom.fillOpacity', value: number * 10 }]
    case 'fillBelowTo':
      return [
        { id: 'custom.fillBelowTo', value },
        { id: 'custom.fillOpacity', value: 35 },
      ]
    case 'fillGradient':
      return number === undefined || number === 0
        ? []
        : [
            { id: 'custom.gradientMode', value: 'opacity' },
            { id: 'custom.fillOpacity', value: number * 10 },
          ]
    case 'linewidth':
      return number === undefined ? [] : [{ id: 'custom.lineWidth', value: number }]
    case 'pointradius':
      return number === undefined ? [] : [{ id: 'custom.pointSize', value: 2 + number * 2 }]
    case 'points':
      return [{ id: 'custom.showPoints', value: value === true ? 'always' : 'never' }]
    case 'bars':
    case 'lines':
    case 'steppedLine':
      return shape(key, value === true, panel)
    case 'stack':
      return [{ id: 'custom.stacking', value: stacking(value, panel) }]
    case 'transform':
      return [{ id: 'custom.transform', value: value === 'constant' ? 'constant' : 'negative-Y' }]
    case 'nullPointMode':
      return value === 'null as zero'
        ? [{ id: 'nullValueMode', value }]
        : [{ id: 'custom.spanNulls', value: value === 'connected' }]
    case 'color':
      return [{ id: 'color', value: fixedColor(textOf(value) ?? '') }]
    case 'legend':
      return value === false ? hidden({ legend: true }) : []
    case 'hideTooltip':
      return value === true ? hidden({ tooltip: true }) : []
    case 'hiddenSeries':
      return value === true ? hidden({ viz: true }) : []
    default:
      return []
  }
}

function hidden(from: JsonObject): Property[] {
  const value = { legend: false, tooltip: false, viz: false, ...from }
  return [{ id: 'custom.hideFrom', value }]
}

function shape(key: 'bars' | 'lines' | 'steppedLine', on: boolean, panel: JsonObject): Property[] {
  if (key === 'steppedLine') {
    return [{ id: 'custom.lineInterpolation', value: on ? 'stepAfter' : 'linear' }]
  }
  if (key === 'bars') {
    if (!on) return [{ id: 'custom.drawStyle', value: 'line' }]
    return [
      { id: 'custom.drawStyle', value: 'bars' },
      { id: 'custom.fillOpacity', value: 100 },
    ]
  }
  if (!on) return [{ id: 'custom.lineWidth', value: 0 }]
  return [
    { id: 'custom.drawStyle', value: 'line' },
    { id: 'custom.lineWidth', value: numberOf(panel['linewidth']) ?? 1 },
  ]
}

function stacking(value: unknown, panel: JsonObject): JsonObject {
  if (value === false) return { mode: 'none', group: 'A' }
  const group = typeof value === 'string' ? value : 'A'
  return { mode: panel['percentage'] === true ? 'percent' : 'normal', group }
}

/** The right axis: its options as far as they differ from the left one's. */
function rightAxis(panel: JsonObject, defaults: JsonObject): Property[] {
  const right = axisConfig(oldAxis(panel, 1))
  const custom = objectOf(defaults['custom'])
  const out: Property[] = []
  for (const [id, value] of Object.entries(right.standard)) {
    if (value !== defaults[id]) out.push({ id, value })
  }
  for (const [id, value] of Object.entries(right.custom)) {
    const isSame = JSON.stringify(value) === JSON.stringify(custom[id])
    if (id !== 'axisPlacement' && !isSame) out.push({ id: `custom.${id}`, value })
  }
  const isHidden = right.custom['axisPlacement'] === 'hidden'
  out.push({ id: 'custom.axisPlacement', value: isHidden ? 'hidden' : 'right' })
  return out
}
