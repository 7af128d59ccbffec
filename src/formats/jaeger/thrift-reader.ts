import { Problem } from '../../model/problem.ts'

export type ThriftType =
  | 'bool'
  | 'byte'
  | 'i16'
  | 'i32'
  | 'i64'
  | 'double'
  | 'binary'
  | 'struct'
  | 'map'
  | 'set'
  | 'list'

/** Structs, lists and maps nested deeper than this are refused. */
const MAX_DEPTH = 32
/** Spans, tags, logs and references of a message; a byte may be one, and each becomes an object. */
const MAX_ITEMS = 500_000

/** What the two encodings of Thrift read differently (apache/thrift, doc/specs). */
export interface ThriftEncoding {
  /** The id and type of the next field of a struct whose last field had the id `last`; undefined at the end. */
  field(last: number): { readonly id: number; readonly type: ThriftType } | undefined
  /** The type and number of what a list or a set holds. */
  listHead(): { readonly type: ThriftType; readonly size: number }
  mapHead(): { readonly key: ThriftType; readonly value: ThriftType; readonly size: number }
  bool(): boolean
  byte(): number
  /** i16 and i32. */
  int(type: 'i16' | 'i32'): number
  i64(): bigint
  double(): number
  binary(): Uint8Array
}

/** Walks Thrift of either encoding. Anything malformed is a `Problem` of code `bad_data` whose message begins with `thrift: `. */
export class ThriftReader {
  readonly #in: ThriftEncoding
  #depth = 0
  #items = 0

  constructor(encoding: ThriftEncoding) {
    this.#in = encoding
  }

  /** Hands each field to `take`, which reads its value and returns true, or returns false so that it is skipped. */
  struct(take: (id: number, type: ThriftType) => boolean): void {
    this.#enter()
    let last = 0
    for (let field = this.#in.field(0); field !== undefined; field = this.#in.field(last)) {
      last = field.id
      if (!take(field.id, field.type)) this.skip(field.type)
    }
    this.#depth--
  }

  /** Hands each item of a list of structs to `take`, which reads it. */
  structs(take: () => void): void {
    const { type, size } = this.#in.listHead()
    if (size > 0 && type !== 'struct') throw malformed(`a list of ${type}, not of structs`)
    this.#items += size
    if (this.#items > MAX_ITEMS)
      throw new Problem('limit', `thrift: more than ${MAX_ITEMS} spans, tags and logs`)
    this.#enter()
    for (let i = 0; i < size; i++) take()
    this.#depth--
  }

  bool(): boolean {
    return this.#in.bool()
  }

  i32(): number {
    return this.#in.int('i32')
  }

  i64(): bigint {
    return this.#in.i64()
  }

  double(): number {
    return this.#in.double()
  }

  binary(): Uint8Array {
    return this.#in.binary()
  }

  skip(type: ThriftType): void {
    switch (type) {
      case 'bool':
        this.#in.bool()
        return
      case 'byte':
        this.#in.byte()
        return
      case 'i16':
      case 'i32':
        this.#in.int(type)
        return
      case 'i64':
        this.#in.i64()
        return
      case 'double':
        this.#in.double()
        return
      case 'binary':
        this.#in.binary()
        return
      case 'struct':
        this.struct(() => false)
        return
      default:
        this.#skipMany(type)
    }
  }

  #skipMany(type: 'map' | 'set' | 'list'): void {
    this.#enter()
    if (type === 'map') {
      const { key, value, size } = this.#in.mapHead()
      for (let i = 0; i < size; i++) {
        this.skip(key)
        this.skip(value)
      }
    } else {
      const { type: item, size } = this.#in.listHead()
      for (let i = 0; i < size; i++) this.skip(item)
    }
    this.#depth--
  }

  #enter(): void {
    if (++this.#depth > MAX_DEPTH) throw malformed(`values nested deeper than ${MAX_DEPTH}`)
  }
}

/** Bytes of a message, read one after the other within their bounds. */
export class ThriftBytes {
  readonly bytes: Uint8Array
  readonly view: DataView
  #at = 0

  constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length)
  }

  get left(): number {
    return this.bytes.length - this.#at
  }

  /** Where `sizeBytes` begin, which are passed. */
  take(sizeBytes: number): number {
    if (sizeBytes < 0 || sizeBytes > this.left) throw malformed('unexpected end of the message')
    const at = this.#at
    this.#at += sizeBytes
    return at
  }

  byte(): number {
    return this.bytes[this.take(1)] ?? 0
  }

  /** The number of items that follow: each takes a byte at least. */
  checkSize(size: number): number {
    if (size < 0 || size > this.left) throw malformed(`${size} items in ${this.left} bytes`)
    return size
  }
}

export function malformed(what: string): Problem {
  return new Problem('bad_data', `thrift: ${what}`)
}
