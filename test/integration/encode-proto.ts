/** The fields of a protobuf message, joined. */
export function message(...fields: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(fields)
}

/** A text, bytes or a message inside. */
export function field(id: number, value: string | Uint8Array): Uint8Array {
  const bytes = typeof value === 'string' ? Buffer.from(value) : value
  return Buffer.concat([varint(BigInt((id << 3) | 2)), varint(BigInt(bytes.length)), bytes])
}

export function number(
  id: number,
  value: number | bigint,
  wire: 'varint' | 'fixed64' = 'varint',
): Uint8Array {
  if (wire === 'varint') return Buffer.concat([varint(BigInt(id << 3)), varint(BigInt(value))])
  const bytes = Buffer.alloc(8)
  bytes.writeBigUInt64LE(BigInt(value))
  return Buffer.concat([varint(BigInt((id << 3) | 1)), bytes])
}

function varint(value: bigint): Uint8Array {
  const bytes: number[] = []
  let left = BigInt.asUintN(64, value)
  do {
    bytes.push(Number(left & 0x7fn) | (left > 0x7fn ? 0x80 : 0))
    left >>= 7n
  } while (left > 0n)
  return Uint8Array.from(bytes)
}
