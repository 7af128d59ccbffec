import { Problem } from '../../model/problem.ts'
import type { ByteCursor } from './byte-cursor.ts'
import type {
  ArrayColumn,
  Column,
  DictionaryColumn,
  NumberColumn,
  StringColumn,
} from './columns.ts'
import type { TypeTree } from './type-name.ts'

const DAY_MS = 86_400_000
const KEYS_VERSION = 1
const NEEDS_GLOBAL_DICTIONARY = 0x100
const HAS_ADDITIONAL_KEYS = 0x200

function unsupported(type: TypeTree): Problem {
  return new Problem('internal', `native: columns of type ${type.text} are not supported`)
}

function argument(type: TypeTree, index: number): TypeTree {
  const found = type.args[index]
  if (found === undefined) throw unsupported(type)
  return found
}

/**
 * What stands before the data of a column: the version of each LowCardinality in it, in the order of the tree
 * (ISerialization::deserializeBinaryBulkStatePrefix).
 */
export function readPrefix(cursor: ByteCursor, type: TypeTree): void {
  if (type.name === 'LowCardinality') {
    const version = cursor.count()
    if (version !== KEYS_VERSION) {
      throw new Problem('internal', `native: LowCardinality of version ${version}, 1 is supported`)
    }
    return
  }
  for (const arg of type.args) readPrefix(cursor, arg)
}

/** The data of `rows` rows of a column. */
export function readColumn(cursor: ByteCursor, type: TypeTree, rows: number): Column {
  switch (type.name) {
    case 'String':
      return readStrings(cursor, type, rows)
    case 'FixedString':
      return readFixedStrings(cursor, type, rows, fixedWidth(type))
    case 'UUID':
      return readFixedStrings(cursor, type, rows, 16)
    case 'UInt64':
    case 'Int64':
      return {
        kind: 'words',
        type: type.text,
        words: cursor.words(rows),
        isSigned: type.name === 'Int64',
        scale: 1,
      }
    case 'DateTime64': {
      const scale = 10 ** (3 - precisionOf(type))
      return { kind: 'words', type: type.text, words: cursor.words(rows), isSigned: true, scale }
    }
    case 'LowCardinality':
      return readDictionary(cursor, type, rows)
    case 'Nullable': {
      const nulls = cursor.uint8(rows)
      const items = readColumn(cursor, argument(type, 0), rows)
      return { kind: 'nullable', type: type.text, nulls, items }
    }
    case 'Array':
      return readArray(cursor, type, rows)
    case 'Map': {
      const offsets = readOffsets(cursor, rows)
      const items = offsets[rows] as number
      const keys = readColumn(cursor, argument(type, 0), items)
      const values = readColumn(cursor, argument(type, 1), items)
      return { kind: 'map', type: type.text, offsets, keys, values }
    }
    case 'Tuple': {
      const elements = type.args.map((arg) => readColumn(cursor, arg, rows))
      return { kind: 'tuple', type: type.text, elements }
    }
    default:
      return readNumbers(cursor, type, rows)
  }
}

function readNumbers(cursor: ByteCursor, type: TypeTree, rows: number): NumberColumn {
  const column = (values: NumberColumn['values'], scale = 1): NumberColumn => {
    return { kind: 'number', type: type.text, values, scale }
  }
  switch (type.name) {
    case 'UInt8':
    case 'Bool':
      return column(cursor.uint8(rows))
    case 'Int8':
    case 'Enum8':
      return column(new Int8Array(...cursor.aligned(rows, 1)))
    case 'UInt16':
      return column(new Uint16Array(...cursor.aligned(rows, 2)))
    case 'Date':
      return column(new Uint16Array(...cursor.aligned(rows, 2)), DAY_MS)
    case 'Int16':
    case 'Enum16':
      return column(new Int16Array(...cursor.aligned(rows, 2)))
    case 'UInt32':
    case 'IPv4':
      return column(new Uint32Array(...cursor.aligned(rows, 4)))
    case 'DateTime':
      return column(new Uint32Array(...cursor.aligned(rows, 4)), 1000)
    case 'Int32':
      return column(new Int32Array(...cursor.aligned(rows, 4)))
    case 'Date32':
      return column(new Int32Array(...cursor.aligned(rows, 4)), DAY_MS)
    case 'Float32':
      return column(new Float32Array(...cursor.aligned(rows, 4)))
    case 'Float64':
      return column(new Float64Array(...cursor.aligned(rows, 8)))
    default:
      throw unsupported(type)
  }
}

