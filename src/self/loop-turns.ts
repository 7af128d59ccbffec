/** How long heavy work, of all queries together, may use one turn of the event loop. */
const SLICE_MS = 10
/** Work that is small as a whole waits only where a turn has been used for so long, by whoever. */
const SMALL_SLICE_MS = 20
/** Units of work (about one cell or sample each) after which the clock is read. */
const UNITS_PER_LOOK = 20_000
/** Less work is not told to the turn: it takes microseconds. */
const UNITS_OF_NO_ACCOUNT = 500

/**
 * The turn of the event loop that all long work shares. At most one who waits is let in a turn, in the order of asking, so that many
 * heavy queries together hold the loop no longer than one of them would.
 */
export class LoopTurns {
  #isOpen = false
  #startedAtMs = 0
  #usedMs = 0
  #units = 0
  readonly #waiting: (() => void)[] = []
  #isScheduled = false

  /** Notes work of so many units; tells for how many milliseconds this turn has been used by work that was noted, about. */
  spend(units: number): number {
    if (!this.#isOpen) {
      this.#open()
      this.#schedule()
    }
    this.#units += units
    if (this.#units >= UNITS_PER_LOOK) {
      this.#units = 0
      this.#usedMs = performance.now() - this.#startedAtMs
    }
    return this.#usedMs
  }

  /** Resolves in a later turn, in order of asking. */
  next(): Promise<void> {
    return new Promise((resolve) => {
      this.#waiting.push(resolve)
      this.#schedule()
    })
  }

  #open(): void {
    this.#isOpen = true
    this.#startedAtMs = performance.now()
    this.#usedMs = 0
    this.#units = 0
  }

  #schedule(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      const wake = this.#waiting.shift()
      if (wake === undefined) {
        this.#isOpen = false
        this.#usedMs = 0
        return
      }
      this.#open()
      wake()
      this.#schedule()
    })
  }
}

/** The turns of this process: it has one event loop. */
export const loopTurns = new LoopTurns()

/**
 * Divides one piece of work into slices, between which everything else on the event loop runs. A loop calls `spend` for what it did
 * and awaits `rest` when that says true. Work that is small as a whole is hardly ever told to rest.
 */
export class Slices {
  readonly #turns: LoopTurns
  readonly #check: () => void
  #spent = 0
  /** Not told to the turn yet. */
  #untold = 0
  /** Once it is time to rest it remains so, whoever asked first. */
  #isTired = false

  /** `check` is called after every rest, and throws when the work is not wanted any more. */
  constructor(check: () => void = () => undefined, turns: LoopTurns = loopTurns) {
    this.#check = check
    this.#turns = turns
  }

  /** Notes work of so many units (about one cell or sample each); true when it is time to rest. */
  spend(units: number): boolean {
    if (this.#isTired) return true
    this.#untold += units
    if (this.#untold < UNITS_OF_NO_ACCOUNT) return false
    this.#spent += this.#untold
    const usedMs = this.#turns.spend(this.#untold)
    this.#untold = 0
    this.#isTired = usedMs > (this.#spent < UNITS_PER_LOOK ? SMALL_SLICE_MS : SLICE_MS)
    return this.#isTired
  }

  async rest(): Promise<void> {
    await this.#turns.next()
    this.#isTired = false
    this.#check()
  }
}
