import { Problem } from '../../model/problem.ts'
import { decodeUtf8 } from '../text-codec.ts'

/** Numbers of up to 32 bits, and floats; Bool, Date, DateTime and Enum are the integers they are stored as. */
export interface NumberColumn {
  readonly kind: 'number'
  readonly type: string
  readonly values:
    | Uint8Array
    | Int8Array
    | Uint16Array
    | Int16Array
    | Uint32Array
    | Int32Array
    | Float32Array
    | Float64Array
  /** Milliseconds per unit for times, 1 for numbers. */
  readonly scale: number
}

/** UInt64, Int64 and DateTime64: exact 64-bit values as words, the low one at `2i`, the high one at `2i + 1`. */
export interface WordColumn {
  readonly kind: 'words'
  readonly type: string
  readonly words: Uint32Array
  readonly isSigned: boolean
  /** What a value is multiplied with to give milliseconds for DateTime64, 1 for numbers. */
  readonly scale: number
}

/** Strings where they lie in the answer: that of row `i` is `bytes[starts[i]..ends[i])`. Text is made on demand. */
export interface StringColumn {
  readonly kind: 'string'
  readonly type: string
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** LowCardinality: row `i` is `keys[indexes[i]]`; when it is nullable, index 0 is NULL. */
export interface DictionaryColumn {
  readonly kind: 'dictionary'
  readonly type: string
  readonly keys: Column
  readonly indexes: Uint8Array | Uint16Array | Uint32Array
  readonly isNullable: boolean
}

export interface NullableColumn {
  readonly kind: 'nullable'
  readonly type: string
  /** 1 where the row is NULL; `items` has a filler there. */
  readonly nulls: Uint8Array
  readonly items: Column
}

/** Row `i` holds the items `offsets[i]` to `offsets[i + 1]`. */
export interface ArrayColumn {
  readonly kind: 'array'
  readonly type: string
  /** Length rows + 1. */
  readonly offsets: Uint32Array
  readonly items: Column
}

export interface MapColumn {
  readonly kind: 'map'
  readonly type: string
  /** Length rows + 1. */
  readonly offsets: Uint32Array
  readonly keys: Column
  readonly values: Column
}

export interface TupleColumn {
  readonly kind: 'tuple'
  readonly type: string
  readonly elements: readonly Column[]
}

export type Column =
  | NumberColumn
  | WordColumn
  | StringColumn
  | DictionaryColumn
  | NullableColumn
  | ArrayColumn
  | MapColumn
  | TupleColumn

function refuse(what: string, type: string, wanted: string): Problem {
  return new Problem('internal', `native: ${what} is ${type}, which cannot be read as ${wanted}`)
}

/**
 * Any number column as doubles, times as milliseconds. A Float64 column is returned as it is, bits included. 64-bit integers
 * are exact up to 2^53, so DateTime64 of more than millisecond precision is refused: read its words.
 */
export function toFloat64(column: Column, what: string): Float64Array {
  if (column.kind === 'number') {
    if (column.values instanceof Float64Array) return column.values
    const out = Float64Array.from(column.values)
    if (column.scale !== 1)
      for (let i = 0; i < out.length; i++) out[i] = (out[i] as number) * column.scale
    return out
  }
  if (column.kind !== 'words' || column.scale < 1) throw refuse(what, column.type, 'numbers')
  const { words, scale, isSigned } = column
  const rows = words.length >> 1
  const out = new Float64Array(rows)
  const highs = isSigned ? new Int32Array(words.buffer, words.byteOffset, words.length) : words
  for (let i = 0; i < rows; i++) {
    out[i] = ((highs[i * 2 + 1] as number) * 4294967296 + (words[i * 2] as number)) * scale
  }
  return out
}

/** The texts of String, FixedString, and LowCardinality of them. A dictionary's texts are made once and shared by its rows. */
export function toStrings(column: Column, what: string): string[] {
  if (column.kind === 'string') {
    const { bytes, starts, ends } = column
    const out = new Array<string>(starts.length)
    for (let i = 0; i < starts.length; i++) {
      out[i] = decodeUtf8(bytes, starts[i] as number, ends[i] as number)
    }
    return out
  }
  if (column.kind !== 'dictionary' || column.isNullable) throw refuse(what, column.type, 'text')
  const keys = toStrings(column.keys, what)
  const { indexes } = column
  const out = new Array<string>(indexes.length)
  for (let i = 0; i < indexes.length; i++) out[i] = keyAt(keys, indexes[i] as number)
  return out
}

function keyAt(keys: readonly string[], index: number): string {
  const key = keys[index]
  if (key === undefined) {
    throw new Problem('internal', `native: index ${index} into a dictionary of ${keys.length}`)
  }
  return key
}

/** The texts of a Nullable(String) or LowCardinality(Nullable(String)); a NULL is undefined. Plain texts are taken too. */
export function toNullableStrings(column: Column, what: string): (string | undefined)[] {
  if (column.kind === 'nullable') {
    const { nulls } = column
    return toStrings(column.items, what).map((text, i) => (nulls[i] === 1 ? undefined : text))
  }
  if (column.kind !== 'dictionary' || !column.isNullable) return toStrings(column, what)
  const keys = toStrings(column.keys, what)
  return Array.from(column.indexes, (index) => (index === 0 ? undefined : keyAt(keys, index)))
}

/** The words of a 64-bit column. */
export function toWords(column: Column, what: string): Uint32Array {
  if (column.kind !== 'words') throw refuse(what, column.type, '64-bit words')
  return column.words
}

/** A NumberColumn's memory, where it is of the wanted kind. */
export function toUint32(column: Column, what: string): Uint32Array {
  if (column.kind !== 'number') throw refuse(what, column.type, 'UInt32')
  const { values } = column
  if (values instanceof Uint32Array) return values
  if (values instanceof Uint16Array || values instanceof Uint8Array) return Uint32Array.from(values)
  throw refuse(what, column.type, 'UInt32')
}

export function toArray(column: Column, what: string): ArrayColumn {
  if (column.kind !== 'array') throw refuse(what, column.type, 'an array')
  return column
}

export function toMap(column: Column, what: string): MapColumn {
  if (column.kind !== 'map') throw refuse(what, column.type, 'a map')
  return column
}
