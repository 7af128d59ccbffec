import type { AnyValueJson, AttributeJson } from '../../model/trace-json.ts'
import { type AttributeValue, decodeAttribute } from '../../model/attribute-value.ts'
import { formatGoDuration } from '../../model/go-duration.ts'
import type { FieldValue } from '../../query/traceql/field-value.ts'

const NS_PER_MS = 1e6

/** An attribute as OTLP's JSON has it; `text` is typed. */
export function attributeJson(key: string, text: string): AttributeJson {
  return { key, value: valueJson(decodeAttribute(text)) }
}

/** A value that a query gives: durations are nanoseconds written as Go does, kinds and states are words. */
export function fieldJson(key: string, value: FieldValue | undefined): AttributeJson {
  if (value === undefined) return { key, value: { stringValue: 'nil' } }
  switch (value.type) {
    case 'duration': {
      const durationMs = Number(value.value) / NS_PER_MS
      return { key, value: { stringValue: formatGoDuration(durationMs) } }
    }
    case 'status':
    case 'kind':
      return { key, value: { stringValue: value.value } }
    default:
      return { key, value: valueJson(value) }
  }
}

function valueJson(value: AttributeValue): AnyValueJson {
  switch (value.type) {
    case 'string':
      return { stringValue: value.value }
    case 'int':
      return { intValue: value.value.toString() }
    case 'float':
      return { doubleValue: doubleJson(value.value) }
    case 'boolean':
      return { boolValue: value.value }
    case 'strings':
      return listJson(value.value.map((item) => ({ stringValue: item })))
    case 'ints':
      return listJson(value.value.map((item) => ({ intValue: item.toString() })))
    case 'floats':
      return listJson(value.value.map((item) => ({ doubleValue: doubleJson(item) })))
    case 'booleans':
      return listJson(value.value.map((item) => ({ boolValue: item })))
    case 'bytes':
      return { bytesValue: value.value }
    default:
      return parsedJson(JSON.parse(value.value))
  }
}

function listJson(values: readonly AnyValueJson[]): AnyValueJson {
  return { arrayValue: { values } }
}

function doubleJson(value: number): number | 'NaN' | 'Infinity' | '-Infinity' {
  if (Number.isNaN(value)) return 'NaN'
  if (value === Number.POSITIVE_INFINITY) return 'Infinity'
  return value === Number.NEGATIVE_INFINITY ? '-Infinity' : value
}

/** A map or a list that was stored as JSON. */
function parsedJson(value: unknown): AnyValueJson {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? { intValue: String(value) } : { doubleValue: value }
  if (Array.isArray(value)) return listJson(value.map(parsedJson))
  if (typeof value !== 'object' || value === null) return {}
  const values = Object.entries(value).map(([key, item]) => ({ key, value: parsedJson(item) }))
  return { kvlistValue: { values } }
}
