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
      if (value === undefined) return []
      const isBelow = one['op'] === 'lt'
      return [
        {
          value,
          isBelow,
          color: colorOf(one),
          fills: one['fill'] === true,
          draws: one['line'] === true,
        },
      ]
    })
    .toSorted((a, b) => a.value - b.value)
  if (old.length === 0) return undefined
  const steps: Step[] = []
  for (const [index, one] of old.entries()) {
    const next = old[index + 1]
    if (!one.isBelow) {
      steps.push({ value: one.value, color: one.color })
      continue
    }
    if (steps.length === 0) steps.push({ value: null, color: one.color })
    steps.push({ value: one.value, color: next?.isBelow === true ? next.color : 'transparent' })
  }
  if (steps[0]?.value !== null) steps.unshift({ value: null, color: 'transparent' })
  const hasArea = old.some((one) => one.fills)
  const hasLine = old.some((one) => one.draws)
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
