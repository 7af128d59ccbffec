const BLOCK_BYTES = 65_536
const TABLE_BITS = 14
const MIN_INPUT_BYTES = 17

/**
 * Encodes one block in Snappy's block format: a greedy search for four equal bytes within 64 KiB, as the reference encoder
 * does it. The output is never longer than `32 + n + n / 6` bytes.
 */
export function encodeSnappy(input: Uint8Array): Uint8Array {
  const out = new Uint8Array(32 + input.length + Math.ceil(input.length / 6))
  let to = 0
  let rest = input.length
  while (rest >= 0x80) {
    out[to++] = (rest & 0x7f) | 0x80
    rest >>>= 7
  }
  out[to++] = rest
  const table = new Uint16Array(1 << TABLE_BITS)
  const view = new DataView(input.buffer, input.byteOffset, input.length)
  for (let start = 0; start < input.length; start += BLOCK_BYTES) {
    const end = Math.min(start + BLOCK_BYTES, input.length)
    if (end - start < MIN_INPUT_BYTES) to = writeLiteral(input, start, end, out, to)
    else to = encodeBlock(input, view, start, end, out, to, table)
  }
  return out.subarray(0, to)
}

function encodeBlock(
  input: Uint8Array,
  view: DataView,
  start: number,
  end: number,
  out: Uint8Array,
  outStart: number,
  table: Uint16Array,
): number {
  table.fill(0)
  const last = end - 4
  let to = outStart
  let literal = start
  let at = start + 1
  let misses = 32
  while (at <= last) {
    const word = view.getUint32(at, true)
    const slot = Math.imul(word, 0x1e35a7bd) >>> (32 - TABLE_BITS)
    const candidate = start + (table[slot] as number)
    table[slot] = at - start
    if (candidate >= at || view.getUint32(candidate, true) !== word) {
      // The longer nothing is found, the larger the steps: incompressible input passes quickly.
      at += misses++ >>> 5
      continue
    }
    if (literal < at) to = writeLiteral(input, literal, at, out, to)
    let length = 4
    while (at + length < end && input[at + length] === input[candidate + length]) length++
    to = writeCopy(out, to, at - candidate, length)
    at += length
    literal = at
    misses = 32
  }
  return literal < end ? writeLiteral(input, literal, end, out, to) : to
}

function writeLiteral(
  input: Uint8Array,
  start: number,
  end: number,
  out: Uint8Array,
  at: number,
): number {
  let to = at
  const last = end - start - 1
  if (last < 60) out[to++] = last << 2
  else if (last < 0x100) {
    out[to++] = 60 << 2
    out[to++] = last
  } else {
    out[to++] = 61 << 2
    out[to++] = last & 0xff
    out[to++] = last >>> 8
  }
  out.set(input.subarray(start, end), to)
  return to + (end - start)
}

function writeCopy(out: Uint8Array, at: number, offset: number, size: number): number {
  let to = at
  let length = size
  while (length > 0) {
    // A rest of fewer than four bytes has no short form, so the part before it stops early.
    const part = length > 64 ? Math.min(64, length - 4) : length
    if (part < 12 && part >= 4 && offset < 2048) {
      out[to++] = 1 | ((part - 4) << 2) | ((offset >>> 8) << 5)
      out[to++] = offset & 0xff
    } else {
      out[to++] = 2 | ((part - 1) << 2)
      out[to++] = offset & 0xff
      out[to++] = offset >>> 8
    }
    length -= part
  }
  return to
}
