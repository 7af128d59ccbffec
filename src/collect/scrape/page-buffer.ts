import { SMALL_BYTES, type BodyShare } from './body-room.ts'
import { notePassed } from '../../self/young-garbage.ts'

/** Puts the pieces of a page together in one buffer, as far as there is room for it. */
export class PageBuffer {
  readonly #share: BodyShare
  readonly #expectedBytes: number
  /** Of a small page. */
  #pieces: Buffer[] = []
  #length = 0
  #isLarge = false
  /** Pieces that came before there was room for them. */
  #waiting: Promise<void> | undefined

  /** `expectedBytes` is what the page says of its own length; it may lie. */
  constructor(share: BodyShare, expectedBytes = 0) {
    this.#share = share
    this.#expectedBytes = expectedBytes
  }

  get length(): number {
    return this.#length
  }

  /**
   * Adds a piece, which must not be written to again. Undefined when there was room for it; otherwise a promise that resolves when it
   * is added, and rejects with a `BodySizeFault` when it cannot be.
   */
  add(piece: Buffer): Promise<void> | undefined {
    const added =
      this.#waiting === undefined ? this.#add(piece) : this.#waiting.then(() => this.#add(piece))
    this.#waiting = added?.finally(() => (this.#waiting = undefined))
    return this.#waiting
  }

  /** The page, once all was added. It holds as long as the share is not released. */
  finish(): Buffer {
    if (this.#isLarge) return this.#share.bytes.subarray(0, this.#length)
    const [first] = this.#pieces
    return this.#pieces.length === 1 && first !== undefined ? first : Buffer.concat(this.#pieces)
  }

  #add(piece: Buffer): Promise<void> | undefined {
    const needed = this.#length + piece.length
    if (needed <= SMALL_BYTES) {
      return done(this.#share.count(piece.length), () => {
        this.#pieces.push(piece)
        this.#length = needed
      })
    }
    notePassed(piece.length)
    if (this.#isLarge && needed <= this.#share.bytes.length) {
      this.#put(piece)
      return undefined
    }
    const wanted = Math.max(needed, this.#expectedBytes)
    return done(this.#share.reserve(wanted), () => {
      const pieces = this.#pieces.splice(0)
      if (!this.#isLarge) this.#length = 0
      this.#isLarge = true
      for (const before of pieces) this.#put(before)
      this.#put(piece)
    })
  }

  #put(piece: Buffer): void {
    piece.copy(this.#share.bytes, this.#length)
    this.#length += piece.length
  }
}

function done(room: Promise<void> | undefined, then: () => void): Promise<void> | undefined {
  if (room !== undefined) return room.then(then)
  then()
  return undefined
}
