import { malformed, ThriftBytes, type ThriftEncoding, type ThriftType } from './thrift-reader.ts'

const TYPES: readonly (ThriftType | undefined)[] = [
  undefined,
  ...(['bool', 'bool', 'byte', 'i16', 'i32', 'i64', 'double', 'binary'] as const),
  ...(['list', 'set', 'map', 'struct'] as const),
]
const TRUE = 1
const PROTOCOL = 0x82
const VERSION = 1

/** Thrift's compact protocol (apache/thrift, thrift-compact-protocol.md). */
export class ThriftCompact implements ThriftEncoding {
  readonly #in: ThriftBytes
  /** The value of the last field where it is a boolean: its type says it. */
  #flag: boolean | undefined

  constructor(bytes: Uint8Array) {
    this.#in = new ThriftBytes(bytes)
  }

  /** The name of the call that a message makes; its arguments are a struct that follows. */
  callName(): string {
    if (this.#in.byte() !== PROTOCOL) throw malformed('not a message of the compact protocol')
    if ((this.#in.byte() & 0x1f) !== VERSION) throw malformed('unknown version')
    this.#varint()
    return String.fromCharCode(...this.binary().subarray(0, 100))
  }

  field(last: number): { readonly id: number; readonly type: ThriftType } | undefined {
    const head = this.#in.byte()
    if (head === 0) return undefined
    const code = head & 0x0f
    const delta = head >>> 4
    const id = delta === 0 ? this.int() : last + delta
    const type = typeOf(code)
    this.#flag = type === 'bool' ? code === TRUE : undefined
    return { id, type }
  }

  listHead(): { readonly type: ThriftType; readonly size: number } {
    const head = this.#in.byte()
    const short = head >>> 4
    const size = this.#in.checkSize(short === 15 ? this.#size() : short)
    // Items say their booleans themselves.
    this.#flag = undefined
    return { type: size === 0 ? 'struct' : typeOf(head & 0x0f), size }
  }

  mapHead(): { readonly key: ThriftType; readonly value: ThriftType; readonly size: number } {
    const size = this.#in.checkSize(this.#size())
    if (size === 0) return { key: 'byte', value: 'byte', size }
    const types = this.#in.byte()
    this.#flag = undefined
    return { key: typeOf(types >>> 4), value: typeOf(types & 0x0f), size }
  }

  bool(): boolean {
    const flag = this.#flag ?? this.#in.byte() === TRUE
    this.#flag = undefined
    return flag
  }

  byte(): number {
    return this.#in.byte()
  }

  int(): number {
    return Number(BigInt.asIntN(32, this.i64()))
  }

  i64(): bigint {
    const value = this.#varint()
    return (value >> 1n) ^ -(value & 1n)
  }

  double(): number {
    return this.#in.view.getFloat64(this.#in.take(8), true)
  }

  binary(): Uint8Array {
    const sizeBytes = this.#size()
    const at = this.#in.take(sizeBytes)
    return this.#in.bytes.subarray(at, at + sizeBytes)
  }

  #size(): number {
    const size = this.#varint()
    if (size > 0x7fffffffn) throw malformed('a size above 2^31')
    return Number(size)
  }

  #varint(): bigint {
    let value = 0n
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.#in.byte()
      value |= BigInt(byte & 0x7f) << shift
      if (byte < 0x80) return BigInt.asUintN(64, value)
    }
    throw malformed('a number of more than 64 bits')
  }
}

function typeOf(code: number): ThriftType {
  const type = TYPES[code]
  if (type === undefined) throw malformed(`unknown type ${code}`)
  return type
}
