import { compileSearch } from '../../model/regex.ts'
import { messageOf } from '../../model/problem.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** What the values of a variable are; all but the last two are numbers. */
export const VARIABLE_UNITS = [
  ...['percent', 'count', 'bytes', 'per_second', 'ratio'],
  ...['milliseconds', 'seconds', 'minutes', 'hours', 'days', 'duration', 'regex'],
] as const
export type VariableUnit = (typeof VARIABLE_UNITS)[number]

/** A threshold of a pack that people may set. */
export interface PackVariable {
  readonly name: string
  readonly unit: VariableUnit
  /** As it is written, checked by the unit. */
  readonly fallback: string
  readonly description: string
}

/** How a variable is called, and thereby what stands between `${` and `}`. Names in capitals are environment variables. */
export const VARIABLE_NAME = /^[a-z][a-z0-9_]*$/

const PLACE = /\$\{([a-z][a-z0-9_]*)\}/g

/** A value of a variable as its unit wants it; undefined, with the reason reported, for any other. */
export function readVariable(node: YamlNode, unit: VariableUnit): string | undefined {
  const text = unit === 'regex' ? node.asRawString() : node.asString()
  if (text === undefined) return node.isEmpty ? node.error('must not be empty') : undefined
  if (unit === 'regex') return checkRegex(node, text)
  if (unit === 'duration') {
    const durationMs = node.durationMs()
    if (durationMs === 0) return node.error('must be above 0')
    return durationMs === undefined ? undefined : text
  }
  const value = node.asNumber()
  if (value === undefined) return undefined
  if (!Number.isFinite(value)) return node.error('must be a finite number')
  if (value < 0) return node.error(`must not be negative, not ${text}`)
  if (unit === 'percent' && value > 100) return node.error(`must be at most 100, not ${text}`)
  return String(value)
}

/** It stands in a PromQL string inside a YAML file, so that it must stay in one line. */
function checkRegex(node: YamlNode, text: string): string | undefined {
  if (/\p{Cc}/u.test(text)) return node.error('must be in one line, without control characters')
  try {
    compileSearch(text)
    return text
  } catch (thrown) {
    return node.error(`not a regular expression: ${messageOf(thrown)}`)
  }
}

/** What is put into a rule file for a value: as it is, but a regular expression as the inside of a PromQL string. */
export function renderValue({ unit }: PackVariable, value: string): string {
  return unit === 'regex' ? value.replace(/["\\]/g, '\\$&') : value
}

/**
 * Puts values in place of `${name}`. What Prometheus itself writes with `$` is not touched: `$labels`, `$value`, `${1}`,
 * and environment variables, whose names are in capitals. `onUnknown` gets each name that has no value, with its offset.
 */
export function substituteVariables(
  text: string,
  values: ReadonlyMap<string, string>,
  onUnknown: (name: string, offset: number) => void,
): string {
  return text.replace(PLACE, (all, name: string, offset: number) => {
    const value = values.get(name)
    if (value === undefined) onUnknown(name, offset)
    return value ?? all
  })
}

/** Names of variables in a text, each once. */
export function variablesIn(text: string): readonly string[] {
  return [...new Set([...text.matchAll(PLACE)].map(([, name]) => name ?? ''))]
}
