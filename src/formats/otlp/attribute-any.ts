import { decodeAttribute } from '../../model/attribute-value.ts'
import { fromBase64, type AnyValue } from './any-value.ts'

/**
 * The value that a typed text (model/attribute-value.ts) stands for. Whole numbers inside of maps and mixed lists that a double does not
 * hold exactly are rounded: their texts are JSON.
 */
export function anyOfText(text: string): AnyValue {
  const { type, value } = decodeAttribute(text)
  if (type === 'bytes') return fromBase64(value) ?? value
  if (type === 'json') return anyOfJson(value)
  return value
}

function anyOfJson(text: string): AnyValue {
  try {
    return anyOf(JSON.parse(text))
  } catch {
    return text
  }
}

function anyOf(json: unknown): AnyValue {
  if (typeof json === 'string' || typeof json === 'boolean') return json
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
  if (Array.isArray(json)) return json.map(anyOf)
  if (typeof json !== 'object' || json === null) return null
  return new Map(Object.entries(json).map(([key, value]) => [key, anyOf(value)]))
}
