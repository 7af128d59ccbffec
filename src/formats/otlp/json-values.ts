import { JsonBytes } from '../loki-push/json-bytes.ts'
import { decodeUtf8 } from '../text-codec.ts'
import {
  fromBase64,
  MAX_DEPTH,
  NO_SCOPE,
  type AnyValue,
  type Attributes,
  type Scope,
} from './any-value.ts'
import { NO_ID, type RecordOwners } from './protobuf-values.ts'

const QUOTE = 0x22
const INT64 = /^[+-]?[0-9]{1,19}$/
const MAX_INT64 = 2n ** 63n - 1n

/**
 * The names that OTLP's JSON has for the parts of a signal. Keys are written in lower camel case; the snake case of the protobuf
 * files is read too, as the collector does.
 */
export interface JsonNames {
  readonly resources: 'resourceLogs' | 'resourceSpans' | 'resourceMetrics'
  readonly scopes: 'scopeLogs' | 'scopeSpans' | 'scopeMetrics'
  readonly records: 'logRecords' | 'spans' | 'metrics'
}

/** `trace_id` is `traceId`. */
export function camelCase(key: string): string {
  return key.includes('_')
    ? key.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())
    : key
}

/** A whole number, written as a number or as a text; null is 0. */
export function readInteger(json: JsonBytes, what: string): bigint {
  if (json.takeNull()) return 0n
  const text = json.peek() === QUOTE ? json.readText(what) : readWord(json)
  const value = INT64.test(text) ? BigInt(text.replace('+', '')) : undefined
  if (value === undefined || value > MAX_INT64 || value < -MAX_INT64 - 1n) {
    // Times are unsigned, so that they may be twice as large.
    if (/^[0-9]{1,20}$/.test(text) && BigInt(text) < 2n ** 64n) return BigInt(text)
    throw json.fault(
      `${what} is a whole number of 64 bits, not ${JSON.stringify(text.slice(0, 50))}`,
    )
  }
  return value
}

/** A text; null is the empty one. */
export function readString(json: JsonBytes, what: string): string {
  return json.takeNull() ? '' : json.readText(what)
}

/** A number, or true, false or null, as it is written. */
function readWord(json: JsonBytes): string {
  json.peek()
  const start = json.at
  json.skip()
  return decodeUtf8(json.bytes, start, json.at)
}

/** An `AnyValue`. Throws a `Problem` of code `bad_data`. */
export function readJsonAnyValue(json: JsonBytes, depth = 0): AnyValue {
  if (depth > MAX_DEPTH) throw json.fault(`values nested deeper than ${MAX_DEPTH}`)
  let value: AnyValue = null
  if (json.takeNull()) return value
  json.object('a value', (key) => {
    switch (camelCase(key)) {
      case 'stringValue':
        value = readString(json, key)
        break
      case 'boolValue':
        value = readWord(json) === 'true'
        break
      case 'intValue':
        value = BigInt.asIntN(64, readInteger(json, key))
        break
      case 'doubleValue':
        value = readDouble(json, key)
        break
      case 'bytesValue':
        value = readBytes(json, key)
        break
      case 'arrayValue':
        value = readArray(json, depth + 1)
        break
      case 'kvlistValue':
        value = new Map(readEntries(json, depth + 1))
        break
      default:
        json.skip()
    }
  })
  return value
}

/** A double, written as a number or as a text, which may be `NaN`, `Infinity` or `-Infinity`. */
export function readDouble(json: JsonBytes, what: string): number {
  const text = json.peek() === QUOTE ? json.readText(what) : readWord(json)
  if (text === 'NaN') return Number.NaN
  if (text === 'Infinity') return Number.POSITIVE_INFINITY
  if (text === '-Infinity') return Number.NEGATIVE_INFINITY
  const value = text.trim() === '' ? Number.NaN : Number(text)
  if (Number.isNaN(value)) throw json.fault(`${what} is no number`)
  return value
}

function readBytes(json: JsonBytes, what: string): Uint8Array {
  const bytes = fromBase64(readString(json, what))
  if (bytes === undefined) throw json.fault(`${what} is not base64`)
  return bytes
}

function readArray(json: JsonBytes, depth: number): AnyValue[] {
  const values: AnyValue[] = []
  if (json.takeNull()) return values
  json.object('an array', (key) => {
    if (key !== 'values' || json.takeNull()) {
      if (key !== 'values') json.skip()
      return
    }
    json.array(key, () => values.push(readJsonAnyValue(json, depth)))
  })
  return values
}

function readEntries(json: JsonBytes, depth: number): [string, AnyValue][] {
  let entries: [string, AnyValue][] = []
  if (json.takeNull()) return entries
  json.object('a list of attributes', (key) => {
    if (key === 'values') entries = readJsonAttributes(json, depth)
    else json.skip()
  })
  return entries
}

/** A list of `{"key": …, "value": …}`; null is the empty one. */
export function readJsonAttributes(json: JsonBytes, depth = 0): [string, AnyValue][] {
  const attributes: [string, AnyValue][] = []
  if (json.takeNull()) return attributes
  json.array('attributes', () => {
    let name = ''
    let value: AnyValue = null
    json.object('an attribute', (key) => {
      if (key === 'key') name = readString(json, 'the key of an attribute')
      else if (key === 'value') value = readJsonAnyValue(json, depth)
      else json.skip()
    })
    attributes.push([name, value])
  })
  return attributes
}

