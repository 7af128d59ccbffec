import { sortedKeys } from './sorted-keys.ts'
import { TextBuilder } from './text-builder.ts'
import { GoTime } from './time.ts'
import type { GoValue } from './value.ts'

/** Deeper than any data of a notification. */
const MAX_DEPTH = 100

/** A value as encoding/json writes it: keys sorted, `<`, `>` and `&` escaped, times in RFC 3339. */
export function toJson(value: GoValue, maxLength: number): string {
  const out = new TextBuilder(maxLength)
  write(out, value, 0)
  return out.text
}

function write(out: TextBuilder, value: GoValue, depth: number): void {
  if (depth > MAX_DEPTH) throw new Error(`json: nested deeper than ${MAX_DEPTH}`)
  switch (typeof value) {
    case 'undefined':
      return out.add('null')
    case 'boolean':
    case 'bigint':
      return out.add(String(value))
    case 'number':
      if (!Number.isFinite(value)) throw new Error(`json: unsupported value: ${nameSpecial(value)}`)
      return out.add(String(value))
    case 'string':
      return out.add(quote(value))
    default:
      return writeObject(out, value, depth)
  }
}

function nameSpecial(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  return value > 0 ? '+Inf' : '-Inf'
}

function writeObject(
  out: TextBuilder,
  value: Exclude<GoValue, undefined | boolean | bigint | number | string>,
  depth: number,
): void {
  switch (value.kind) {
    case 'named':
      return out.add(String(value.value))
    case 'safe':
      return out.add(quote(value.value))
    case 'slice':
      out.add('[')
      value.items.forEach((item, i) => {
        if (i > 0) out.add(',')
        write(out, item, depth + 1)
      })
      return out.add(']')
    case 'map':
      return writeMembers(out, sortedKeys(value.source), (key) => value.source.get(key), depth)
    case 'struct': {
      if (value instanceof GoTime) return out.add(quote(value.toJson()))
      const names = new Map<string, GoValue>()
      for (const [field, item] of Object.entries(value.fields)) {
        names.set(value.jsonNames[field] ?? field, item)
      }
      return writeMembers(out, [...names.keys()], (name) => names.get(name), depth)
    }
    case 'func':
      throw new Error('json: unsupported type: func')
    default:
      return value satisfies never
  }
}

function writeMembers(
  out: TextBuilder,
  names: readonly string[],
  read: (name: string) => GoValue,
  depth: number,
): void {
  out.add('{')
  names.forEach((name, i) => {
    out.add(`${i > 0 ? ',' : ''}${quote(name)}:`)
    write(out, read(name), depth + 1)
  })
  out.add('}')
}

function quote(text: string): string {
  return JSON.stringify(text).replace(/[<>&\u2028\u2029]/g, (char) => {
    return `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`
  })
}
