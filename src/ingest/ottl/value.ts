import { decodeAttribute, encodeAttribute } from '../../model/attribute-value.ts'

/** A value of an expression: whole numbers are `bigint`, others `number`; undefined is `nil`. */
export type OttlValue =
  | undefined
  | string
  | bigint
  | number
  | boolean
  | readonly OttlValue[]
  | OttlMap

export type OttlMap = ReadonlyMap<string, OttlValue>

/** The value that a typed text (model/attribute-value.ts) stands for; bytes are their base64. */
export function valueOfText(text: string | undefined): OttlValue {
  if (text === undefined || text === '') return undefined
  const { type, value } = decodeAttribute(text)
  return type === 'json' ? valueOfJson(value) : value
}

/** The value that a text of JSON writes; undefined when it is none. */
export function valueOfJson(text: string): OttlValue {
  try {
    return fromJson(JSON.parse(text))
  } catch {
    return undefined
  }
}

function fromJson(json: unknown): OttlValue {
  if (typeof json === 'string' || typeof json === 'boolean') return json
  if (typeof json === 'number') return Number.isSafeInteger(json) ? BigInt(json) : json
  if (Array.isArray(json)) return json.map(fromJson)
  if (typeof json !== 'object' || json === null) return undefined
  return new Map(Object.entries(json).map(([key, value]) => [key, fromJson(value)]))
}

/** The typed text of a value; undefined for `nil`. */
export function textOfValue(value: OttlValue): string | undefined {
  if (value === undefined) return undefined
  if (typeof value === 'string') return `s${value}`
  if (typeof value === 'bigint') return `i${BigInt.asIntN(64, value)}`
  if (typeof value === 'number') return `f${value}`
  if (typeof value === 'boolean') return `b${value}`
  if (isMap(value)) return `j${jsonOf(value)}`
  if (value.every((item) => typeof item === 'string')) {
    return encodeAttribute({ type: 'strings', value })
  }
  if (value.every((item) => typeof item === 'bigint')) {
    return encodeAttribute({ type: 'ints', value })
  }
  return `j${jsonOf(value)}`
}

/** A value as text, as the collector's `String` and `Concat` write it; undefined for `nil`. */
export function shownValue(value: OttlValue): string | undefined {
  if (value === undefined || typeof value === 'string') return value
  return typeof value === 'object' ? jsonOf(value) : String(value)
}

function jsonOf(value: OttlValue): string {
  if (value === undefined) return 'null'
  if (typeof value === 'string') return JSON.stringify(value)
  if (typeof value === 'number') return Number.isFinite(value) ? String(value) : 'null'
  if (typeof value !== 'object') return String(value)
  if (!isMap(value)) return `[${value.map(jsonOf).join(',')}]`
  const keys = [...value.keys()].sort()
  return `{${keys.map((key) => `${JSON.stringify(key)}:${jsonOf(value.get(key))}`).join(',')}}`
}

export function isMap(value: OttlValue): value is OttlMap {
  return value instanceof Map
}

export function isList(value: OttlValue): value is readonly OttlValue[] {
  return Array.isArray(value)
}

export type Comparison = '==' | '!=' | '<' | '<=' | '>' | '>='

/** Values of different kinds are unequal and in no order; whole numbers and others compare as numbers. */
export function compareValues(left: OttlValue, op: Comparison, right: OttlValue): boolean {
  switch (op) {
    case '==':
      return areEqual(left, right)
    case '!=':
      return !areEqual(left, right)
    default: {
      const areNumbers = isNumber(left) && isNumber(right)
      if (!areNumbers && !(typeof left === 'string' && typeof right === 'string')) return false
      if (op === '<') return left < right
      if (op === '<=') return left <= right
      return op === '>' ? left > right : left >= right
    }
  }
}

function areEqual(left: OttlValue, right: OttlValue): boolean {
  if (isNumber(left) && isNumber(right)) {
    return typeof left === typeof right ? left === right : Number(left) === Number(right)
  }
  if (typeof left === 'object' && typeof right === 'object') return jsonOf(left) === jsonOf(right)
  return left === right
}

export function isNumber(value: OttlValue): value is bigint | number {
  return typeof value === 'bigint' || typeof value === 'number'
}