/** The number of an enum, or the name that protobuf's own JSON has for it. */
export function readEnum(json: JsonBytes, what: string, names: readonly string[]): number {
  if (json.peek() !== QUOTE) return Number(BigInt.asIntN(32, readInteger(json, what)))
  const text = json.readText(what)
  if (/^[0-9]{1,9}$/.test(text)) return Number(text)
  const number = names.indexOf(text)
  if (number < 0) throw json.fault(`unknown ${what} ${JSON.stringify(text.slice(0, 50))}`)
  return number
}

/** Ids are hex in OTLP's JSON. */
export function readHexId(json: JsonBytes, sizeBytes: number, what: string): Uint8Array {
  const text = readString(json, what)
  if (text === '') return NO_ID
  if (text.length !== sizeBytes * 2 || !/^[0-9a-fA-F]+$/.test(text))
    throw json.fault(`${what} is ${sizeBytes * 2} hexadecimal digits`)
  return Uint8Array.from({ length: sizeBytes }, (_, i) =>
    Number.parseInt(text.slice(i * 2, i * 2 + 2), 16),
  )
}

/** What is told while a request of any signal is walked: `out` of owners, itself of records. */
export interface JsonVisitor {
  readonly out: RecordOwners
  /** `json` stands before a log record, span or metric, which the visitor steps over. */
  record(json: JsonBytes): void
}

/**
 * Walks a request in OTLP's JSON form: `{"resourceLogs": [{"resource": {…}, "scopeLogs": [{"scope": {…}, "logRecords": […]}]}]}`. Keys
 * may come in any order, unknown ones are passed over. Throws a `Problem` of code `bad_data`.
 */
export function walkJson(bytes: Uint8Array, names: JsonNames, visitor: JsonVisitor): void {
  const json = new JsonBytes(bytes)
  json.object('the request', (key) => {
    if (camelCase(key) !== names.resources) json.skip()
    else eachElement(json, key, () => walkResource(json, names, visitor))
  })
  if (json.peek() !== -1) throw json.fault('there is more behind the request')
}

function walkResource(json: JsonBytes, names: JsonNames, visitor: JsonVisitor): void {
  let attributes: Attributes = []
  readInOrder(json, 'an element of resources', {
    first: 'resource',
    readFirst: () => {
      if (json.takeNull()) return
      json.object('a resource', (key) => {
        if (key === 'attributes') attributes = readJsonAttributes(json)
        else json.skip()
      })
    },
    second: names.scopes,
    readSecond: () => {
      visitor.out.resource(attributes)
      eachElement(json, names.scopes, () => walkScope(json, names, visitor))
    },
  })
}

function walkScope(json: JsonBytes, names: JsonNames, visitor: JsonVisitor): void {
  let scope = NO_SCOPE
  let schemaUrl = ''
  readInOrder(json, 'an element of scopes', {
    first: 'scope',
    readFirst: () => {
      scope = readScope(json)
    },
    second: names.records,
    readSecond: () => {
      visitor.out.scope(scope)
      eachElement(json, names.records, () => visitor.record(json))
    },
    readOther: (key) => {
      if (key === 'schemaUrl' && visitor.out.schemaUrl !== undefined)
        schemaUrl = readString(json, key)
      else json.skip()
    },
  })
  if (schemaUrl !== '') visitor.out.schemaUrl?.(schemaUrl)
}

interface TwoKeys {
  readonly first: string
  readonly readFirst: () => void
  readonly second: string
  readonly readSecond: () => void
  /** Steps over the value of another key. */
  readonly readOther?: (key: string) => void
}

/** Reads the values of two keys of an object, the first before the second also when they come in another order. */
function readInOrder(json: JsonBytes, what: string, keys: TwoKeys): void {
  let hasFirst = false
  let secondAt = -1
  json.object(what, (key) => {
    const name = camelCase(key)
    if (name === keys.first) {
      hasFirst = true
      keys.readFirst()
    } else if (name === keys.second && hasFirst) keys.readSecond()
    else {
      if (name === keys.second) {
        json.peek()
        secondAt = json.at
        json.skip()
      } else if (keys.readOther === undefined) json.skip()
      else keys.readOther(name)
    }
  })
  if (secondAt < 0) return
  const after = json.at
  json.goTo(secondAt)
  keys.readSecond()
  json.goTo(after)
}

function eachElement(json: JsonBytes, what: string, each: () => void): void {
  if (!json.takeNull()) json.array(what, each)
}

function readScope(json: JsonBytes): Scope {
  if (json.takeNull()) return NO_SCOPE
  let name = ''
  let version = ''
  let droppedAttributes = 0
  let attributes: Attributes = []
  json.object('a scope', (key) => {
    const known = camelCase(key)
    if (known === 'name') name = readString(json, key)
    else if (known === 'version') version = readString(json, key)
    else if (known === 'attributes') attributes = readJsonAttributes(json)
    else if (known === 'droppedAttributesCount') droppedAttributes = Number(readInteger(json, key))
    else json.skip()
  })
  return { name, version, attributes, droppedAttributes }
}