function precisionOf(type: TypeTree): number {
  const digits = Number(/^DateTime64\((\d)[,)]/.exec(type.text)?.[1])
  if (Number.isNaN(digits)) throw unsupported(type)
  return digits
}

function fixedWidth(type: TypeTree): number {
  const width = Number(/^FixedString\((\d{1,9})\)$/.exec(type.text)?.[1])
  if (!(width > 0)) throw unsupported(type)
  return width
}

function readStrings(cursor: ByteCursor, type: TypeTree, rows: number): StringColumn {
  // Each string takes a byte at least; this bounds the allocation by the size of the answer.
  if (rows > cursor.bytes.length - cursor.position) cursor.skip(rows)
  const starts = new Uint32Array(rows)
  const ends = new Uint32Array(rows)
  const { bytes } = cursor
  for (let i = 0; i < rows; i++) {
    const short = bytes[cursor.position] as number
    let sizeBytes = short
    if (short < 0x80) cursor.position++
    else sizeBytes = cursor.varint()
    starts[i] = cursor.skip(sizeBytes)
    ends[i] = cursor.position
  }
  return { kind: 'string', type: type.text, bytes, starts, ends }
}

function readFixedStrings(
  cursor: ByteCursor,
  type: TypeTree,
  rows: number,
  widthBytes: number,
): StringColumn {
  const first = cursor.skip(rows * widthBytes)
  const starts = new Uint32Array(rows)
  const ends = new Uint32Array(rows)
  for (let i = 0; i < rows; i++) {
    starts[i] = first + i * widthBytes
    ends[i] = first + (i + 1) * widthBytes
  }
  return { kind: 'string', type: type.text, bytes: cursor.bytes, starts, ends }
}

/** Cumulative ends as UInt64, one a row, ascending; turned into starts and ends in one array. */
function readOffsets(cursor: ByteCursor, rows: number): Uint32Array {
  const words = cursor.words(rows)
  const offsets = new Uint32Array(rows + 1)
  let last = 0
  for (let i = 0; i < rows; i++) {
    const end = words[i * 2] as number
    if (words[i * 2 + 1] !== 0 || end < last) {
      throw new Problem('internal', `native: array offsets are not ascending at row ${i}`)
    }
    offsets[i + 1] = end
    last = end
  }
  return offsets
}

function readArray(cursor: ByteCursor, type: TypeTree, rows: number): ArrayColumn {
  const offsets = readOffsets(cursor, rows)
  const items = readColumn(cursor, argument(type, 0), offsets[rows] as number)
  return { kind: 'array', type: type.text, offsets, items }
}

/** SerializationLowCardinality: flags and index width, keys, then an index a row. Nothing at all when there are no rows. */
function readDictionary(cursor: ByteCursor, type: TypeTree, rows: number): DictionaryColumn {
  const inner = argument(type, 0)
  const isNullable = inner.name === 'Nullable'
  const keyType = isNullable ? argument(inner, 0) : inner
  if (rows === 0) {
    const keys = readColumn(cursor, keyType, 0)
    return { kind: 'dictionary', type: type.text, keys, indexes: new Uint8Array(0), isNullable }
  }
  const flags = cursor.words(1)[0] as number
  if ((flags & NEEDS_GLOBAL_DICTIONARY) !== 0 || (flags & HAS_ADDITIONAL_KEYS) === 0) {
    throw new Problem('internal', `native: LowCardinality flags ${flags} are not supported`)
  }
  const keys = readColumn(cursor, keyType, cursor.count())
  const count = cursor.count()
  if (count !== rows) {
    throw new Problem('internal', `native: ${count} dictionary indexes for ${rows} rows`)
  }
  const indexes = readIndexes(cursor, flags & 0xff, rows)
  return { kind: 'dictionary', type: type.text, keys, indexes, isNullable }
}

function readIndexes(cursor: ByteCursor, width: number, rows: number): DictionaryColumn['indexes'] {
  switch (width) {
    case 0:
      return cursor.uint8(rows)
    case 1:
      return new Uint16Array(...cursor.aligned(rows, 2))
    case 2:
      return new Uint32Array(...cursor.aligned(rows, 4))
    default:
      throw new Problem('internal', `native: dictionary index width ${width} is not supported`)
  }
}
