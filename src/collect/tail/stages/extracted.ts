import type { Labels } from '../../../model/labels.ts'

/**
 * What stages found out about a line, by name: promtail's "extracted map". It begins with the labels that the line came with, so
 * that stages can use them as sources too; they are looked up in place instead of being copied for every line.
 */
export class Extracted {
  #initial: Labels
  #own: Map<string, unknown> | undefined

  constructor(initial: Labels) {
    this.#initial = initial
  }

  /** Undefined when there is no such value; null is a value. */
  get(name: string): unknown {
    const own = this.#own
    if (own !== undefined) {
      const value = own.get(name)
      if (value !== undefined) return value
    }
    const label = this.#initial.get(name)
    return label === '' ? undefined : label
  }

  has(name: string): boolean {
    return this.get(name) !== undefined
  }

  set(name: string, value: unknown): void {
    this.#own ??= new Map()
    this.#own.set(name, value)
  }

  delete(name: string): void {
    this.#own?.delete(name)
    if (this.#initial.has(name)) this.#initial = this.#initial.without(new Set([name]))
  }

  /** Makes these values the same as others. */
  takeFrom(other: Extracted): void {
    this.#initial = other.#initial
    this.#own = other.#own === undefined ? undefined : new Map(other.#own)
  }

  /** Names and values, in no order. */
  *entries(): Generator<readonly [string, unknown]> {
    const { flat } = this.#initial
    for (let i = 0; i < flat.length; i += 2) {
      if (this.#own?.has(flat[i] as string) !== true) yield [flat[i] as string, flat[i + 1]]
    }
    if (this.#own !== undefined) yield* this.#own
  }
}
