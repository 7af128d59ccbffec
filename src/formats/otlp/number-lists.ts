import type { NumberLists } from '../../model/otlp-metrics.ts'

/** Gathers lists of numbers, one after the other. */
export class ListBuilder {
  readonly #ends: number[] = []
  readonly #values: number[] = []

  add(value: number): void {
    this.#values.push(value)
  }

  /** Of the list that is being read. */
  get length(): number {
    return this.#values.length - (this.#ends.at(-1) ?? 0)
  }

  /** Number `at` of the list that is being read. */
  at(at: number): number {
    return this.#values[(this.#ends.at(-1) ?? 0) + at] as number
  }

  /** Ends the list. */
  end(): void {
    this.#ends.push(this.#values.length)
  }

  /** Forgets the list that is being read. */
  drop(): void {
    this.#values.length = this.#ends.at(-1) ?? 0
  }

  finish(): NumberLists {
    return { ends: Uint32Array.from(this.#ends), values: Float64Array.from(this.#values) }
  }
}
