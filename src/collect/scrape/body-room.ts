import { Arena, type Extent } from './arena.ts'
import { BodySizeFault } from './page-source.ts'

const MEBIBYTE = 1024 * 1024
/** A page of so many bytes counts as small: part of the room is kept for those, whatever large ones do. */
export const SMALL_BYTES = MEBIBYTE / 4
/** Of the room: what only small pages may take. */
const KEPT_FOR_SMALL = 0.25
/** So long a page waits for others to end before one of them has to go. */
const PATIENCE_MS = 100
/** Memory that nobody used for so long goes back to the machine. */
const IDLE_MS = 60_000

/** How often in a row a target had to be refused with a large page: 0 after a good one. Kept between its scrapes. */
export interface PageRecord {
  refusals: number
}

type Kind = 'small' | 'large'

/**
 * Bounds the memory of all pages that are being received, unpacked or read at the same time: many targets that each send the largest
 * page allowed must not exceed that of the program. A page that finds no room waits, and the connection with it. When no other of its
 * kind can end, or none does for a while, one has to go: of the targets that were refused most often in a row the one with the
 * largest page, so that endless ones make way for those that are merely large. Small pages are never held up by large ones.
 */
export class BodyRoom {
  readonly #arena: Arena
  readonly #smallBytes: number
  readonly #shares = new Set<BodyShare>()
  #smallUsed = 0
  #patience: NodeJS.Timeout | undefined
  #idle: NodeJS.Timeout | undefined

  constructor(maxBytes: number) {
    this.#smallBytes = Math.max(SMALL_BYTES, Math.floor(maxBytes * KEPT_FOR_SMALL))
    this.#arena = new Arena(maxBytes - this.#smallBytes)
  }

  /** What one page can have when it is alone. */
  get largestBytes(): number {
    return this.#arena.sizeBytes
  }

  get usedBytes(): number {
    return this.#smallUsed + this.#arena.takenBytes
  }

  /** The share of one scrape, with nothing in it. */
  open(record: PageRecord = { refusals: 0 }): BodyShare {
    const share = new BodyShare(this, record)
    this.#shares.add(share)
    return share
  }

