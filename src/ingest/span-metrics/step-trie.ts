/** The node at which every way begins. */
export const ROOT_NODE = 0

/**
 * Tells equal rows of a batch by numbers alone: a row is a way of steps (the place of its name, of its kind, …), and rows with the same
 * way end in the same node. It stands for the texts that would have to be put together otherwise.
 */
export class StepTrie {
  readonly #next = new Map<number, number>()
  readonly #widest: number
  #nodes = 1

  /** Steps are whole numbers from 0 to before `steps`. */
  constructor(steps: number) {
    this.#widest = steps
  }

  /** The node behind `node` by `step`, which is made where it is new. */
  step(node: number, step: number): number {
    const key = node * this.#widest + step
    const known = this.#next.get(key)
    if (known !== undefined) return known
    const made = this.#nodes++
    this.#next.set(key, made)
    return made
  }
}
