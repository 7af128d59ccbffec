/** A chunk begins with these two bytes, 8 of a message id, its number, and how many there are. */
const MAGIC_FIRST = 0x1e
const MAGIC_SECOND = 0x0f
const HEADER_BYTES = 12
const MOST_CHUNKS = 128
/** A message whose chunks are not there after so long is given up (docs.graylog.org, "GELF via UDP"). */
const LIFE_MS = 5000
const MOST_MESSAGES = 1000

interface Pending {
  readonly chunks: (Uint8Array | undefined)[]
  readonly sinceMs: number
  missing: number
  sizeBytes: number
}

/** Puts the chunks of GELF messages together, in bounded memory: past a bound the oldest message is given up. */
export class ChunkAssembler {
  readonly #maxBytes: number
  readonly #onLost: () => void
  /** In the order in which they began. */
  readonly #pending = new Map<string, Pending>()
  #heldBytes = 0

  /** `maxBytes`: of all chunks that wait for others. */
  constructor(maxBytes: number, onLost: () => void) {
    this.#maxBytes = maxBytes
    this.#onLost = onLost
  }

  /** Takes a datagram. Answers the message when it is whole: at once when it is no chunk. The bytes may be kept. */
  add(bytes: Uint8Array, sender: string, nowMs: number): Uint8Array | undefined {
    if (bytes[0] !== MAGIC_FIRST || bytes[1] !== MAGIC_SECOND) return bytes
    this.#forget(nowMs)
    const number = bytes[10] ?? 0
    const count = bytes[11] ?? 0
    if (bytes.length <= HEADER_BYTES || count === 0 || count > MOST_CHUNKS || number >= count) {
      this.#onLost()
      return undefined
    }
    const key = `${sender} ${bytes.subarray(2, 10).join()}`
    const pending = this.#pending.get(key) ?? this.#begin(key, count, nowMs)
    if (pending.chunks.length !== count || pending.chunks[number] !== undefined) return undefined
    const chunk = bytes.subarray(HEADER_BYTES)
    pending.chunks[number] = chunk
    pending.missing--
    pending.sizeBytes += chunk.length
    this.#heldBytes += chunk.length
    if (pending.missing > 0) {
      this.#bound()
      return undefined
    }
    this.#remove(key, pending)
    return join(pending)
  }

  #begin(key: string, count: number, nowMs: number): Pending {
    const chunks = Array.from<Uint8Array | undefined>({ length: count })
    const pending = { chunks, sinceMs: nowMs, missing: count, sizeBytes: 0 }
    this.#pending.set(key, pending)
    return pending
  }

  #forget(nowMs: number): void {
    for (const [key, pending] of this.#pending) {
      if (nowMs - pending.sinceMs < LIFE_MS) return
      this.#giveUp(key, pending)
    }
  }

  #bound(): void {
    for (const [key, pending] of this.#pending) {
      if (this.#heldBytes <= this.#maxBytes && this.#pending.size <= MOST_MESSAGES) return
      this.#giveUp(key, pending)
    }
  }

  #giveUp(key: string, pending: Pending): void {
    this.#remove(key, pending)
    this.#onLost()
  }

  #remove(key: string, pending: Pending): void {
    this.#pending.delete(key)
    this.#heldBytes -= pending.sizeBytes
  }
}

function join({ chunks, sizeBytes }: Pending): Uint8Array {
  const whole = new Uint8Array(sizeBytes)
  let at = 0
  for (const chunk of chunks) {
    if (chunk === undefined) continue
    whole.set(chunk, at)
    at += chunk.length
  }
  return whole
}
