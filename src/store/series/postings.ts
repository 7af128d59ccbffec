import type { Labels } from '../../model/labels.ts'

/** The series that carry a value: most values of a large index are carried by one, which needs no list. */
type Carriers = number | number[]

/** The values of one label name. */
interface NameEntry {
  readonly name: string
  readonly values: Map<string, Carriers>
}

/** The values of a label, each with the refs of the series that carry it, ascending after `settle`. */
export interface LabelValues extends Iterable<readonly [value: string, refs: readonly number[]]> {
  readonly size: number
  has(value: string): boolean
  /** The list may be the index's own: it changes with it. */
  get(value: string): readonly number[] | undefined
  keys(): Iterable<string>
}

/** The inverted index: for each label name and value, the refs of the series that carry it. */
export class Postings {
  readonly #names = new Map<string, NameEntry>()
  /** Lists that a ref which was used before has come to out of order. */
  readonly #unsorted = new Set<number[]>()

  add(ref: number, labels: Labels): void {
    const flat = labels.flat
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      const value = flat[i + 1] as string
      let entry = this.#names.get(name)
      if (entry === undefined) {
        entry = { name, values: new Map<string, Carriers>() }
        this.#names.set(name, entry)
      }
      const refs = entry.values.get(value)
      if (refs === undefined) entry.values.set(value, ref)
      else if (typeof refs === 'number') {
        entry.values.set(value, refs < ref ? [refs, ref] : [ref, refs])
      } else {
        if (ref < (refs[refs.length - 1] as number)) this.#unsorted.add(refs)
        refs.push(ref)
      }
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
    const values = this.#names.get(name)?.values
    if (values === undefined) return
    for (const value of touched) {
      const before = values.get(value)
      if (before === undefined) continue
      if (typeof before === 'number') {
        if (gone.has(before)) values.delete(value)
        continue
      }
      const after = before.filter((ref) => !gone.has(ref))
      const wasUnsorted = this.#unsorted.delete(before)
      if (after.length === 0) values.delete(value)
      else if (after.length === 1) values.set(value, after[0] as number)
      else {
        if (wasUnsorted) this.#unsorted.add(after)
        values.set(value, after)
      }
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

  values(name: string): LabelValues {
    const values = this.#names.get(name)?.values
    return values === undefined ? NONE : new ValuesView(values)
  }

  /** The copy of a label name that is kept, or undefined. */
  keptName(name: string): string | undefined {
    return this.#names.get(name)?.name
  }

  /** Some series that carries this value, or -1. */
  someCarrier(name: string, value: string): number {
    const refs = this.#names.get(name)?.values.get(value)
    if (refs === undefined) return -1
    return typeof refs === 'number' ? refs : (refs[0] as number)
  }
}

class ValuesView implements LabelValues {
  readonly #values: ReadonlyMap<string, Carriers>

  constructor(values: ReadonlyMap<string, Carriers>) {
    this.#values = values
  }

  get size(): number {
    return this.#values.size
  }

  has(value: string): boolean {
    return this.#values.has(value)
  }

  get(value: string): readonly number[] | undefined {
    const refs = this.#values.get(value)
    return typeof refs === 'number' ? [refs] : refs
  }

  keys(): Iterable<string> {
    return this.#values.keys()
  }

  *[Symbol.iterator](): Iterator<readonly [string, readonly number[]]> {
    for (const [value, refs] of this.#values) {
      yield [value, typeof refs === 'number' ? [refs] : refs]
    }
  }
}

const NONE: LabelValues = new ValuesView(new Map())

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
