/** Docker divides lines at 16 KiB; of one that is longer than this the beginning is taken. */
const MAX_LINE_CHARS = 4 * 1024 * 1024
const HEADER_BYTES = 8
/** A larger frame is none: then what comes is not what Docker writes. */
const MAX_FRAME_BYTES = 16 * 1024 * 1024
const NEWLINE = 0x0a

export type OutputStream = 'stdout' | 'stderr'

/** A line that a container has written. */
export interface ContainerLine {
  readonly stream: OutputStream
  readonly timestampNs: bigint
  readonly line: string
}

/**
 * Reads the answer of Docker to `/containers/ID/logs?timestamps=true`, chunk by chunk. A container with a terminal writes plain
 * lines; of others each piece comes in a frame with the name of its stream (Docker Engine API, "Stream format"). Throws for what
 * cannot be understood.
 */
export class ContainerStream {
  readonly #isTerminal: boolean
  readonly #take: (line: ContainerLine) => void
  #rest = Buffer.alloc(0)
  /** Lines whose end has not come, with the time of their first piece. */
  readonly #open = new Map<OutputStream, { readonly timestampNs: bigint; text: string }>()

  constructor(isTerminal: boolean, take: (line: ContainerLine) => void) {
    this.#isTerminal = isTerminal
    this.#take = take
  }

  push(chunk: Buffer): void {
    let bytes = this.#rest.length === 0 ? chunk : Buffer.concat([this.#rest, chunk])
    for (let size = this.#pieceOf(bytes); size > 0; size = this.#pieceOf(bytes)) {
      const head = this.#isTerminal ? 0 : HEADER_BYTES
      this.#piece(bytes[0] === 2 ? 'stderr' : 'stdout', bytes.toString('utf8', head, size))
      bytes = bytes.subarray(size)
    }
    // A copy, so that the chunk can go.
    this.#rest = Buffer.from(bytes)
  }

  /** The bytes of the first whole piece; 0 when it has not come. */
  #pieceOf(bytes: Buffer): number {
    if (this.#isTerminal) {
      const end = bytes.indexOf(NEWLINE)
      return end < 0 && bytes.length > MAX_LINE_CHARS ? bytes.length : end + 1
    }
    if (bytes.length < HEADER_BYTES) return 0
    const size = bytes.readUInt32BE(4)
    if ((bytes[0] as number) > 2 || size > MAX_FRAME_BYTES) {
      throw new Error('the answer of Docker is not a stream of logs')
    }
    return bytes.length < HEADER_BYTES + size ? 0 : HEADER_BYTES + size
  }

  #piece(stream: OutputStream, piece: string): void {
    const { timestampNs, text } = splitTime(piece)
    const open = this.#open.get(stream)
    const isWhole = text.endsWith('\n')
    if (open !== undefined) {
      if (open.text.length < MAX_LINE_CHARS) open.text += text
      if (!isWhole) return
      this.#open.delete(stream)
      this.#emit(stream, open.timestampNs, open.text)
      return
    }
    if (timestampNs === undefined) return
    if (isWhole) this.#emit(stream, timestampNs, text)
    else this.#open.set(stream, { timestampNs, text })
  }

  #emit(stream: OutputStream, timestampNs: bigint, text: string): void {
    this.#take({ stream, timestampNs, line: text.replace(/\r?\n$/, '') })
  }
}

const TIMED = /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d{1,9}))?(Z|[+-]\d\d:\d\d) /

/** The time that Docker puts before each piece, and what is behind it. */
function splitTime(piece: string): {
  readonly timestampNs: bigint | undefined
  readonly text: string
} {
  const found = TIMED.exec(piece)
  if (found === null) return { timestampNs: undefined, text: piece }
  const [head, seconds = '', fraction = '', zone = ''] = found
  const timestampMs = Date.parse(seconds + zone)
  if (Number.isNaN(timestampMs)) return { timestampNs: undefined, text: piece }
  const timestampNs = BigInt(timestampMs) * 1_000_000n + BigInt(fraction.padEnd(9, '0'))
  return { timestampNs, text: piece.slice(head.length) }
}
