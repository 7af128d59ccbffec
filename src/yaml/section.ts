import type { YamlMap } from './map.ts'
import type { YamlNode } from './node.ts'
import type { Secret } from './secret.ts'
import { atMostOne, readPath, type ReadContext } from './context.ts'

/** A value as it is printed again. Durations stay in their notation; paths are absolute. */
export type PlainValue =
  | string
  | number
  | bigint
  | boolean
  | Secret
  | readonly PlainValue[]
  | PlainRecord

export interface PlainRecord {
  readonly [key: string]: PlainValue
}

/** What may stand behind a key: a word, a closed list of words, or a section of its own. */
export type FieldType =
  | 'text'
  | 'secret'
  | 'boolean'
  | 'integer'
  | 'port'
  | 'number'
  | 'duration'
  | 'texts'
  | 'textMap'
  | 'path'
  | readonly string[]
  | Section
  | readonly [Section]

export interface SectionSpec {
  readonly fields: Readonly<Record<string, FieldType>>
  /** Keys that must be set, and not to an empty text. */
  readonly required?: readonly string[]
  /** Groups of keys of which at most one may be set. */
  readonly exclusive?: readonly (readonly string[])[]
  /** Groups of keys of which at least one must be set. */
  readonly needsOneOf?: readonly (readonly string[])[]
  /** Rules beyond these; reports through the nodes of `map`. */
  readonly check?: (settings: PlainRecord, map: YamlMap) => void
}

/**
 * A part of the configuration that is checked, kept and printed, but that nothing acts on yet: described by a table of its
 * keys instead of a type of its own.
 */
export class Section {
  readonly #spec: SectionSpec

  constructor(spec: SectionSpec) {
    this.#spec = spec
  }

  /** Reads a mapping with these keys and no others. */
  read(node: YamlNode, context: ReadContext): PlainRecord | undefined {
    const map = node.asMap()
    if (!map) return undefined
    const settings = this.readKeys(map, context)
    map.finish()
    return settings
  }

  /** Reads these keys of a mapping that has others too. */
  readKeys(map: YamlMap, context: ReadContext): PlainRecord {
    const { fields, required = [], exclusive = [], needsOneOf = [], check } = this.#spec
    const out: [string, PlainValue][] = []
    for (const [name, type] of Object.entries(fields)) {
      const value = readField(map.key(name), type, context)
      if (value !== undefined) out.push([name, value])
    }
    const settings: PlainRecord = Object.fromEntries(out)
    for (const name of required) {
      const node = map.key(name)
      // A value of a wrong type was reported already.
      if (!node.isPresent) map.node.error(`${name} must be set`)
      else if (node.isEmpty || (node.isScalar && node.asString() === '')) {
        node.error('must not be empty')
      }
    }
    for (const names of exclusive) atMostOne(map, names)
    for (const names of needsOneOf) {
      if (names.every((name) => map.key(name).isEmpty)) {
        map.node.error(`one of ${names.join(', ')} must be set`)
      }
    }
    check?.(settings, map)
    return settings
  }
}

function isSectionList(type: FieldType): type is readonly [Section] {
  return Array.isArray(type) && type[0] instanceof Section
}

function readField(node: YamlNode, type: FieldType, context: ReadContext): PlainValue | undefined {
  if (type instanceof Section) return type.read(node, context)
  if (isSectionList(type)) {
    return node.asList()?.flatMap((item) => type[0].read(item, context) ?? [])
  }
  if (typeof type !== 'string') return readWord(node, type)
  switch (type) {
    case 'text':
      return node.asString()
    case 'secret':
      return node.asSecret()
    case 'boolean':
      return node.asBool()
    case 'integer':
      return node.asInteger()
    case 'port':
      return node.asInteger({ min: 0, max: 65_535 })
    case 'number':
      return node.asNumber()
    case 'duration':
      return node.durationMs() === undefined ? undefined : node.asString()
    case 'texts':
      return node.asStrings()
    case 'textMap':
      return readTextMap(node)
    case 'path':
      return readPath(node, context)
    default:
      return type satisfies never
  }
}

/** An empty text is the same as nothing here, as in Go. */
export function readWord<T extends string>(node: YamlNode, words: readonly T[]): T | undefined {
  return node.isScalar && node.asString() === '' ? undefined : node.asOneOf(words)
}

function readTextMap(node: YamlNode): PlainRecord | undefined {
  const entries = node.asMap()?.entries()
  return entries && Object.fromEntries(entries.map((entry) => [entry.name, entry.asString() ?? '']))
}
