import { numberOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

interface Step {
  readonly value: number | null
  readonly color: string
}

/**
 * The thresholds of an old graph as steps: each of them held above or below its value. Undefined when there are none. The
 * lowest step has no value.
 */
export function graphThresholds(
  thresholds: unknown,
): { thresholds: JsonObject; style: JsonObject } | undefined {
  const old = objectsOf(thresholds)
    .flatMap((one) => {
      const value = numberOf(one['value'])
      return value === undefined ? [] : [{ ...one, value }]
    })
    .toSorted((a, b) => a.value - b.value)
  if (old.length === 0) return undefined
  const steps: Step[] = []
  for (const [index, one] of old.entries()) {
    const next: (JsonObject & { value: number }) | undefined = old[index + 1]
    const isBelow = textOf((one as JsonObject)['op']) === 'lt'
    if (!isBelow) {
      steps.push({ value: one.value, color: colorOf(one) })
      continue
    }
    if (steps.length === 0) steps.push({ value: null, color: colorOf(one) })
    const goesOn = next !== undefined && textOf(next['op']) === 'lt'
    steps.push({ value: one.value, color: goesOn ? colorOf(next) : 'transparent' })
  }
  if (steps[0]?.value !== null) steps.unshift({ value: null, color: 'transparent' })
  const hasArea = old.some((one) => (one as JsonObject)['fill'] === true)
  const hasLine = old.some((one) => (one as JsonObject)['line'] === true)
  const mode = hasArea ? (hasLine ? 'line+area' : 'area') : 'line'
  return { thresholds: { mode: 'absolute', steps }, style: { mode } }
}

function colorOf(threshold: JsonObject): string {
  switch (threshold['colorMode']) {
    case 'warning':
      return 'orange'
    case 'ok':
      return 'green'
    case 'custom':
      return textOf(threshold['fillColor']) ?? textOf(threshold['lineColor']) ?? 'red'
    default:
      return 'red'
  }
}
