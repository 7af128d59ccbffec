import { decodeAttribute } from '../../model/attribute-value.ts'
import type { BatchView } from './batch-view.ts'
import type { Multiplier } from './settings.ts'

/** Thresholds and random values have 56 bits (OpenTelemetry's probability sampling). */
const DIGITS = 14
const WHOLE = 2 ** 56

/**
 * How many spans this one stands for, 1 where nothing says otherwise: by the threshold of the trace state, or by an attribute with the
 * share that is kept.
 */
export function multiplierOf(
  { attribute, usesTraceState }: Multiplier,
  view: BatchView,
  row: number,
): number {
  if (usesTraceState) {
    const { states, strings } = view.batch
    const found = multiplierOfState(strings[states[row] ?? 0] ?? '')
    if (found > 0) return found
  }
  if (attribute === '') return 1
  for (const typed of [view.ofSpan(row, attribute), view.ofResource(row, attribute)]) {
    if (typed === undefined) continue
    const { type, value } = decodeAttribute(typed)
    // Only a double is a share: Tempo reads nothing else.
    if (type === 'float' && value > 0) return 1 / value
  }
  return 1
}

/** 0 where the state tells nothing. With a random value (`rv`) it is rounded by it, so that counts are whole. */
function multiplierOfState(state: string): number {
  const part = state
    .split(',')
    .map((one) => one.trim())
    .find((one) => one.startsWith('ot='))
  if (part === undefined) return 0
  const fields = new Map(
    part
      .slice(3)
      .split(';')
      .map((field): [string, string] => {
        const at = field.indexOf(':')
        return [field.slice(0, at), field.slice(at + 1)]
      }),
  )
  const threshold = fields.get('th') ?? ''
  if (!/^[0-9a-f]{1,14}$/.test(threshold)) return 0
  const rejected = Number.parseInt(threshold.padEnd(DIGITS, '0'), 16)
  const exact = WHOLE / (WHOLE - rejected)
  const random = fields.get('rv') ?? ''
  if (!/^[0-9a-f]{14}$/.test(random)) return exact
  const whole = Math.floor(exact)
  return Number.parseInt(random, 16) / WHOLE < exact - whole ? whole + 1 : whole
}
