import { Problem } from '../../model/problem.ts'

/** A budget takes so much more than rows are expected to need: what parts become is known only when they are there. */
const MARGIN = 1.5
/** A part has a dozen files, each of a block at least. */
const PART_BYTES = 64 * 1024
/** Of tables that have nothing yet: rows of text become a third or less. */
const USUAL_RATIO = 0.5
/** Longer ones lie in a file of the data directory while they are taken in (engine/spool.ts). */
const SPOOLED_FROM_BYTES = 4 * 1024 * 1024
const PATIENCE_MS = 4000
const STEP_MS = 200

export interface DiskGateOptions {
  /** Looks at the disk, makes room for so many bytes if it can, and tells how many are free then. */
  readonly look: (neededBytes: number) => Promise<GateLook>
  /** More is not asked for at once: it would never fit, and what comes at once becomes smaller than is expected. */
  readonly mostBytes: () => number
  /** Why nothing is taken, for who is refused. */
  readonly explain: () => string
  readonly sleep: (durationMs: number) => Promise<void>
}

export interface GateLook {
  readonly roomBytes: number
  /** Some of what is on the disk goes by itself in a moment. */
  readonly isPassing: boolean
  readonly ratios: ReadonlyMap<string, number>
}

/**
 * What stands between rows and the disk: every insert asks for its bytes before it is made, so that nothing that comes in can pass
 * the budget however fast it comes. What is there is looked at when the room of the last look is used up.
 */
export class DiskGate {
  readonly #options: DiskGateOptions
  #roomBytes = Number.POSITIVE_INFINITY
  #ratios: ReadonlyMap<string, number> = new Map()
  #isOpen = true
  #looking: Promise<GateLook> | undefined
  /** Admitted and perhaps not on the disk yet. */
  #underWayBytes = 0
  /** Admitted since the look that is under way began. */
  #takenBytes = 0

  constructor(options: DiskGateOptions) {
    this.#options = options
  }

  /** Something was refused, and there was no room since. */
  get isRefusing(): boolean {
    return !this.#isOpen
  }

  /** What may come before somebody has to look. */
  get roomBytes(): number {
    return this.#roomBytes
  }

  /**
   * Resolves, when there is room for rows of a table which have so many bytes before they are packed, to what is to be called when they are
   * stored, or not. Rejects with `unavailable` when there will be no room in the next seconds.
   */
  async admit(table: string, plainBytes: number): Promise<() => void> {
    const deadlineMs = performance.now() + PATIENCE_MS
    for (;;) {
      const taken = this.#tryTake(table, plainBytes)
      if (typeof taken === 'function') return taken
      // A look that was under way has made room for others.
      const isOwn = this.#looking === undefined
      const { isPassing } = await this.look(taken)
      const now = this.#tryTake(table, plainBytes)
      if (typeof now === 'function') return now
      if (!isOwn) continue
      if (!isPassing || performance.now() > deadlineMs) {
        this.#isOpen = false
        throw new Problem('unavailable', this.#options.explain())
      }
      await this.#options.sleep(STEP_MS)
    }
  }

  /** Takes room; what gives back what was only needed on the way, or how much would be needed. */
  #tryTake(table: string, plainBytes: number): (() => void) | number {
    const ratio = Math.min(1, (this.#ratios.get(table) ?? USUAL_RATIO) * MARGIN)
    const storedBytes = Math.round(plainBytes * ratio) + PART_BYTES
    const spooledBytes = plainBytes > SPOOLED_FROM_BYTES ? plainBytes : 0
    const neededBytes = Math.min(storedBytes + spooledBytes, this.#options.mostBytes())
    if (this.#roomBytes < neededBytes) return neededBytes
    this.#roomBytes -= neededBytes
    this.#underWayBytes += neededBytes
    this.#takenBytes += neededBytes
    return () => {
      this.#underWayBytes -= neededBytes
      this.#roomBytes += Math.max(0, neededBytes - storedBytes)
    }
  }

  /** Looks at the disk, and has room made for so many bytes if it can be. Several who ask at once share a look. */
  look(neededBytes: number): Promise<GateLook> {
    this.#looking ??= this.#look(neededBytes).finally(() => (this.#looking = undefined))
    return this.#looking
  }

  async #look(neededBytes: number): Promise<GateLook> {
    // What is being stored may or may not be part of what is found.
    const underWayBytes = this.#underWayBytes
    this.#takenBytes = 0
    const found = await this.#options.look(neededBytes + underWayBytes)
    this.#roomBytes = found.roomBytes - underWayBytes - this.#takenBytes
    this.#ratios = found.ratios
    if (this.#roomBytes > PART_BYTES * 4) this.#isOpen = true
    return found
  }
}
