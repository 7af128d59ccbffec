import type { Labels } from '../../model/labels.ts'

const MAX_ENTRIES = 20_000

/**
 * The label sets of earlier pushes by the text they were written as. A stream that comes again has the same `Labels` object again,
 * which the store knows without a look-up.
 */
export class LabelCache {
  readonly #known = new Map<string, Labels>()

  get(text: string, make: (text: string) => Labels): Labels {
    const known = this.#known.get(text)
    if (known !== undefined) return known
    const labels = make(text)
    if (this.#known.size >= MAX_ENTRIES) this.#known.clear()
    this.#known.set(text, labels)
    return labels
  }
}
