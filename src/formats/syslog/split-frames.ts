const LF = 0x0a
const CR = 0x0d
const SPACE = 0x20
const LESS = 0x3c
/** Digits of a count; more are no count. */
const MOST_DIGITS = 9

/** Gets one message; the bytes are only lent until it returns. `isCut`: the message was longer than messages may be. */
export type OnFrame = (bytes: Uint8Array, start: number, end: number, isCut: boolean) => void

/**
 * Splits what comes over a stream into messages (RFC 6587): each has its length before it (`11 <14>1 - - …`), or ends with a newline
 * or NUL. Each message may have another form. Of longer ones than `maxBytes` the beginning is given on, and nothing more is held
 * of them.
 */
export class FrameSplitter {
  readonly #maxBytes: number
  readonly #onFrame: OnFrame
  /** The beginning of a message whose end has not come. */
  readonly #held: Uint8Array
  #size = 0
  #isCut = false
  /** Bytes of a counted message that are still to come; -1 when it is not counted. */
  #left = -1
  /** A message begins with the next byte. */
  #isNew = true

  constructor(maxBytes: number, onFrame: OnFrame) {
    this.#maxBytes = maxBytes
    this.#onFrame = onFrame
    this.#held = new Uint8Array(maxBytes)
  }

  push(chunk: Uint8Array): void {
    let at = 0
    while (at < chunk.length) {
      if (this.#left >= 0) at = this.#takeCounted(chunk, at)
      else if (this.#isNew) at = this.#begin(chunk, at)
      else at = this.#takeLine(chunk, at)
    }
  }

  /** The stream has ended: what was not ended by a newline is a message, what is shorter than its count is one too. */
  end(): void {
    if (this.#size > 0) this.#finish()
  }

  /** Steps over what may stand between messages, and decides about the form of the next. */
  #begin(chunk: Uint8Array, from: number): number {
    const byte = chunk[from] as number
    if (byte === LF || byte === CR || byte === 0 || byte === SPACE) return from + 1
    this.#isNew = false
    return from
  }

  #takeLine(chunk: Uint8Array, from: number): number {
    const end = lineEnd(chunk, from)
    // A count may be torn apart by the network, so it is looked for in what is held.
    const counted = this.#readCount(chunk, from, end)
    if (counted >= 0) return counted
    this.#keep(chunk, from, end)
    if (end === chunk.length) return end
    this.#finish()
    return end + 1
  }

  /** Where the message begins when a count and `<` stand before it; -1 when there is none, or not all of it yet. */
  #readCount(chunk: Uint8Array, from: number, end: number): number {
    if (this.#size > MOST_DIGITS + 1) return -1
    const length = this.#size + end - from
    let count = 0
    let digits = 0
    for (; digits < length && digits <= MOST_DIGITS; digits++) {
      const digit = this.#byteAt(digits, chunk, from) - 0x30
      if (digit < 0 || digit > 9) break
      count = count * 10 + digit
    }
    const isCount =
      digits > 0 &&
      digits + 1 < length &&
      this.#byteAt(digits, chunk, from) === SPACE &&
      this.#byteAt(digits + 1, chunk, from) === LESS
    if (!isCount) return -1
    const at = from + digits + 1 - this.#size
    this.#size = 0
    this.#left = count
    if (count === 0) this.#finish()
    return at
  }

  /** A byte of what is held with the chunk behind it. */
  #byteAt(index: number, chunk: Uint8Array, from: number): number {
    const held = this.#size
    return index < held ? (this.#held[index] as number) : (chunk[from + index - held] as number)
  }

  #takeCounted(chunk: Uint8Array, from: number): number {
    const end = Math.min(chunk.length, from + this.#left)
    this.#left -= end - from
    this.#keep(chunk, from, end)
    if (this.#left === 0) this.#finish()
    return end
  }

  #keep(chunk: Uint8Array, from: number, end: number): void {
    const room = this.#maxBytes - this.#size
    const kept = Math.min(room, end - from)
    if (kept < end - from) this.#isCut = true
    this.#held.set(chunk.subarray(from, from + kept), this.#size)
    this.#size += kept
  }

  #finish(): void {
    const end = trimEnd(this.#held, 0, this.#size)
    const isCut = this.#isCut
    this.#size = 0
    this.#isCut = false
    this.#left = -1
    this.#isNew = true
    if (end > 0) this.#onFrame(this.#held, 0, end, isCut)
  }
}

/** Where a message ends without the newlines and NULs that senders put behind it. */
export function trimEnd(bytes: Uint8Array, start: number, end: number): number {
  let to = end
  while (to > start) {
    const byte = bytes[to - 1]
    if (byte !== LF && byte !== CR && byte !== 0) break
    to--
  }
  return to
}

function lineEnd(chunk: Uint8Array, from: number): number {
  for (let at = from; at < chunk.length; at++) {
    const byte = chunk[at]
    if (byte === LF || byte === 0) return at
  }
  return chunk.length
}
