import { ByteWriter } from '../byte-writer.ts'
import { encodeUtf8 } from '../text-codec.ts'

export interface DnsQuery {
  /** 16 bits, by which the answer is known. */
  readonly id: number
  /** With or without the dot at its end. */
  readonly name: string
  readonly type: number
  readonly class: number
  readonly recursionDesired: boolean
}

const MAX_LABEL_BYTES = 63
const MAX_NAME_BYTES = 255

/** A query with one question (RFC 1035, 4.1), without EDNS. Throws a RangeError for what is no name. */
export function encodeDnsQuery(query: DnsQuery): Uint8Array {
  const out = new ByteWriter(64)
  uint16(out, query.id)
  uint16(out, query.recursionDesired ? 0x0100 : 0)
  uint16(out, 1)
  uint16(out, 0)
  uint16(out, 0)
  uint16(out, 0)
  writeName(out, query.name)
  uint16(out, query.type)
  uint16(out, query.class)
  return out.finish().slice()
}

function writeName(out: ByteWriter, name: string): void {
  const bare = name.endsWith('.') ? name.slice(0, -1) : name
  let sizeBytes = 1
  for (const label of bare === '' ? [] : bare.split('.')) {
    const bytes = encodeUtf8(label)
    sizeBytes += bytes.length + 1
    if (bytes.length === 0 || bytes.length > MAX_LABEL_BYTES)
      throw new RangeError(`${name} is not a name of DNS: ${JSON.stringify(label)} is not a label`)
    out.byte(bytes.length)
    out.bytes(bytes)
  }
  if (sizeBytes > MAX_NAME_BYTES) throw new RangeError(`${name} is longer than a name of DNS`)
  out.byte(0)
}

function uint16(out: ByteWriter, value: number): void {
  out.byte(value >>> 8)
  out.byte(value & 0xff)
}
