import { decodeAttribute } from '../../model/attribute-value.ts'
import { startOf, type AttributeColumns } from '../../model/spans.ts'
import { ByteWriter } from '../byte-writer.ts'
import { encodeUtf8 } from '../text-codec.ts'
import { anyOfText } from './attribute-any.ts'
import { isMap, type AnyValue } from './any-value.ts'

/** Fields of a protobuf message. What is 0 or empty is left out. */
export class ProtoMessage {
  readonly #out = new ByteWriter(256)

  finish(): Uint8Array {
    return this.#out.finish()
  }

  varint(field: number, value: number, always = false): void {
    if (value === 0 && !always) return
    this.#out.varint(field << 3)
    this.#out.int64(value)
  }

  fixed64(field: number, value: bigint): void {
    if (value !== 0n) this.fixed64Always(field, value)
  }

  fixed64Always(field: number, value: bigint): void {
    this.#out.varint((field << 3) | 1)
    this.#out.bytes(new Uint8Array(BigInt64Array.of(value).buffer))
  }

  /** A `sint32`. */
  zigzag(field: number, value: number): void {
    this.varint(field, value < 0 ? -value * 2 - 1 : value * 2)
  }

  double(field: number, value: number): void {
    this.#out.varint((field << 3) | 1)
    this.#out.bytes(new Uint8Array(Float64Array.of(value).buffer))
  }

  fixed32(field: number, value: number): void {
    if (value === 0) return
    this.#out.varint((field << 3) | 5)
    this.#out.bytes(new Uint8Array(Uint32Array.of(value).buffer))
  }

  text(field: number, text: string, always = false): void {
    if (text !== '' || always) this.bytes(field, encodeUtf8(text), always)
  }

  bytes(field: number, bytes: Uint8Array, always = false): void {
    if (bytes.length === 0 && !always) return
    this.#out.varint((field << 3) | 2)
    this.#out.varint(bytes.length)
    this.#out.bytes(bytes)
  }

  /** An id; one of zeros is none. */
  id(field: number, column: Uint8Array, row: number, width: number): void {
    const id = column.subarray(row * width, (row + 1) * width)
    if (id.some((byte) => byte !== 0)) this.bytes(field, id)
  }

  message(field: number, write: (inner: ProtoMessage) => void): void {
    const inner = new ProtoMessage()
    write(inner)
    this.bytes(field, inner.finish(), true)
  }

  /** `KeyValue`s of typed texts. */
  attributes(field: number, attributes: readonly (readonly [string, string])[]): void {
    for (const [key, text] of attributes) this.#attribute(field, key, text)
  }

  /** The same of one row of columns. */
  attributesOf(
    field: number,
    { ends, keys, values }: AttributeColumns,
    row: number,
    strings: readonly string[],
  ): void {
    const end = ends[row] as number
    for (let i = startOf(ends, row); i < end; i++) {
      this.#attribute(field, strings[keys[i] as number] ?? '', strings[values[i] as number] ?? '')
    }
  }

  /** The `AnyValue` of a typed text. */
  typedText(field: number, text: string): void {
    this.message(field, (inner) => inner.#value(anyOfText(text), text))
  }

  #attribute(field: number, key: string, text: string): void {
    this.message(field, (inner) => {
      inner.text(1, key)
      inner.typedText(2, text)
    })
  }

  #value(value: AnyValue, text = ''): void {
    if (value === null) return
    if (typeof value === 'string') this.text(1, value, true)
    else if (typeof value === 'boolean') this.varint(2, value ? 1 : 0, true)
    else if (typeof value === 'bigint') this.#int64(3, value)
    else if (typeof value === 'number') this.double(4, value)
    else if (value instanceof Uint8Array) this.bytes(7, value, true)
    else if (isMap(value)) {
      this.message(6, (list) => {
        for (const [key, item] of value) {
          list.message(1, (entry) => {
            entry.text(1, key)
            entry.message(2, (inner) => inner.#value(item))
          })
        }
      })
    } else {
      // A list of doubles without fractions stays one.
      const isDoubles = text !== '' && decodeAttribute(text).type === 'floats'
      this.message(5, (list) => {
        for (const item of value) {
          list.message(1, (inner) => inner.#value(isDoubles ? Number(item) : item))
        }
      })
    }
  }

  #int64(field: number, value: bigint): void {
    this.#out.varint(field << 3)
    let rest = BigInt.asUintN(64, value)
    for (; rest > 0x7fn; rest >>= 7n) this.#out.byte(Number(rest & 0x7fn) | 0x80)
    this.#out.byte(Number(rest))
  }
}

/** Rows by their resource and scope, in the order in which these come first. */
export function groupRows(
  rows: number,
  resourceOf: (row: number) => number,
  scopeOf: (row: number) => number,
): ReadonlyMap<number, ReadonlyMap<number, readonly number[]>> {
  const resources = new Map<number, Map<number, number[]>>()
  for (let row = 0; row < rows; row++) {
    const resource = resourceOf(row)
    const scopes = resources.get(resource) ?? new Map<number, number[]>()
    resources.set(resource, scopes)
    const scope = scopeOf(row)
    const members = scopes.get(scope)
    if (members === undefined) scopes.set(scope, [row])
    else members.push(row)
  }
  return resources
}
