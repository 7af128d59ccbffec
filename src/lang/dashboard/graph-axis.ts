import { numberOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

/** The standard options and the custom ones that an axis held. */
export function axisConfig(axis: JsonObject): { standard: JsonObject; custom: JsonObject } {
  const logBase = numberOf(axis['logBase']) ?? 1
  const label = textOf(axis['label'])
  return {
    standard: present({
      unit: textOf(axis['format']),
      decimals: numberOf(axis['decimals']),
      min: numberOf(axis['min']),
      max: numberOf(axis['max']),
    }),
    custom: present({
      axisPlacement: axis['show'] === false ? 'hidden' : 'auto',
      axisLabel: label === '' ? undefined : label,
      scaleDistribution: logBase > 1 ? { type: 'log', log: logBase === 2 ? 2 : 10 } : undefined,
    }),
  }
}

/** Dashes as lengths of line and gap, which the old graph gave 10 pixels each. */
export function dashesOf(panel: JsonObject): JsonObject {
  const line = numberOf(panel['dashLength']) ?? 10
  const gap = numberOf(panel['spaceLength']) ?? 10
  return { fill: 'dash', dash: [line, gap] }
}
