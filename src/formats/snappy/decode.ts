import { Problem } from '../../model/problem.ts'

/** A three-byte element makes 64 bytes at most, so no block grows by more than this. */
const MAX_EXPANSION = 22
/** Copies in words may write up to seven bytes past their end; the next element overwrites them. */
const SLACK_BYTES = 8
/** From here on the engine's own copy is faster than a loop. */
const LONG_COPY_BYTES = 48

function corrupt(): Problem {
  return new Problem('bad_data', 'snappy: corrupt input')
}

/**
 * Memory that is used again for the next block, so that a stream of requests does not allocate its pages anew. What was decoded
 * into it is gone with the next decode.
 */
export class SnappyScratch {
  #bytes = new Uint8Array(0)
  #view = new DataView(this.#bytes.buffer)
  readonly #keepBytes: number

  /** `keepBytes`: a larger block than this is decoded into memory of its own that is not kept. */
  constructor(keepBytes = 8 << 20) {
    this.#keepBytes = keepBytes
  }

  take(sizeBytes: number): { readonly bytes: Uint8Array; readonly view: DataView } {
    if (sizeBytes > this.#bytes.length) {
      const bytes = new Uint8Array(Math.max(sizeBytes, 65_536))
      const view = new DataView(bytes.buffer)
      if (sizeBytes > this.#keepBytes) return { bytes, view }
      this.#bytes = bytes
      this.#view = view
    }
    return { bytes: this.#bytes, view: this.#view }
  }
}

/**
 * Decodes one block in Snappy's block format (format_description.txt of google/snappy; not the framing format). Throws a
 * `Problem`: `bad_data` with the message `snappy: corrupt input`, or `limit` when the block declares more than `maxBytes`.
 * The result is a view of `scratch` when that is given.
 */
export function decodeSnappy(
  input: Uint8Array,
  maxBytes: number,
  scratch: SnappyScratch = new SnappyScratch(0),
): Uint8Array {
  let declared = 0
  let position = 0
  for (let shift = 0; ; shift += 7) {
    const byte = input[position++]
    if (byte === undefined || shift > 28) throw corrupt()
    declared += (byte & 0x7f) * 2 ** shift
    if (byte < 0x80) break
  }
  if (declared > maxBytes) {
    throw new Problem(
      'limit',
      `snappy: the block would decode to ${declared} bytes, at most ${maxBytes} are allowed`,
    )
  }
  if (declared > input.length * MAX_EXPANSION) throw corrupt()
  const { bytes, view } = scratch.take(declared + SLACK_BYTES)
  decodeElements(input, position, bytes, view, declared)
  return bytes.subarray(0, declared)
}

/**
 * The loop over literals and copies. It copies words in loops of its own, because it runs for every byte that is pushed: a
 * library copy for each short element costs more than the copy itself.
 */
function decodeElements(
  input: Uint8Array,
  start: number,
  out: Uint8Array,
  outView: DataView,
  size: number,
): void {
  const inView = new DataView(input.buffer, input.byteOffset, input.length)
  const inSize = input.length
  const wordsEnd = inSize - 4
  let from = start
  let to = 0
  while (from < inSize) {
    const tag = input[from++] as number
    const kind = tag & 3
    let length = (tag >>> 2) + 1
    if (kind === 0) {
      if (length > 60) {
        const widthBytes = length - 60
        if (from + widthBytes > inSize) throw corrupt()
        length = 1
        for (let i = 0; i < widthBytes; i++) length += (input[from++] as number) * 2 ** (8 * i)
      }
      if (length > inSize - from || length > size - to) throw corrupt()
      const end = to + length
      if (length > LONG_COPY_BYTES || from + length > wordsEnd) {
        out.set(input.subarray(from, from + length), to)
      } else {
        for (let i = from; to < end; i += 4, to += 4) {
          outView.setUint32(to, inView.getUint32(i, true), true)
        }
      }
      from += length
      to = end
      continue
    }
    let offset: number
    if (kind === 1) {
      if (from >= inSize) throw corrupt()
      length = ((tag >>> 2) & 7) + 4
      offset = ((tag & 0xe0) << 3) | (input[from++] as number)
    } else if (kind === 2) {
      if (from + 2 > inSize) throw corrupt()
      offset = (input[from] as number) | ((input[from + 1] as number) << 8)
      from += 2
    } else {
      if (from + 4 > inSize) throw corrupt()
      offset = inView.getUint32(from, true)
      from += 4
    }
    if (offset === 0 || offset > to || length > size - to) throw corrupt()
    const end = to + length
    copyBack(out, outView, to - offset, to, end)
    to = end
  }
  if (to !== size) throw corrupt()
}

/** Copies `out[from..]` to `out[to..end)`; the two overlap where the offset is shorter than the copy: a repeated pattern. */
function copyBack(
  out: Uint8Array,
  outView: DataView,
  start: number,
  at: number,
  end: number,
): void {
  let from = start
  let to = at
  if (to - from < 8) {
    for (; to < end; from++, to++) out[to] = out[from] as number
    return
  }
  for (; to < end; from += 8, to += 8) {
    const low = outView.getUint32(from, true)
    const high = outView.getUint32(from + 4, true)
    outView.setUint32(to, low, true)
    outView.setUint32(to + 4, high, true)
  }
}
