import { ByteWriter } from '../byte-writer.ts'
import { zigzag } from '../proto-writer.ts'

/** The spans of buckets that have these numbers, in ascending order, one message of `BucketSpan` for each run without a gap. */
export function writeSpans(
  out: ByteWriter,
  field: number,
  indexes: ArrayLike<number>,
  from: number,
  to: number,
): void {
  const span = new ByteWriter(16)
  let next = 0
  for (let i = from; i < to;) {
    const first = indexes[i] as number
    let length = 1
    while (i + length < to && indexes[i + length] === first + length) length++
    span.clear()
    span.varint(8)
    span.varint(zigzag(first - next))
    span.varint(2 * 8)
    span.varint(length)
    out.varint(field * 8 + 2)
    out.varint(span.length)
    out.bytes(span.finish())
    next = first + length
    i += length
  }
}
