import { Labels } from '../../model/labels.ts'

const MIN_CAPACITY = 64

/**
 * The label sets that a target's series end up with, each under a small number, so that what is known of a series stands in
 * arrays. Equal sets share a number: two lines of a page can become one series by relabelling. A number lives as long as somebody
 * holds it and is then given to another set.
 */
export class SeriesTable {
  readonly #labels: Labels[] = []
  #hashes = new Int32Array(MIN_CAPACITY)
  #holders = new Uint32Array(MIN_CAPACITY)
  /** The next number with the same head, or -1; of a free number the next free one. */
  #next = new Int32Array(MIN_CAPACITY)
  #heads = new Int32Array(MIN_CAPACITY).fill(-1)
  #free = -1
  #size = 0

  /** Number of label sets held. */
  get size(): number {
    return this.#size
  }

  /** One more than the largest number given so far: the length that arrays by number need. */
  get capacity(): number {
    return this.#labels.length
  }

  labelsOf(number: number): Labels {
    return this.#labels[number] as Labels
  }

  /** The number of a label set, held once more by the caller. */
  hold(labels: Labels): number {
    const hash = hashOf(labels)
    const mask = this.#heads.length - 1
    for (let i = this.#heads[hash & mask] as number; i !== -1; i = this.#next[i] as number) {
      if (this.#hashes[i] === hash && isEqual(this.#labels[i] as Labels, labels)) {
        this.holdAgain(i)
        return i
      }
    }
    return this.#add(labels, hash)
  }

  /** A number that is held already gets another holder. */
  holdAgain(number: number): void {
    this.#holders[number] = (this.#holders[number] as number) + 1
  }

  /** Gives up one hold; the last one frees the number. */
  release(number: number): void {
    const holders = (this.#holders[number] as number) - 1
    this.#holders[number] = holders
    if (holders > 0) return
    this.#unlink(number)
    this.#labels[number] = Labels.EMPTY
    this.#next[number] = this.#free
    this.#free = number
    this.#size--
  }

  #add(labels: Labels, hash: number): number {
    let number = this.#free
    if (number === -1) {
      number = this.#labels.length
      if (number === this.#next.length) this.#grow()
    } else this.#free = this.#next[number] as number
    this.#labels[number] = labels
    this.#hashes[number] = hash
    this.#holders[number] = 1
    this.#size++
    this.#link(number)
    return number
  }

  #link(number: number): void {
    const head = (this.#hashes[number] as number) & (this.#heads.length - 1)
    this.#next[number] = this.#heads[head] as number
    this.#heads[head] = number
  }

  #unlink(number: number): void {
    const head = (this.#hashes[number] as number) & (this.#heads.length - 1)
    const next = this.#next[number] as number
    if (this.#heads[head] === number) {
      this.#heads[head] = next
      return
    }
    let before = this.#heads[head] as number
    while (this.#next[before] !== number) before = this.#next[before] as number
    this.#next[before] = next
  }

  /** Called when every number below the capacity is in use. */
  #grow(): void {
    const count = this.#next.length * 2
    const [hashes, holders] = [new Int32Array(count), new Uint32Array(count)]
    hashes.set(this.#hashes)
    holders.set(this.#holders)
    this.#hashes = hashes
    this.#holders = holders
    this.#next = new Int32Array(count)
    this.#heads = new Int32Array(count).fill(-1)
    for (let number = 0; number < this.#labels.length; number++) this.#link(number)
  }
}

/** FNV-1a over the names and values, with a unit between them that neither holds. */
function hashOf(labels: Labels): number {
  let hash = 0x811c9dc5
  for (const text of labels.flat) {
    for (let i = 0; i < text.length; i++) hash = Math.imul(hash ^ text.charCodeAt(i), 0x01000193)
    hash = Math.imul(hash ^ 0xffff, 0x01000193)
  }
  return hash ^ (hash >>> 15)
}

function isEqual(a: Labels, b: Labels): boolean {
  if (a === b) return true
  if (a.flat.length !== b.flat.length) return false
  for (let i = 0; i < a.flat.length; i++) if (a.flat[i] !== b.flat[i]) return false
  return true
}
