import { WIRE_BYTES, WIRE_VARINT, type ProtoReader } from '../proto-reader.ts'
import type { AttributeBuilder } from './attribute-columns.ts'
import { readAnyValue } from './protobuf-values.ts'

const KEY = (1 << 3) | WIRE_BYTES
const VALUE = (2 << 3) | WIRE_BYTES
const STRING = (1 << 3) | WIRE_BYTES
const BOOL = (2 << 3) | WIRE_VARINT
const INT = (3 << 3) | WIRE_VARINT

/**
 * Adds the `KeyValue` that ends at `end` to what is gathered. Texts and small whole numbers, which nearly all values are, are found
 * where they lie. Throws a `Problem` of code `bad_data`.
 */
export function addAttribute(reader: ProtoReader, end: number, attributes: AttributeBuilder): void {
  let keyStart = 0
  let keyEnd = 0
  let valueStart = -1
  let valueEnd = -1
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === KEY) {
      keyEnd = reader.delimited(end)
      keyStart = reader.position
      reader.position = keyEnd
    } else if (tag === VALUE) {
      valueEnd = reader.delimited(end)
      valueStart = reader.position
      reader.position = valueEnd
    } else reader.skip(tag, end)
  }
  if (valueEnd < 0) return
  reader.position = valueStart
  if (!addPlain(reader, valueEnd, attributes, keyStart, keyEnd)) {
    reader.position = valueStart
    const value = readAnyValue(reader, valueEnd)
    if (value !== null) attributes.addRead(reader.bytes, keyStart, keyEnd, value)
  }
  reader.position = end
}

/** False when the value is not of one field of the usual types. */
function addPlain(
  reader: ProtoReader,
  valueEnd: number,
  attributes: AttributeBuilder,
  keyStart: number,
  keyEnd: number,
): boolean {
  if (reader.position >= valueEnd) return false
  const { bytes } = reader
  switch (reader.varint32(valueEnd)) {
    case STRING: {
      const end = reader.delimited(valueEnd)
      if (end !== valueEnd) return false
      attributes.addText(bytes, keyStart, keyEnd, reader.position, end)
      return true
    }
    case BOOL:
      reader.varint64(valueEnd)
      if (reader.position !== valueEnd) return false
      attributes.addRead(bytes, keyStart, keyEnd, reader.low !== 0 || reader.high !== 0)
      return true
    case INT:
      reader.varint64(valueEnd)
      if (reader.position !== valueEnd || reader.high !== 0) return false
      attributes.addWhole(bytes, keyStart, keyEnd, reader.low)
      return true
    default:
      return false
  }
}
