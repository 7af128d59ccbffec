/** Small enough that little is lost at the end of a page, large enough that a map of a few hundred is all there is to search. */
const UNIT_BYTES = 256 * 1024

/** A part of an arena. */
export interface Extent {
  readonly start: number
  readonly units: number
}

/**
 * Hands out parts of one stretch of memory, which is allocated when the first is wanted. Memory outside of the collector's heap stays
 * for long after its last use, so that many large buffers, one after the other, take many times what they hold; this never does.
 */
export class Arena {
  readonly #isTaken: Uint8Array
  #takenUnits = 0
  #memory: ArrayBuffer | undefined

  constructor(sizeBytes: number) {
    this.#isTaken = new Uint8Array(Math.max(1, Math.floor(sizeBytes / UNIT_BYTES)))
  }

  get sizeBytes(): number {
    return this.#isTaken.length * UNIT_BYTES
  }

  get takenBytes(): number {
    return this.#takenUnits * UNIT_BYTES
  }

  /** The first stretch that is free and long enough; undefined when there is none. */
  take(sizeBytes: number): Extent | undefined {
    const units = Math.ceil(sizeBytes / UNIT_BYTES)
    let free = 0
    for (let i = 0; i < this.#isTaken.length; i++) {
      free = this.#isTaken[i] === 1 ? 0 : free + 1
      if (free === units) return this.#mark({ start: i + 1 - units, units })
    }
    return undefined
  }

  /** Makes an extent longer where it is; undefined when what follows it is taken. It then is as it was. */
  extend(extent: Extent, sizeBytes: number): Extent | undefined {
    const units = Math.ceil(sizeBytes / UNIT_BYTES)
    const end = extent.start + units
    if (end > this.#isTaken.length) return undefined
    for (let i = extent.start + extent.units; i < end; i++) {
      if (this.#isTaken[i] === 1) return undefined
    }
    this.#takenUnits -= extent.units
    return this.#mark({ start: extent.start, units })
  }

  /**
   * Gives an extent back for another of this size, which may overlap it; undefined when there is none, and it then is as it was. What
   * was written is not moved.
   */
  exchange(extent: Extent, sizeBytes: number): Extent | undefined {
    this.give(extent)
    const other = this.take(sizeBytes)
    if (other === undefined) this.#mark(extent)
    return other
  }

  give({ start, units }: Extent): void {
    this.#isTaken.fill(0, start, start + units)
    this.#takenUnits -= units
  }

  bytesOf({ start, units }: Extent): Buffer {
    this.#memory ??= new ArrayBuffer(this.sizeBytes)
    return Buffer.from(this.#memory, start * UNIT_BYTES, units * UNIT_BYTES)
  }

  /** Gives the memory back to the machine, if nothing is taken. */
  shrink(): void {
    if (this.#takenUnits === 0) this.#memory = undefined
  }

  #mark(extent: Extent): Extent {
    this.#isTaken.fill(1, extent.start, extent.start + extent.units)
    this.#takenUnits += extent.units
    return extent
  }
}
