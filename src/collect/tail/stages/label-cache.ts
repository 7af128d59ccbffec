import type { Labels } from '../../../model/labels.ts'

/** Past so many label sets the cache starts anew: labels of endless values (an id a request) must not fill the memory. */
const MAX_KEPT = 20_000

/**
 * Label sets by how they came about: setting the same label on the same set again gives the same object, so that lines of one
 * stream share their labels and nothing is sorted or joined a second time.
 */
export class LabelCache {
  #bySteps = new Map<Labels, Map<string, Map<string, Labels>>>()
  #byKey = new Map<string, Labels>()
  #size = 0

  /** The set with this label; without it when the value is ''. */
  with(labels: Labels, name: string, value: string): Labels {
    if (labels.get(name) === value) return labels
    const steps = this.#steps(labels, name)
    const known = steps.get(value)
    if (known !== undefined) return known
    return this.#keep(steps, value, labels.with({ [name]: value }))
  }

  without(labels: Labels, name: string): Labels {
    return this.with(labels, name, '')
  }

  #steps(labels: Labels, name: string): Map<string, Labels> {
    let byName = this.#bySteps.get(labels)
    if (byName === undefined) {
      byName = new Map()
      this.#bySteps.set(labels, byName)
    }
    let byValue = byName.get(name)
    if (byValue === undefined) {
      byValue = new Map()
      byName.set(name, byValue)
    }
    return byValue
  }

  /** Sets that were reached in different ways are one object. */
  #keep(steps: Map<string, Labels>, value: string, made: Labels): Labels {
    if (this.#size >= MAX_KEPT) {
      this.#bySteps = new Map()
      this.#byKey = new Map()
      this.#size = 0
      return made
    }
    const same = this.#byKey.get(made.key) ?? made
    this.#byKey.set(same.key, same)
    steps.set(value, same)
    this.#size++
    return same
  }
}
