import { startOf, type AttributeColumns } from '../../model/spans.ts'
import type { StringsEditor } from './edit-strings.ts'

/** Attributes in columns, of which those of some rows are changed. Values are typed texts. */
export class AttributeEditor {
  readonly #columns: AttributeColumns
  readonly #strings: StringsEditor
  readonly #changed = new Map<number, Map<string, string>>()

  constructor(columns: AttributeColumns, strings: StringsEditor) {
    this.#columns = columns
    this.#strings = strings
  }

  get(row: number, key: string): string | undefined {
    const changed = this.#changed.get(row)
    if (changed !== undefined) return changed.get(key)
    const { ends, keys, values } = this.#columns
    // Of a key that comes twice the last value counts.
    for (let i = (ends[row] as number) - 1, start = startOf(ends, row); i >= start; i--) {
      if (this.#strings.at(keys[i]) === key) return this.#strings.at(values[i])
    }
    return undefined
  }

  /** All of a row. Not to be changed: `edit` is for that. */
  entries(row: number): ReadonlyMap<string, string> {
    return this.#changed.get(row) ?? this.#read(row)
  }

  /** The attributes of a row, to be changed in place. */
  edit(row: number): Map<string, string> {
    const known = this.#changed.get(row)
    if (known !== undefined) return known
    const read = this.#read(row)
    this.#changed.set(row, read)
    return read
  }

  /** The same columns when nothing was changed. */
  finish(): AttributeColumns {
    if (this.#changed.size === 0) return this.#columns
    const { ends, keys, values } = this.#columns
    const newEnds = new Uint32Array(ends.length)
    const newKeys: number[] = []
    const newValues: number[] = []
    for (let row = 0; row < ends.length; row++) {
      const changed = this.#changed.get(row)
      if (changed === undefined) {
        const end = ends[row] as number
        for (let i = startOf(ends, row); i < end; i++) {
          newKeys.push(keys[i] as number)
          newValues.push(values[i] as number)
        }
      } else {
        for (const [key, value] of changed) {
          newKeys.push(this.#strings.placeOf(key))
          newValues.push(this.#strings.placeOf(value))
        }
      }
      newEnds[row] = newKeys.length
    }
    return { ends: newEnds, keys: Uint32Array.from(newKeys), values: Uint32Array.from(newValues) }
  }

  #read(row: number): Map<string, string> {
    const { ends, keys, values } = this.#columns
    const read = new Map<string, string>()
    const end = ends[row] as number
    for (let i = startOf(ends, row); i < end; i++) {
      read.set(this.#strings.at(keys[i]), this.#strings.at(values[i]))
    }
    return read
  }
}
