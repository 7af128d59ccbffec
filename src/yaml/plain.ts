import type { PlainRecord, PlainValue } from './section.ts'

/** Leaves out what Go's `omitempty` leaves out: nothing, empty texts, lists and mappings. */
export function pick(values: Readonly<Record<string, PlainValue | undefined>>): PlainRecord {
  const out: Record<string, PlainValue> = {}
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === '') continue
    if (Array.isArray(value) && value.length === 0) continue
    if (isRecord(value) && Object.keys(value).length === 0) continue
    out[name] = value
  }
  return out
}

/** A duration or count for which 0 means "not set". */
export function nonZero<T>(value: number, format: (value: number) => T): T | undefined {
  return value === 0 ? undefined : format(value)
}

function isRecord(value: PlainValue): value is PlainRecord {
  return typeof value === 'object' && Object.getPrototypeOf(value) === Object.prototype
}
