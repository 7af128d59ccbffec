import { isObject, numberOf, objectOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import { replacePanel } from './panel-migration.ts'

const HEATMAP_KEYS = [
  ...['cards', 'color', 'dataFormat', 'heatmap', 'hideZeroBuckets', 'highlightCards', 'legend'],
  ...['reverseYBuckets', 'tooltip', 'tooltipDecimals', 'xAxis', 'xBucketNumber', 'xBucketSize'],
  ...['yAxis', 'yBucketBound', 'yBucketNumber', 'yBucketSize'],
]

/** The heatmap of Angular's time, whose options stood in the panel itself, and the `heatmap-new` that followed it. */
export function heatmapFromAngular(panel: JsonObject): JsonObject {
  const options = objectOf(panel['options'])
  if (Object.keys(options).length > 0) {
    const { bucketFrame, ...rest } = options
    return bucketFrame === undefined
      ? panel
      : { ...panel, options: { ...rest, rowsFrame: bucketFrame } }
  }
  const isAngular = ['dataFormat', 'yAxis', 'cards', 'color'].some((key) => key in panel)
  if (!isAngular) return panel
  const yAxis = objectOf(panel['yAxis'])
  const next = present({
    calculate: panel['dataFormat'] !== 'tsbuckets',
    calculation: calculationOf(panel, yAxis),
    color: colorOf(objectOf(panel['color'])),
    cellGap: numberOf(objectOf(panel['cards'])['cardPadding']) ?? 2,
    cellRadius: numberOf(objectOf(panel['cards'])['cardRound']),
    yAxis: present({
      axisPlacement: yAxis['show'] === false ? 'hidden' : 'left',
      reverse: panel['reverseYBuckets'] === true,
      min: numberOf(yAxis['min']),
      max: numberOf(yAxis['max']),
      unit: textOf(yAxis['format']),
      decimals: numberOf(yAxis['decimals']),
    }),
    cellValues: present({ decimals: numberOf(panel['tooltipDecimals']) }),
    rowsFrame: { layout: layoutOf(textOf(panel['yBucketBound'])) },
    legend: { show: objectOf(panel['legend'])['show'] === true },
    showValue: 'never',
    tooltip: {
      mode: objectOf(panel['tooltip'])['show'] === false ? 'none' : 'single',
      yHistogram: objectOf(panel['tooltip'])['showHistogram'] === true,
    },
    filterValues: panel['hideZeroBuckets'] === true ? { le: 1e-9 } : undefined,
  })
  const fieldConfig = isObject(panel['fieldConfig'])
    ? panel['fieldConfig']
    : { defaults: {}, overrides: [] }
  return replacePanel(panel, HEATMAP_KEYS, { type: 'heatmap', options: next, fieldConfig })
}

function calculationOf(panel: JsonObject, yAxis: JsonObject): JsonObject {
  const buckets = (axis: 'x' | 'y'): JsonObject | undefined => {
    const size = textOf(panel[`${axis}BucketSize`])
    const count = textOf(panel[`${axis}BucketNumber`])
    if (size) return { mode: 'size', value: size }
    return count ? { mode: 'count', value: count } : undefined
  }
  const logBase = numberOf(yAxis['logBase']) ?? 1
  const logarithmic = present({
    mode: 'count',
    value: textOf(yAxis['splitFactor']),
    scale: { type: 'log', log: logBase },
  })
  return present({ xBuckets: buckets('x'), yBuckets: logBase > 1 ? logarithmic : buckets('y') })
}

function colorOf(old: JsonObject): JsonObject {
  const min = numberOf(old['min'])
  const max = numberOf(old['max'])
  const isReversed = min !== undefined && max !== undefined && min > max
  const scheme = (textOf(old['colorScheme']) ?? 'Oranges').replace(/^interpolate/, '')
  return present({
    mode: old['mode'] === 'opacity' ? 'opacity' : 'scheme',
    scheme,
    scale: old['colorScale'] === 'sqrt' ? 'exponential' : textOf(old['colorScale']),
    exponent: numberOf(old['exponent']) ?? 0.5,
    fill: textOf(old['cardColor']),
    steps: 128,
    reverse: isReversed,
    min: isReversed ? max : min,
    max: isReversed ? min : max,
  })
}

/** On which side of a bucket's bound its cell lies. */
function layoutOf(bound: string | undefined): string {
  switch (bound) {
    case 'upper':
      return 'ge'
    case 'lower':
      return 'le'
    case 'middle':
      return 'unknown'
    default:
      return 'auto'
  }
}
