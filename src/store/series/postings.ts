import type { Labels } from '../../model/labels.ts'

const NONE: ReadonlyMap<string, readonly number[]> = new Map()

/** The inverted index: for each label name and value, the refs of the series that carry it. */
export class Postings {
  readonly #names = new Map<string, Map<string, number[]>>()
  /** Lists that a ref which was used before has come to out of order. */
  readonly #unsorted = new Set<number[]>()

  add(ref: number, labels: Labels): void {
    const flat = labels.flat
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      const value = flat[i + 1] as string
      let values = this.#names.get(name)
      if (values === undefined) this.#names.set(name, (values = new Map<string, number[]>()))
      const refs = values.get(value)
      if (refs === undefined) {
        values.set(value, [ref])
        continue
      }
      if (ref < (refs[refs.length - 1] as number)) this.#unsorted.add(refs)
      refs.push(ref)
    }
  }

  /** Takes series out. Each list that one of them is in is walked once, however many they are. */
  remove(refs: ReadonlySet<number>, labelsOf: (ref: number) => Labels): void {
    const touched = new Map<string, Set<string>>()
    for (const ref of refs) {
      const flat = labelsOf(ref).flat
      for (let i = 0; i < flat.length; i += 2) {
        const name = flat[i] as string
        let values = touched.get(name)
        if (values === undefined) touched.set(name, (values = new Set<string>()))
        values.add(flat[i + 1] as string)
      }
    }
    for (const [name, values] of touched) this.#removeFrom(name, values, refs)
  }

  #removeFrom(name: string, touched: ReadonlySet<string>, gone: ReadonlySet<number>): void {
    const values = this.#names.get(name)
    if (values === undefined) return
    for (const value of touched) {
      const before = values.get(value)
      if (before === undefined) continue
      const after = before.filter((ref) => !gone.has(ref))
      if (this.#unsorted.delete(before)) this.#unsorted.add(after)
      if (after.length === 0) values.delete(value)
      else values.set(value, after)
    }
    if (values.size === 0) this.#names.delete(name)
  }

  /** Sorts the lists that need it; to be called before the order of a list matters. */
  settle(): void {
    for (const refs of this.#unsorted) refs.sort((a, b) => a - b)
    this.#unsorted.clear()
  }

  names(): Iterable<string> {
    return this.#names.keys()
  }

  /** In each list refs are ascending after `settle`. The lists are the index's own: they change with it. */
  values(name: string): ReadonlyMap<string, readonly number[]> {
    return this.#names.get(name) ?? NONE
  }

  /** Every label name and value, some more than once. */
  *texts(): Iterable<string> {
    for (const [name, values] of this.#names) {
      yield name
      yield* values.keys()
    }
  }
}

/** The first position whose element is not below `ref`. */
export function lowerBound(refs: readonly number[], ref: number): number {
  let low = 0
  let high = refs.length
  while (low < high) {
    const middle = (low + high) >>> 1
    if ((refs[middle] as number) < ref) low = middle + 1
    else high = middle
  }
  return low
}
