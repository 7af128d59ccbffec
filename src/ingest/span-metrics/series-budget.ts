/** How many series a generator may have at once, over all its tables. */
export class SeriesBudget {
  readonly #max: number
  #active = 0
  #limited = 0

  constructor(max: number) {
    this.#max = max
  }

  get active(): number {
    return this.#active
  }

  /** Label sets that found no room. */
  get limited(): number {
    return this.#limited
  }

  /** Whether so many more are allowed; notes it where they are not. */
  hasRoom(series: number): boolean {
    if (this.#active + series <= this.#max) return true
    this.#limited++
    return false
  }

  add(series: number): void {
    this.#active += series
  }
}
