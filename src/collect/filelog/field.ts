import { isMap, type AnyMap, type AnyValue } from '../../formats/otlp/any-value.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { FileEntry } from './file-entry.ts'

const ROOTS = ['body', 'attributes', 'resource'] as const
type Root = (typeof ROOTS)[number]

/** A place in an entry: `body.user.name`, `attributes["log.file.path"]`, `resource`. */
export interface Field {
  readonly root: Root
  readonly keys: readonly string[]
}

const NO_MAP: AnyMap = new Map()
const STEP = /\.([^.[\]"'\s]+)|\["([^"]*)"\]|\['([^']*)'\]/y
const HEAD = /^\$?(body|attributes|resource)(?![A-Za-z0-9_])/

/** Reads a field; undefined when it is none. */
export function parseField(text: string): Field | undefined {
  const head = HEAD.exec(text)
  const root = ROOTS.find((name) => name === head?.[1])
  if (head === null || root === undefined) return undefined
  const keys: string[] = []
  for (let at = head[0].length; at < text.length;) {
    STEP.lastIndex = at
    const step = STEP.exec(text)
    if (step === null) return undefined
    keys.push(step[1] ?? step[2] ?? step[3] ?? '')
    at += step[0].length
  }
  return { root, keys }
}

/** Reads the field of a key, which may be missing; reports what is none. */
export function readField(node: YamlNode): Field | undefined {
  const text = node.asRawString()
  if (text === undefined) return undefined
  return (
    parseField(text) ??
    node.error(
      `must be a field such as body, body.message, attributes["log.file.path"] or resource.name, not ${JSON.stringify(text.slice(0, 80))}`,
    )
  )
}

/** The value of a field; undefined where there is none. */
export function getField(entry: FileEntry, { root, keys }: Field): AnyValue | undefined {
  let value: AnyValue | undefined = entry[root]
  for (const key of keys) {
    if (value === undefined || !isMap(value)) return undefined
    value = value.get(key)
  }
  return value
}

/**
 * Sets a field by the rules of the collector (pkg/stanza/entry): a map is merged into the map that is there; what stands in the way of a
 * path is replaced. False when it cannot be done: attributes and resource are maps.
 */
export function setField(entry: FileEntry, { root, keys }: Field, value: AnyValue): boolean {
  if (keys.length === 0 && root !== 'body' && !isMap(value)) return false
  if (root === 'body') entry.body = placed(entry.body, keys, value)
  else {
    const map = placed(entry[root], keys, value)
    if (!isMap(map)) return false
    entry[root] = map
  }
  return true
}

/** Takes a field away and answers what it held; undefined when it was not there. */
export function deleteField(entry: FileEntry, field: Field): AnyValue | undefined {
  const held = getField(entry, field)
  if (held === undefined) return undefined
  const { root, keys } = field
  if (keys.length === 0) {
    if (root === 'body') entry.body = null
    else entry[root] = NO_MAP
    return held
  }
  const rest = without(entry[root], keys)
  if (root === 'body') entry.body = rest
  else entry[root] = isMap(rest) ? rest : NO_MAP
  return held
}

function placed(before: AnyValue, keys: readonly string[], value: AnyValue): AnyValue {
  const [key, ...deeper] = keys
  if (key === undefined) {
    return isMap(value) && isMap(before) ? new Map([...before, ...value]) : value
  }
  const map = isMap(before) ? before : NO_MAP
  return new Map(map).set(key, placed(map.get(key) ?? null, deeper, value))
}

function without(before: AnyValue, keys: readonly string[]): AnyValue {
  const [key, ...deeper] = keys
  if (key === undefined || !isMap(before)) return before
  const map = new Map(before)
  const inner = map.get(key)
  if (deeper.length === 0) map.delete(key)
  else if (inner !== undefined) map.set(key, without(inner, deeper))
  return map
}
