import type { Labels } from '../../model/labels.ts'

const NONE: ReadonlyMap<string, readonly number[]> = new Map()

/** The inverted index: for each label name and value, the refs of the series that carry it, ascending. */
export class Postings {
  readonly #names = new Map<string, Map<string, number[]>>()

  add(ref: number, labels: Labels): void {
    const flat = labels.flat
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      const value = flat[i + 1] as string
      let values = this.#names.get(name)
      if (values === undefined) this.#names.set(name, (values = new Map<string, number[]>()))
      const refs = values.get(value)
      if (refs === undefined) values.set(value, [ref])
      else insertAscending(refs, ref)
    }
  }

  remove(ref: number, labels: Labels): void {
    const flat = labels.flat
    for (let i = 0; i < flat.length; i += 2) {
      const values = this.#names.get(flat[i] as string)
      const refs = values?.get(flat[i + 1] as string)
      if (values === undefined || refs === undefined) continue
      const at = lowerBound(refs, ref)
      if (refs[at] === ref) refs.splice(at, 1)
      if (refs.length === 0) values.delete(flat[i + 1] as string)
      if (values.size === 0) this.#names.delete(flat[i] as string)
    }
  }

  names(): Iterable<string> {
    return this.#names.keys()
  }

  values(name: string): ReadonlyMap<string, readonly number[]> {
    return this.#names.get(name) ?? NONE
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

function insertAscending(refs: number[], ref: number): void {
  const last = refs[refs.length - 1] as number
  if (last < ref) refs.push(ref)
  else refs.splice(lowerBound(refs, ref), 0, ref)
}
