/** The table of texts of a batch, to which more can be added. The given table stays as it is. */
export class StringsEditor {
  #strings: readonly string[]
  #own: string[] | undefined
  #places: Map<string, number> | undefined

  constructor(strings: readonly string[]) {
    this.#strings = strings
  }

  at(place: number | undefined): string {
    return this.#strings[place ?? -1] ?? ''
  }

  placeOf(text: string): number {
    this.#places ??= new Map(this.#strings.map((each, place) => [each, place]))
    const known = this.#places.get(text)
    if (known !== undefined) return known
    this.#own ??= [...this.#strings]
    this.#strings = this.#own
    const place = this.#own.push(text) - 1
    this.#places.set(text, place)
    return place
  }

  finish(): readonly string[] {
    return this.#strings
  }
}

/** A column of a batch that is copied when it is first written to. */
export class ColumnEditor<Column extends Uint32Array | Int32Array | Uint8Array | BigInt64Array> {
  #column: Column
  #isOwn = false

  constructor(column: Column) {
    this.#column = column
  }

  get(row: number): Column[number] {
    return this.#column[row] as Column[number]
  }

  set(row: number, value: Column[number]): void {
    if (this.#column[row] === value) return
    if (!this.#isOwn) this.#column = structuredClone(this.#column)
    this.#isOwn = true
    this.#column[row] = value
  }

  finish(): Column {
    return this.#column
  }
}
