import { isObject, numberOf, objectOf, objectsOf, present, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

/**
 * Value mappings in the form of Grafana 8 (schema version 30): one map of values, then ranges, special values and patterns in
 * their order. An old mapping takes the colour that the thresholds gave its text.
 */
export function migrateMappings(mappings: unknown, thresholds: unknown): JsonObject[] {
  const all = objectsOf(mappings)
  if (all.every((one) => typeof one['type'] === 'string')) return all
  const values: JsonObject = {}
  const others: JsonObject[] = []
  for (const old of all) {
    if (typeof old['type'] === 'string') {
      if (old['type'] === 'value') Object.assign(values, objectOf(old['options']))
      else others.push(old)
      continue
    }
    const text = textOf(old['text']) ?? ''
    const result = present({ text, color: colorFor(text, thresholds) })
    if (old['type'] === 2 || (old['type'] === undefined && 'from' in old)) {
      others.push(rangeMapping(old, result))
    } else if (old['value'] === 'null') {
      others.push({ type: 'special', options: { match: 'null', result } })
    } else if (textOf(old['value']) !== undefined) {
      values[textOf(old['value']) ?? ''] = result
    }
  }
  const first = Object.keys(values).length > 0 ? [{ type: 'value', options: values }] : []
  return [...first, ...others]
}

function rangeMapping(old: JsonObject, result: JsonObject): JsonObject {
  // `null` to `null` was how "no value" was mapped by a range.
  if (old['from'] === 'null' && old['to'] === 'null') {
    return { type: 'special', options: { match: 'null', result } }
  }
  const from = numberOf(old['from']) ?? null
  const to = numberOf(old['to']) ?? null
  return { type: 'range', options: { from, to, result } }
}

function colorFor(text: string, thresholds: unknown): string | undefined {
  const value = Number.parseFloat(text)
  if (Number.isNaN(value) || !isObject(thresholds)) return undefined
  let color: string | undefined
  for (const step of objectsOf(thresholds['steps'])) {
    const from = numberOf(step['value'])
    if (from === undefined || value >= from) color = textOf(step['color']) ?? color
  }
  return color
}
