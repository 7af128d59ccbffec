/** Attributes as typed texts, sorted by key. */
export type AttributeTexts = readonly (readonly [key: string, value: string])[]

/**
 * The resources of a batch, by what they belong to (a span, a log record, a metric). `edit` changes that of one owner only: where
 * others have the same resource, they keep it.
 */
export class ResourceEditor {
  #resources: readonly AttributeTexts[]
  #index: Uint32Array
  #isOwn = false
  #places: Map<string, number> | undefined
  /** What a change made of a resource, so that the many owners of one are not changed one by one. */
  readonly #made = new Map<string, number>()

  constructor(resources: readonly AttributeTexts[], index: Uint32Array) {
    this.#resources = resources
    this.#index = index
  }

  get(owner: number, key: string): string | undefined {
    return this.attributes(owner).find(([each]) => each === key)?.[1]
  }

  attributes(owner: number): AttributeTexts {
    return this.#resources[this.#index[owner] ?? -1] ?? []
  }

  /** Sets an attribute of the resource of one owner; undefined takes it away. */
  set(owner: number, key: string, value: string | undefined): void {
    const before = this.#index[owner] as number
    const change = `${before}\n${value === undefined ? '-' : '='}${key}\n${value ?? ''}`
    const known = this.#made.get(change)
    const after = known ?? this.#change(before, key, value)
    if (known === undefined) this.#made.set(change, after)
    if (after === before) return
    if (!this.#isOwn) this.#index = this.#index.slice()
    this.#isOwn = true
    this.#index[owner] = after
  }

  /** Changes every resource. */
  editEach(edit: (attributes: Map<string, string>) => void): void {
    this.#resources = this.#resources.map((attributes) => {
      const map = new Map(attributes)
      edit(map)
      return sorted(map)
    })
    this.#places = undefined
    this.#made.clear()
  }

  finish(): { readonly resources: readonly AttributeTexts[]; readonly index: Uint32Array } {
    return { resources: this.#resources, index: this.#index }
  }

  #change(place: number, key: string, value: string | undefined): number {
    const map = new Map(this.#resources[place])
    if (map.get(key) === value) return place
    if (value === undefined) map.delete(key)
    else map.set(key, value)
    const made = sorted(map)
    this.#places ??= new Map(this.#resources.map((each, at) => [JSON.stringify(each), at]))
    const name = JSON.stringify(made)
    const known = this.#places.get(name)
    if (known !== undefined) return known
    this.#resources = [...this.#resources, made]
    this.#places.set(name, this.#resources.length - 1)
    return this.#resources.length - 1
  }
}

function sorted(attributes: ReadonlyMap<string, string>): AttributeTexts {
  return [...attributes].sort(([a], [b]) => (a < b ? -1 : 1))
}
