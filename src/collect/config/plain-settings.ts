import { parseDurationMs } from '../../model/duration.ts'
import type { PlainRecord, PlainValue } from '../../yaml/section.ts'

/** The text of a key that its section has checked; undefined where it is absent or empty. */
export function textIn(settings: PlainRecord, name: string): string | undefined {
  const value = settings[name]
  return typeof value === 'string' && value !== '' ? value : undefined
}

/** The number of a key. */
export function numberIn(settings: PlainRecord, name: string): number | undefined {
  const value = settings[name]
  return typeof value === 'number' ? value : undefined
}

/** The truth of a key. */
export function booleanIn(settings: PlainRecord, name: string): boolean | undefined {
  const value = settings[name]
  return typeof value === 'boolean' ? value : undefined
}

/** The duration of a key, which settings keep in its notation. */
export function durationMsIn(settings: PlainRecord, name: string): number | undefined {
  const text = textIn(settings, name)
  return text === undefined ? undefined : parseDurationMs(text)
}

/** The texts of a key; none where it is absent. */
export function textsIn(settings: PlainRecord, name: string): readonly string[] {
  const value = settings[name]
  return Array.isArray(value) ? value.filter((item) => typeof item === 'string') : []
}

/** The mappings of a key; none where it is absent. */
export function recordsIn(settings: PlainRecord, name: string): readonly PlainRecord[] {
  const value = settings[name]
  return Array.isArray(value) ? value.filter(isPlainRecord) : []
}

/** The mapping of a key; an empty one where it is absent. */
export function recordIn(settings: PlainRecord, name: string): PlainRecord {
  const value = settings[name]
  return isPlainRecord(value) ? value : {}
}

function isPlainRecord(value: PlainValue | undefined): value is PlainRecord {
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}
