import type { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { ByteWriter } from '../byte-writer.ts'

/** 64-bit values: as they are, or as two columns of words. */
export type Uint64Values =
  | BigUint64Array
  | { readonly low: Uint32Array; readonly high: Uint32Array }

/** Slices of one byte array: row `i` is `bytes[starts[i]..ends[i])`. */
export interface ByteSlices {
  readonly bytes: Uint8Array
  readonly starts: Uint32Array
  readonly ends: Uint32Array
}

/** Slices of several byte arrays: the rows of the first part, then those of the next. */
export interface ByteParts {
  readonly parts: readonly ByteSlices[]
}

/** Rows that are places in a list of distinct words. */
export interface Dictionary {
  readonly words: readonly string[]
  readonly indexes: Uint32Array
}

type StringValues = readonly string[] | readonly Uint8Array[] | ByteSlices | ByteParts

export type ColumnData =
  | { readonly type: 'UInt8' | 'Bool'; readonly values: Uint8Array }
  | { readonly type: 'UInt16' | 'Date'; readonly values: Uint16Array }
  | { readonly type: 'UInt32' | 'DateTime'; readonly values: Uint32Array }
  | { readonly type: 'UInt64'; readonly values: Uint64Values }
  /** Whole numbers; as doubles, between -2^53 and 2^53. For times the unit is that of the precision, milliseconds for `DateTime64(3)`. */
  | {
      readonly type: 'Int64' | `DateTime64(${string})`
      readonly values: Float64Array | BigInt64Array
    }
  | { readonly type: 'Float64'; readonly values: Float64Array }
  /** Rows of the same length, one after the other. */
  | { readonly type: `FixedString(${number})`; readonly width: number; readonly bytes: Uint8Array }
  /** Texts, or bytes row by row, or slices of one array or of several. */
  | { readonly type: 'String'; readonly values: StringValues }
  | { readonly type: 'LowCardinality(String)'; readonly values: readonly string[] | Dictionary }
  /** The items of row `i` are those from `offsets[i]` to `offsets[i + 1]`; `offsets` has rows + 1 entries and starts at 0. */
  | { readonly type: 'Array'; readonly offsets: Uint32Array; readonly items: ColumnData }
  /** `Map(LowCardinality(String), String)`, laid out as Array. */
  | {
      readonly type: 'Map'
      readonly offsets: Uint32Array
      readonly keys: readonly string[] | Dictionary
      readonly values: readonly string[] | ByteParts
    }

export interface NativeColumn {
  readonly name: string
  readonly data: ColumnData
}

/** Label sets as the data of a `Map(LowCardinality(String), String)` column, one map a set. */
export function mapOfLabels(rows: readonly Labels[]): ColumnData {
  const offsets = new Uint32Array(rows.length + 1)
  const keys: string[] = []
  const values: string[] = []
  for (let row = 0; row < rows.length; row++) {
    const { flat } = rows[row] as Labels
    for (let i = 0; i < flat.length; i += 2) {
      keys.push(flat[i] as string)
      values.push(flat[i + 1] as string)
    }
    offsets[row + 1] = keys.length
  }
  return { type: 'Map', offsets, keys, values }
}

/**
 * One block in ClickHouse's `Native` format (no revision), as `INSERT … FORMAT Native` and `file('…', 'Native')` read it. All
 * columns have the same number of rows; else a `Problem` of code `internal` names the two that differ. `room` gives the memory for it,
 * about as many bytes as are needed; by default new memory is taken.
 */
export function encodeNativeBlock(
  columns: readonly NativeColumn[],
  room?: (sizeBytes: number) => Uint8Array,
): Uint8Array {
  const first = columns[0]
  const rows = first === undefined ? 0 : rowsOf(first.data)
  for (const column of columns) {
    if (rowsOf(column.data) !== rows) {
      throw new Problem(
        'internal',
        `native: column ${column.name} has ${rowsOf(column.data)} rows, ${first?.name} has ${rows}`,
      )
    }
  }
  let sizeBytes = 64 + columns.length * (rows * 8 + 32)
  for (const { data } of columns) sizeBytes += textBytes(data)
  const out = new ByteWriter(room?.(sizeBytes) ?? sizeBytes)
  out.varint(columns.length)
  out.varint(rows)
  for (const { name, data } of columns) {
    out.text(name)
    out.text(typeName(data))
    if (rows === 0) continue
    writePrefix(out, data)
    writeData(out, data)
  }
  return out.finish()
}

/** The bytes of slices: the mass of a block of log lines, whose memory is better taken once. */
function textBytes(data: ColumnData): number {
  if (data.type !== 'String' && data.type !== 'Map') return 0
  const { values } = data
  const parts = 'parts' in values ? values.parts : 'starts' in values ? [values] : []
  let sizeBytes = 0
  for (const { starts, ends } of parts) {
    for (let i = 0; i < starts.length; i++) {
      sizeBytes += (ends[i] as number) - (starts[i] as number)
    }
  }
  return sizeBytes
}

function rowsOf(data: ColumnData): number {
  if (data.type === 'Array' || data.type === 'Map') return data.offsets.length - 1
  if ('width' in data) return data.bytes.length / data.width
  if (data.type === 'UInt64' && 'low' in data.values) return data.values.low.length
  if (data.type === 'String') return countStrings(data.values)
  if (data.type === 'LowCardinality(String)') return countWords(data.values)
  return 'length' in data.values ? data.values.length : 0
}

function countStrings(values: StringValues): number {
  if ('starts' in values) return values.starts.length
  if (!('parts' in values)) return values.length
  return values.parts.reduce((rows, { starts }) => rows + starts.length, 0)
}

function countWords(values: readonly string[] | Dictionary): number {
  return 'words' in values ? values.indexes.length : values.length
}

function typeName(data: ColumnData): string {
  if (data.type === 'Map') return 'Map(LowCardinality(String), String)'
  return data.type === 'Array' ? `Array(${typeName(data.items)})` : data.type
}

/** The version of each LowCardinality, ahead of all data of its column. */
function writePrefix(out: ByteWriter, data: ColumnData): void {
  if (data.type === 'Array') writePrefix(out, data.items)
  else if (data.type === 'Map' || data.type === 'LowCardinality(String)') out.words(1, 0)
}

function writeData(out: ByteWriter, data: ColumnData): void {
  switch (data.type) {
    case 'UInt8':
    case 'Bool':
    case 'UInt16':
    case 'Date':
    case 'UInt32':
    case 'DateTime':
    case 'Float64':
      out.memory(data.values)
      return
    case 'UInt64':
      writeUint64(out, data.values)
      return
    case 'String':
      writeStrings(out, data.values)
      return
    case 'LowCardinality(String)':
      writeDictionary(out, data.values)
      return
    case 'Array':
      writeOffsets(out, data.offsets, rowsOf(data.items))
      writeData(out, data.items)
      return
    case 'Map':
      if (countWords(data.keys) !== countStrings(data.values)) {
        throw new Problem('internal', 'native: a map has as many keys as values')
      }
      writeOffsets(out, data.offsets, countWords(data.keys))
      writeDictionary(out, data.keys)
      writeStrings(out, data.values)
      return
    default:
      if ('width' in data) out.memory(data.bytes)
      else if (data.values instanceof BigInt64Array) out.memory(data.values)
      else writeInt64(out, data.values)
  }
}

function writeUint64(out: ByteWriter, values: Uint64Values): void {
  if (!('low' in values)) {
    out.memory(values)
    return
  }
  const { low, high } = values
  const words = new Uint32Array(low.length * 2)
  for (let i = 0; i < low.length; i++) {
    words[i * 2] = low[i] as number
    words[i * 2 + 1] = high[i] as number
  }
  out.memory(words)
}

function writeInt64(out: ByteWriter, values: Float64Array): void {
  const words = new Uint32Array(values.length * 2)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as number
    const high = Math.floor(value / 4294967296)
    words[i * 2] = value - high * 4294967296
    // The array takes the number modulo 2^32, which is the two's complement of a negative one.
    words[i * 2 + 1] = high
  }
  out.memory(words)
}

