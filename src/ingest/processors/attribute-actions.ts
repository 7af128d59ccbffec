import { createHash } from 'node:crypto'
import { decodeAttribute } from '../../model/attribute-value.ts'
import { compileFinder, type Finder } from '../../model/find-regex.ts'
import { RegexError } from '../../model/regex.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** Attributes as a processor changes them, values as typed texts. */
export interface EditedAttributes {
  get(key: string): string | undefined
  keys(): Iterable<string>
  set(key: string, value: string): void
  delete(key: string): void
}

export type AttributeAction = (attributes: EditedAttributes) => void

const ACTIONS = ['insert', 'update', 'upsert', 'delete', 'hash', 'extract', 'convert'] as const
const TYPES = ['int', 'double', 'string'] as const

/**
 * Reads the list of actions of the processors `attributes` (`actions`) and `resource` (`attributes`), as the collector does
 * (internal/coreinternal/attraction): they are done one after the other.
 */
export function readAttributeActions(node: YamlNode): readonly AttributeAction[] {
  const items = node.asList() ?? []
  if (items.length === 0) node.errorAtKey('needs at least one action')
  return items.flatMap((item) => readAction(item) ?? [])
}

function readAction(item: YamlNode): AttributeAction | undefined {
  const map = item.asMap()
  if (map === undefined) return item.isEmpty ? item.error('an empty action') : undefined
  const key = map.key('key').asString()
  const kind = map.key('action')
  const action = kind.asOneOf(ACTIONS)
  if (kind.isEmpty) return map.node.error(`action must be set: one of ${ACTIONS.join(', ')}`)
  const read = action === undefined ? undefined : readOne(action, key ?? '', map)
  for (const name of ['value', 'from_attribute', 'from_context', 'pattern', 'converted_type']) {
    map.key(name)
  }
  map.finish()
  return read
}

function readOne(
  action: (typeof ACTIONS)[number],
  key: string,
  map: YamlMap,
): AttributeAction | undefined {
  const pattern = readPattern(map.key('pattern'))
  const takesPattern = action === 'delete' || action === 'hash'
  if (key === '' && !(takesPattern && pattern !== undefined)) {
    return map.node.error(`key must be set${takesPattern ? ', or pattern' : ''}`)
  }
  switch (action) {
    case 'insert':
    case 'update':
    case 'upsert':
      return readSetting(action, key, map)
    case 'delete':
      return (attributes) => forNames(attributes, key, pattern, (name) => attributes.delete(name))
    case 'hash':
      return (attributes) =>
        forNames(attributes, key, pattern, (name) => {
          const value = attributes.get(name)
          if (value !== undefined) attributes.set(name, `s${hashOf(value)}`)
        })
    case 'extract':
      return readExtraction(key, pattern, map)
    case 'convert':
      return readConversion(key, map)
    default:
      return action satisfies never
  }
}

function readSetting(
  action: 'insert' | 'update' | 'upsert',
  key: string,
  map: YamlMap,
): AttributeAction | undefined {
  const source = map.key('from_attribute').asString()
  const context = map.key('from_context')
  if (!context.isEmpty) {
    context.warn('has no effect: metadata of requests is not kept, so the action does nothing')
    return () => undefined
  }
  const value = map.key('value')
  const fixed = source === undefined ? readValue(value) : undefined
  if (source === undefined && fixed === undefined) {
    return value.isPresent && !value.isEmpty
      ? undefined
      : map.node.error('value or from_attribute must be set')
  }
  return (attributes) => {
    const next = source === undefined ? fixed : attributes.get(source)
    if (next === undefined) return
    const isThere = attributes.get(key) !== undefined
    if (action === 'upsert' || (action === 'insert') !== isThere) attributes.set(key, next)
  }
}

