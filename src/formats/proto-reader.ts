import { Problem } from '../model/problem.ts'

export const WIRE_VARINT = 0
export const WIRE_FIXED64 = 1
export const WIRE_BYTES = 2
export const WIRE_FIXED32 = 5

const MAX_FIELD = 536_870_911
const WIRE_SIZES = new Map([
  [WIRE_VARINT, 'varint'],
  [WIRE_FIXED64, '64-bit'],
  [WIRE_BYTES, 'length-delimited'],
  [WIRE_FIXED32, '32-bit'],
])

/**
 * Walks the fields of protobuf messages where they lie, without making objects. Anything malformed is a `Problem` of code
 * `bad_data` whose message begins with `proto: `.
 */
export class ProtoReader {
  readonly bytes: Uint8Array
  readonly view: DataView
  position: number
  /** Words of the last `fixed64` or `varint64`. */
  low = 0
  high = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
    this.position = 0
  }

  /** A varint of up to 32 bits, as tags and lengths are. */
  varint32(end: number): number {
    const bytes = this.bytes
    if (this.position >= end) throw cutOff()
    let byte = bytes[this.position++] as number
    if (byte < 0x80) return byte
    let value = byte & 0x7f
    for (let scale = 0x80; scale <= 0x10000000; scale *= 0x80) {
      if (this.position >= end) throw cutOff()
      byte = bytes[this.position++] as number
      value += (byte & 0x7f) * scale
      if (byte < 0x80) {
        if (value > 0xffffffff) break
        return value
      }
    }
    throw new Problem('bad_data', 'proto: integer overflow')
  }

  /** Sets `low` and `high` to a varint of up to 64 bits. */
  varint64(end: number): void {
    const bytes = this.bytes
    let low = 0
    let high = 0
    for (let shift = 0; shift < 70; shift += 7) {
      if (this.position >= end) throw cutOff()
      const byte = bytes[this.position++] as number
      const bits = byte & 0x7f
      if (shift < 28) low |= bits << shift
      else if (shift === 28) {
        low |= bits << 28
        high |= bits >>> 4
      } else high |= bits << (shift - 32)
      if (byte < 0x80) {
        this.low = low >>> 0
        this.high = high >>> 0
        return
      }
    }
    throw new Problem('bad_data', 'proto: integer overflow')
  }

  /** An int64 as a number; exact up to 2^53. */
  int64(end: number): number {
    this.varint64(end)
    return (this.high | 0) * 4294967296 + this.low
  }

  /** Sets `low` and `high` to eight bytes, such as the bits of a double. */
  fixed64(end: number): void {
    const start = this.position
    if (start + 8 > end) throw cutOff()
    this.low = this.view.getUint32(start, true)
    this.high = this.view.getUint32(start + 4, true)
    this.position = start + 8
  }

  /** Four bytes as an unsigned number. */
  fixed32(end: number): number {
    const start = this.position
    if (start + 4 > end) throw cutOff()
    this.position = start + 4
    return this.view.getUint32(start, true)
  }

  /** Reads the length of a length-delimited field and returns where it ends. */
  delimited(end: number): number {
    const sizeBytes = this.varint32(end)
    if (sizeBytes > end - this.position) throw cutOff()
    return this.position + sizeBytes
  }

  /** Checks that a known field has the wire type it should have. */
  expect(wire: number, wanted: number, field: string): void {
    if (wire !== wanted) {
      throw new Problem(
        'bad_data',
        `proto: field ${field} is ${WIRE_SIZES.get(wire) ?? `of wire type ${wire}`}, ${WIRE_SIZES.get(wanted)} is right`,
      )
    }
  }

  /** Steps over the value of an unknown field. */
  skip(tag: number, end: number): void {
    const field = tag >>> 3
    if (field === 0 || field > MAX_FIELD) {
      throw new Problem('bad_data', `proto: illegal field number ${field}`)
    }
    switch (tag & 7) {
      case WIRE_VARINT:
        this.varint64(end)
        return
      case WIRE_FIXED64:
        this.fixed64(end)
        return
      case WIRE_BYTES:
        this.position = this.delimited(end)
        return
      case WIRE_FIXED32:
        this.fixed32(end)
        return
      default:
        throw new Problem('bad_data', `proto: illegal wire type ${tag & 7}`)
    }
  }
}

function cutOff(): Problem {
  return new Problem('bad_data', 'proto: unexpected end of the message')
}
