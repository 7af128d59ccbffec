import { sprint } from './print.ts'
import { compareBytes } from './utf8.ts'
import type { GoValue } from './value.ts'
import { GoStruct, integerOf, stringOf, typeNameOf } from './value.ts'

/** The longest value that an error shows. */
const MAX_SHOWN = 1_000_000

type BasicKind = 'bool' | 'int' | 'float' | 'string' | undefined

function basicKind(value: GoValue): BasicKind {
  if (typeof value === 'boolean') return 'bool'
  if (typeof value === 'number') return 'float'
  if (integerOf(value) !== undefined) return 'int'
  return stringOf(value) === undefined ? undefined : 'string'
}

/**
 * `eq` of two values by Go's rules: values of different kinds are not comparable (1 and 1.0 are not), nil equals only nil,
 * slices and maps are not comparable.
 */
export function isEqual(a: GoValue, b: GoValue): boolean {
  const kind = basicKind(a)
  if (kind !== basicKind(b)) {
    if (a === undefined || b === undefined) return false
    throw new Error('incompatible types for comparison')
  }
  switch (kind) {
    case 'bool':
    case 'float':
      return a === b
    case 'int':
      return integerOf(a) === integerOf(b)
    case 'string':
      return stringOf(a) === stringOf(b)
    case undefined:
      return areSame(a, b)
    default:
      return kind satisfies never
  }
}

function areSame(a: GoValue, b: GoValue): boolean {
  if (a === undefined || b === undefined) return a === b
  for (const value of [a, b]) {
    if (!(value instanceof GoStruct)) {
      const shown = sprint([value], MAX_SHOWN)
      throw new Error(`non-comparable type ${shown}: ${typeNameOf(value)}`)
    }
  }
  return a instanceof GoStruct && b instanceof GoStruct && a.equals(b)
}

/** `lt` of two values: both integers, both floats or both strings. */
export function isLess(a: GoValue, b: GoValue): boolean {
  const kind = basicKind(a)
  const other = basicKind(b)
  if (kind === undefined || other === undefined) throw new Error('invalid type for comparison')
  if (kind !== other) throw new Error('incompatible types for comparison')
  switch (kind) {
    case 'bool':
      throw new Error('invalid type for comparison')
    case 'float':
      return typeof a === 'number' && typeof b === 'number' && a < b
    case 'int':
      return (integerOf(a) ?? 0n) < (integerOf(b) ?? 0n)
    case 'string':
      return compareBytes(stringOf(a) ?? '', stringOf(b) ?? '') < 0
    default:
      return kind satisfies never
  }
}