  /** For shares: whether there was room for more small bytes. */
  takeSmall(sizeBytes: number): boolean {
    if (this.#smallUsed + sizeBytes > this.#smallBytes) return false
    this.#smallUsed += sizeBytes
    return true
  }

  /**
   * For shares: a place for so many bytes instead of the one before, at best for twice as many; undefined when there is none, and the
   * one before still holds. What was written stays where it is.
   */
  takeLarge(before: Extent | undefined, sizeBytes: number): Extent | undefined {
    const arena = this.#arena
    const twice = Math.min(arena.sizeBytes, Math.max(sizeBytes, this.lengthOf(before) * 2))
    if (before === undefined) return arena.take(sizeBytes)
    return (
      arena.extend(before, twice) ??
      arena.extend(before, sizeBytes) ??
      arena.exchange(before, twice) ??
      arena.exchange(before, sizeBytes)
    )
  }

  bytesOf(extent: Extent): Buffer {
    return this.#arena.bytesOf(extent)
  }

  lengthOf(extent: Extent | undefined): number {
    return extent === undefined ? 0 : this.#arena.bytesOf(extent).length
  }

  /** For shares: what was taken is free again. */
  give(smallBytes: number, extent: Extent | undefined): void {
    this.#smallUsed -= smallBytes
    if (extent !== undefined) this.#arena.give(extent)
    clearTimeout(this.#idle)
    this.#idle = setTimeout(() => this.#arena.shrink(), IDLE_MS)
    this.#idle.unref()
    for (const share of this.#shares) share.tryAgain()
    if (this.#isAnyWaiting()) return
    clearTimeout(this.#patience)
    this.#patience = undefined
  }

  noteWaiting(kind: Kind): void {
    if (this.#isStuck(kind)) queueMicrotask(() => this.#isStuck(kind) && this.#evictOne(kind))
    this.#patience ??= setTimeout(() => this.#losePatience(), PATIENCE_MS)
  }

  forget(share: BodyShare): void {
    this.#shares.delete(share)
  }

  tooLarge(): BodySizeFault {
    const show = (bytes: number): string => `${(bytes / MEBIBYTE).toFixed(1)} MiB`
    return new BodySizeFault(
      `: large pages that are scraped at the same time may take ${show(this.largestBytes)} together (a part of --memory.budget)`,
    )
  }

  #isAnyWaiting(): boolean {
    for (const { waitsFor } of this.#shares) if (waitsFor !== undefined) return true
    return false
  }

  #losePatience(): void {
    this.#patience = undefined
    const kinds = new Set(Array.from(this.#shares, ({ waitsFor }) => waitsFor))
    // Who was told to go already makes room in a moment.
    const isMakingRoom = Array.from(this.#shares).some(({ isEvicted }) => isEvicted)
    for (const kind of kinds) if (kind !== undefined && !isMakingRoom) this.#evictOne(kind)
    if (this.#isAnyWaiting()) this.#patience = setTimeout(() => this.#losePatience(), PATIENCE_MS)
  }

  /** Every page of the kind that holds something waits for another to end. */
  #isStuck(kind: Kind): boolean {
    let isAnyWaiting = false
    for (const share of this.#shares) {
      if (share.holds(kind) && share.waitsFor === undefined) return false
      isAnyWaiting ||= share.waitsFor === kind
    }
    return isAnyWaiting
  }

  #evictOne(kind: Kind): void {
    let worst: BodyShare | undefined
    for (const share of this.#shares) {
      if (share.isEvicted || !share.holds(kind)) continue
      if (worst === undefined || share.isWorseThan(worst)) worst = share
    }
    worst?.evict(this.tooLarge())
  }
}

interface Waiting {
  readonly kind: Kind
  readonly sizeBytes: number
  readonly resolve: () => void
  readonly reject: (fault: Error) => void
}

/** What one scrape holds of the room. Whoever opens it releases it. */
export class BodyShare {
  readonly #room: BodyRoom
  readonly #record: PageRecord
  #waiting: Waiting | undefined
  #fault: BodySizeFault | undefined
  #smallBytes = 0
  #extent: Extent | undefined
  #bytes: Buffer = Buffer.alloc(0)
  /** Called when the share has to go, unless it was waiting to be told. */
  onEvicted: (fault: BodySizeFault) => void = () => undefined

  constructor(room: BodyRoom, record: PageRecord) {
    this.#room = room
    this.#record = record
  }

  /** Memory of the room for a large page, as long as the last `reserve` said; what was written to the last one is in it. */
  get bytes(): Buffer {
    return this.#bytes
  }

  get waitsFor(): Kind | undefined {
    return this.#waiting?.kind
  }

  get isEvicted(): boolean {
    return this.#fault !== undefined
  }

  holds(kind: Kind): boolean {
    return kind === 'large' ? this.#extent !== undefined : this.#smallBytes > 0
  }

  /** Counts bytes of a small page, whose memory is the caller's own. Undefined when there was room; otherwise as `reserve`. */
  count(sizeBytes: number): Promise<void> | undefined {
    return this.#take('small', sizeBytes)
  }

  /**
   * Makes `bytes` at least so long, and counts no small bytes any more. Undefined when there was room; otherwise a promise that
   * resolves when there is, and rejects with a `BodySizeFault` when there will be none.
   */
  reserve(sizeBytes: number): Promise<void> | undefined {
    return this.#take('large', sizeBytes)
  }

  isWorseThan(other: BodyShare): boolean {
    const more = this.#record.refusals - other.#record.refusals
    return more > 0 || (more === 0 && this.#heldBytes > other.#heldBytes)
  }

  tryAgain(): void {
    const waiting = this.#waiting
    if (waiting === undefined) return
    // What is given back on the way lets others try, and this one must not try twice.
    this.#waiting = undefined
    if (this.#tryTake(waiting.kind, waiting.sizeBytes)) waiting.resolve()
    else this.#waiting = waiting
  }

  evict(fault: BodySizeFault): void {
    this.#fault = fault
    const waiting = this.#waiting
    this.#waiting = undefined
    if (waiting === undefined) this.onEvicted(fault)
    else waiting.reject(fault)
  }

  /** Gives back everything: the page is read, or will never be. Its bytes must not be looked at any more. */
  release(): void {
    this.#waiting = undefined
    this.#room.forget(this)
    this.#giveAll()
  }

  get #heldBytes(): number {
    return this.#smallBytes + this.#bytes.length
  }

  #take(kind: Kind, sizeBytes: number): Promise<void> | undefined {
    if (this.#fault !== undefined) return Promise.reject(this.#fault)
    if (sizeBytes > this.#room.largestBytes) return Promise.reject(this.#room.tooLarge())
    if (this.#tryTake(kind, sizeBytes)) return undefined
    return new Promise((resolve, reject) => {
      this.#waiting = { kind, sizeBytes, resolve, reject }
      this.#room.noteWaiting(kind)
    })
  }

  #tryTake(kind: Kind, sizeBytes: number): boolean {
    if (kind === 'large') return this.#tryReserve(sizeBytes)
    if (!this.#room.takeSmall(sizeBytes)) return false
    this.#smallBytes += sizeBytes
    return true
  }

  #tryReserve(sizeBytes: number): boolean {
    const before = this.#extent
    const extent = this.#room.takeLarge(before, sizeBytes)
    if (extent === undefined) return false
    const bytes = this.#room.bytesOf(extent)
    const isMoved = before !== undefined && before.start !== extent.start
    // The places may overlap, and `copy` minds that.
    if (isMoved) this.#bytes.copy(bytes)
    this.#bytes = bytes
    this.#extent = extent
    const smallBytes = this.#smallBytes
    this.#smallBytes = 0
    if (isMoved || smallBytes > 0) this.#room.give(smallBytes, undefined)
    return true
  }

  #giveAll(): void {
    const [smallBytes, extent] = [this.#smallBytes, this.#extent]
    this.#smallBytes = 0
    this.#extent = undefined
    this.#bytes = Buffer.alloc(0)
    if (smallBytes > 0 || extent !== undefined) this.#room.give(smallBytes, extent)
  }
}
