import { malformed, ThriftBytes, type ThriftEncoding, type ThriftType } from './thrift-reader.ts'

const TYPES: ReadonlyMap<number, ThriftType> = new Map<number, ThriftType>([
  ...([[2, 'bool'] as const, [3, 'byte'] as const, [4, 'double'] as const] as const),
  ...([[6, 'i16'] as const, [8, 'i32'] as const, [10, 'i64'] as const] as const),
  ...([[11, 'binary'] as const, [12, 'struct'] as const, [13, 'map'] as const] as const),
  ...([[14, 'set'] as const, [15, 'list'] as const] as const),
])

const VERSION = 0x00010000

/** Thrift's binary protocol (apache/thrift, thrift-binary-protocol.md). */
export class ThriftBinary implements ThriftEncoding {
  readonly #in: ThriftBytes

  constructor(bytes: Uint8Array) {
    this.#in = new ThriftBytes(bytes)
  }

  /** The name of the call that a message makes; its arguments are a struct that follows. Messages of old begin with the name itself. */
  callName(): string {
    const head = this.int('i32')
    if (head < 0 && (head & 0x7fff0000) !== VERSION) throw malformed('unknown version')
    const sizeBytes = head < 0 ? this.int('i32') : head
    const at = this.#in.take(sizeBytes)
    const name = String.fromCharCode(...this.#in.bytes.subarray(at, at + Math.min(sizeBytes, 100)))
    if (head >= 0) this.byte()
    this.int('i32')
    return name
  }

  field(): { readonly id: number; readonly type: ThriftType } | undefined {
    const type = this.#in.byte()
    return type === 0 ? undefined : { type: typeOf(type), id: this.int('i16') }
  }

  listHead(): { readonly type: ThriftType; readonly size: number } {
    const type = this.#in.byte()
    const size = this.#in.checkSize(this.int('i32'))
    return { type: size === 0 ? 'struct' : typeOf(type), size }
  }

  mapHead(): { readonly key: ThriftType; readonly value: ThriftType; readonly size: number } {
    const [key, value] = [this.#in.byte(), this.#in.byte()]
    const size = this.#in.checkSize(this.int('i32'))
    if (size === 0) return { key: 'byte', value: 'byte', size }
    return { key: typeOf(key), value: typeOf(value), size }
  }

  bool(): boolean {
    return this.#in.byte() !== 0
  }

  byte(): number {
    return this.#in.byte()
  }

  int(type: 'i16' | 'i32'): number {
    const { view } = this.#in
    return type === 'i16' ? view.getInt16(this.#in.take(2)) : view.getInt32(this.#in.take(4))
  }

  i64(): bigint {
    return this.#in.view.getBigInt64(this.#in.take(8))
  }

  double(): number {
    return this.#in.view.getFloat64(this.#in.take(8))
  }

  binary(): Uint8Array {
    const sizeBytes = this.int('i32')
    const at = this.#in.take(sizeBytes)
    return this.#in.bytes.subarray(at, at + sizeBytes)
  }
}

function typeOf(code: number): ThriftType {
  const type = TYPES.get(code)
  if (type === undefined) throw malformed(`unknown type ${code}`)
  return type
}
