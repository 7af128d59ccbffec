import { Problem } from '../../model/problem.ts'
import { ByteCursor } from './byte-cursor.ts'
import {
  toArray,
  toFloat64,
  toMap,
  toNullableStrings,
  toStrings,
  toUint32,
  toWords,
  type Column,
  type StringColumn,
} from './columns.ts'
import { readColumn, readPrefix } from './read-column.ts'
import { parseTypeName } from './type-name.ts'

/**
 * One block of an answer in `Native` format. The typed reads throw a `Problem` of code `internal` that names the column when
 * it is absent or of another type. Arrays they return may be views of the answer's memory: read them, do not write.
 */
export class NativeBlock {
  readonly rows: number
  readonly #columns: ReadonlyMap<string, Column>

  constructor(rows: number, columns: ReadonlyMap<string, Column>) {
    this.rows = rows
    this.#columns = columns
  }

  get columnNames(): string[] {
    return [...this.#columns.keys()]
  }

  column(name: string): Column {
    const found = this.#columns.get(name)
    if (found !== undefined) return found
    const known = this.columnNames.join(', ')
    throw new Problem('internal', `native: the answer has no column ${name} (it has ${known})`)
  }

  /** Numbers, and times as milliseconds. Float64 keeps its bits (staleness markers), the memory starts at a multiple of 8. */
  float64(name: string): Float64Array {
    return toFloat64(this.column(name), name)
  }

  /** UInt32, UInt16, UInt8, Bool, Date (days) and DateTime (seconds) as they are stored. */
  uint32(name: string): Uint32Array {
    return toUint32(this.column(name), name)
  }

  /** 64-bit integers and DateTime64 as words: the low one at `2i`, the high one at `2i + 1`. */
  uint64Words(name: string): Uint32Array {
    return toWords(this.column(name), name)
  }

  /** 64-bit integers; the bits of negative ones are kept as they are. */
  bigUint64(name: string): BigUint64Array {
    const words = this.uint64Words(name)
    return new BigUint64Array(words.buffer, words.byteOffset, words.length >> 1)
  }

  /** String, FixedString and LowCardinality(String) as texts. */
  strings(name: string): string[] {
    return toStrings(this.column(name), name)
  }

  /** As `strings`, with undefined for NULL. */
  nullableStrings(name: string): (string | undefined)[] {
    return toNullableStrings(this.column(name), name)
  }

  /** String and FixedString where they lie, without making text. */
  stringBytes(name: string): StringColumn {
    const column = this.column(name)
    if (column.kind === 'string') return column
    throw new Problem('internal', `native: ${name} is ${column.type}, which has no plain bytes`)
  }

  /** Array of numbers: those of row `i` are `values[offsets[i]..offsets[i + 1])`. */
  float64Array(name: string): { readonly offsets: Uint32Array; readonly values: Float64Array } {
    const { offsets, items } = toArray(this.column(name), name)
    return { offsets, values: toFloat64(items, name) }
  }

  /** Array of texts, laid out as in `float64Array`. */
  stringArray(name: string): { readonly offsets: Uint32Array; readonly values: string[] } {
    const { offsets, items } = toArray(this.column(name), name)
    return { offsets, values: toStrings(items, name) }
  }

  /** Map of text to text: the entries of row `i` are those from `offsets[i]` to `offsets[i + 1]`. */
  stringMap(name: string): {
    readonly offsets: Uint32Array
    readonly keys: string[]
    readonly values: string[]
  } {
    const map = toMap(this.column(name), name)
    return {
      offsets: map.offsets,
      keys: toStrings(map.keys, name),
      values: toStrings(map.values, name),
    }
  }
}

/**
 * Decodes an answer in ClickHouse's `Native` format (no revision: as HTTP, files and chDB write it): any number of blocks, one
 * after the other. Blocks without rows are left out. Throws a `Problem` of code `internal` on cut-off or unknown data.
 */
export function decodeNative(bytes: Uint8Array): NativeBlock[] {
  return [...decodeBlocks(bytes)]
}

/** The same block by block, for answers that take longer than others can wait: a block is decoded when it is asked for. */
export function* decodeBlocks(bytes: Uint8Array): Generator<NativeBlock, void> {
  const cursor = new ByteCursor(bytes)
  while (!cursor.isAtEnd) {
    const columnCount = cursor.varint()
    const rows = cursor.varint()
    // A column takes two bytes at least: its name and its type.
    if (columnCount * 2 > bytes.length - cursor.position) cursor.skip(columnCount * 2)
    const columns = new Map<string, Column>()
    for (let i = 0; i < columnCount; i++) {
      const name = cursor.text()
      const type = parseTypeName(cursor.text())
      if (rows > 0) readPrefix(cursor, type)
      columns.set(name, readColumn(cursor, type, rows))
    }
    if (rows > 0) yield new NativeBlock(rows, columns)
  }
}