/** A value of the file with the type that YAML gives it, as a typed text. */
export function readValue(node: YamlNode): string | undefined {
  if (node.isEmpty) return undefined
  if (!node.isScalar) return node.error('must be a text, a number, true or false')
  const scalar = node.asScalar()
  if (typeof scalar === 'string') {
    const text = node.asString()
    return text === undefined ? undefined : `s${text}`
  }
  if (typeof scalar === 'boolean') return `b${scalar}`
  if (typeof scalar !== 'number') return undefined
  return Number.isSafeInteger(scalar) ? `i${scalar}` : `f${scalar}`
}

/** A pattern that is looked for anywhere in a text. */
function readPattern(node: YamlNode): Finder | undefined {
  const source = node.asRawString()
  if (source === undefined || source === '') return undefined
  try {
    return compileFinder(source.replaceAll('$$', '$'), '')
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return node.error(`not a valid regular expression (RE2): ${thrown.message}`)
  }
}

function forNames(
  attributes: EditedAttributes,
  key: string,
  pattern: Finder | undefined,
  each: (name: string) => void,
): void {
  if (key !== '') each(key)
  if (pattern === undefined) return
  for (const name of attributes.keys()) if (pattern.find(name).length > 0) each(name)
}

function readExtraction(
  key: string,
  pattern: Finder | undefined,
  map: YamlMap,
): AttributeAction | undefined {
  const node = map.key('pattern')
  if (pattern === undefined) {
    return node.isEmpty ? map.node.error('pattern must be set for extract') : undefined
  }
  if (!/\(\?P?<[A-Za-z_]/.test(node.asRawString() ?? '')) {
    return node.error('must have a named group such as (?P<name>.*) for extract')
  }
  return (attributes) => {
    const value = attributes.get(key)
    // As in the collector, only texts are looked into.
    if (value?.startsWith('s') !== true) return
    const [found] = pattern.find(value.slice(1))
    if (found === undefined) return
    for (const [name, text] of Object.entries(found.named)) attributes.set(name, `s${text ?? ''}`)
  }
}

function readConversion(key: string, map: YamlMap): AttributeAction | undefined {
  const node = map.key('converted_type')
  const type = node.asOneOf(TYPES)
  if (type === undefined) {
    return node.isEmpty ? map.node.error('converted_type must be set for convert') : undefined
  }
  return (attributes) => {
    const value = attributes.get(key)
    if (value === undefined) return
    const converted = convert(value, type)
    if (converted !== undefined) attributes.set(key, converted)
  }
}

/** Undefined where the value cannot be one of that type: it then stays as it is. */
function convert(text: string, type: (typeof TYPES)[number]): string | undefined {
  const decoded = decodeAttribute(text)
  if (type === 'string') {
    return 'bifs'.includes(text[0] ?? '-') ? `s${text.slice(1)}` : undefined
  }
  if (decoded.type === 'boolean') return `${type === 'int' ? 'i' : 'f'}${decoded.value ? 1 : 0}`
  const isNumber = decoded.type === 'int' || decoded.type === 'float'
  if (!isNumber && decoded.type !== 'string') return undefined
  const written = String(decoded.value)
  if (type === 'double') {
    const value = Number(written)
    return written.trim() === '' || Number.isNaN(value) ? undefined : `f${value}`
  }
  if (decoded.type === 'float') return `i${BigInt(Math.trunc(decoded.value))}`
  return /^[+-]?[0-9]{1,18}$/.test(written) ? `i${BigInt(written.replace('+', ''))}` : undefined
}

/** SHA-256 of a value in hex, over the bytes that the collector takes (attraction/hasher.go); of lists, maps and bytes the empty text. */
function hashOf(text: string): string {
  const bytes = bytesOf(text)
  return bytes === undefined ? '' : createHash('sha256').update(bytes).digest('hex')
}

function bytesOf(text: string): Uint8Array | undefined {
  const value = decodeAttribute(text)
  switch (value.type) {
    case 'int':
      return new Uint8Array(BigInt64Array.of(value.value).buffer)
    case 'float':
      return new Uint8Array(Float64Array.of(value.value).buffer)
    case 'boolean':
      return Uint8Array.of(value.value ? 1 : 0)
    case 'string':
      return Buffer.from(value.value)
    default:
      return undefined
  }
}
