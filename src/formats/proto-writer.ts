import type { ByteWriter } from './byte-writer.ts'

/** Opens a field of a protobuf message. */
export function writeTag(out: ByteWriter, field: number, wire: number): void {
  out.varint(field * 8 + wire)
}

/** A field of type double. */
export function writeDouble(out: ByteWriter, field: number, value: number): void {
  writeTag(out, field, 1)
  out.memory(Float64Array.of(value))
}

/** A whole number as a varint of type sint has it. */
export function zigzag(value: number): number {
  return value >= 0 ? value * 2 : -value * 2 - 1
}

/** What `zigzag` was given. */
export function unzigzag(value: number): number {
  return value % 2 === 0 ? value / 2 : -(value + 1) / 2
}
