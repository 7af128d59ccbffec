import { decodeUtf8, encodeUtf8 } from './utf8.ts'
import type { GoValue } from './value.ts'
import { GoSlice, integerOf, stringOf, typeNameOf } from './value.ts'

/** An index from 0 to `length`, both included, as `slice` takes them. */
export function readIndex(index: GoValue, length: number): number {
  const at = integerOf(index)
  if (index === undefined) throw new Error('cannot index slice/array with nil')
  if (at === undefined) {
    throw new Error(`cannot index slice/array with type ${typeNameOf(index)}`)
  }
  if (at < 0n || at > BigInt(length)) throw new Error(`index out of range: ${at}`)
  return Number(at)
}

/** `slice x 1 2` is `x[1:2]`: of a slice, or of the bytes of a string. */
export function sliceValue(args: readonly GoValue[]): GoValue {
  const [item, ...indexes] = args
  if (item === undefined) throw new Error('slice of untyped nil')
  if (indexes.length > 3) throw new Error(`too many slice indexes: ${indexes.length}`)
  const text = stringOf(item)
  if (text !== undefined) {
    if (indexes.length === 3) throw new Error('cannot 3-index slice a string')
    const bytes = encodeUtf8(text)
    const [start, end] = readRange(indexes, bytes.length)
    return decodeUtf8(bytes.slice(start, end))
  }
  if (!(item instanceof GoSlice)) throw new Error(`can't slice item of type ${typeNameOf(item)}`)
  const [start, end] = readRange(indexes, item.items.length)
  return item.withItems(item.items.slice(start, end))
}

function readRange(indexes: readonly GoValue[], length: number): [number, number] {
  const range = [0, length, length]
  indexes.forEach((index, i) => {
    range[i] = readIndex(index, length)
  })
  const [start = 0, end = length, capacity = length] = range
  if (start > end) throw new Error(`invalid slice index: ${start} > ${end}`)
  if (end > capacity) throw new Error(`invalid slice index: ${end} > ${capacity}`)
  return [start, end]
}