function writeStrings(out: ByteWriter, values: StringValues): void {
  if ('parts' in values) {
    for (const part of values.parts) writeStrings(out, part)
    return
  }
  if ('starts' in values) {
    out.slices(values.bytes, values.starts, values.ends)
    return
  }
  for (const value of values) {
    if (typeof value === 'string') out.text(value)
    else {
      out.varint(value.length)
      out.bytes(value)
    }
  }
}

/** Ends of rows as UInt64. */
function writeOffsets(out: ByteWriter, offsets: Uint32Array, items: number): void {
  const rows = offsets.length - 1
  if (offsets[0] !== 0 || offsets[rows] !== items) {
    throw new Problem('internal', `native: offsets do not cover the ${items} items`)
  }
  const words = new Uint32Array(rows * 2)
  for (let i = 0; i < rows; i++) words[i * 2] = offsets[i + 1] as number
  out.memory(words)
}

const HAS_ADDITIONAL_KEYS = 0x200
const NEEDS_UPDATE = 0x400

/** Index width, keys, and an index a row; nothing at all for no rows (SerializationLowCardinality). */
function writeDictionary(out: ByteWriter, values: readonly string[] | Dictionary): void {
  const { words, indexes } = 'words' in values ? values : dictionaryOf(values)
  if (indexes.length === 0) return
  const width = words.length <= 0x100 ? 0 : words.length <= 0x10000 ? 1 : 2
  out.words(width | HAS_ADDITIONAL_KEYS | NEEDS_UPDATE, 0)
  out.words(words.length, 0)
  for (const word of words) out.text(word)
  out.words(indexes.length, 0)
  if (width === 0) out.memory(Uint8Array.from(indexes))
  else out.memory(width === 1 ? Uint16Array.from(indexes) : indexes)
}

function dictionaryOf(values: readonly string[]): Dictionary {
  const places = new Map<string, number>()
  const indexes = new Uint32Array(values.length)
  for (let i = 0; i < values.length; i++) {
    const value = values[i] as string
    let index = places.get(value)
    if (index === undefined) places.set(value, (index = places.size))
    indexes[i] = index
  }
  return { words: [...places.keys()], indexes }
}
