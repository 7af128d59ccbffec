import { type AttributeValue, encodeAttribute } from '../../model/attribute-value.ts'
import type { AttributeColumns } from '../../model/spans.ts'
import { anyText, type AnyValue, isMap, type Attributes } from './any-value.ts'

/** The distinct texts of a batch, by their places. */
export class TextTable {
  readonly texts: string[] = []
  readonly #places = new Map<string, number>()

  placeOf(text: string): number {
    const known = this.#places.get(text)
    if (known !== undefined) return known
    const place = this.texts.push(text) - 1
    this.#places.set(text, place)
    return place
  }
}

/** Gathers attributes of one owner after the other. */
export class AttributeBuilder {
  readonly #texts: TextTable
  readonly #ends: number[] = []
  readonly #keys: number[] = []
  readonly #values: number[] = []

  constructor(texts: TextTable) {
    this.#texts = texts
  }

  /** An attribute of the owner that is being read. One without a value is left out. */
  add(key: string, value: AnyValue): void {
    if (value === null) return
    this.#keys.push(this.#texts.placeOf(key))
    this.#values.push(this.#texts.placeOf(attributeText(value)))
  }

  /** Ends the owner. */
  end(): void {
    this.#ends.push(this.#keys.length)
  }

  /** Forgets all owners but the first `owners`, and what was read for the one after them. */
  cutTo(owners: number): void {
    this.#ends.length = owners
    const size = this.#ends.at(-1) ?? 0
    this.#keys.length = size
    this.#values.length = size
  }

  finish(): AttributeColumns {
    return {
      ends: Uint32Array.from(this.#ends),
      keys: Uint32Array.from(this.#keys),
      values: Uint32Array.from(this.#values),
    }
  }
}

/** A value as a typed text. */
export function attributeText(value: AnyValue): string {
  return encodeAttribute(attributeValue(value))
}

/** Attributes as typed texts, sorted by key, so that equal sets are equal; of a key that comes twice the last value counts. */
export function attributeTexts(attributes: Attributes): readonly (readonly [string, string])[] {
  const byKey = new Map<string, string>()
  for (const [key, value] of attributes) if (value !== null) byKey.set(key, attributeText(value))
  return [...byKey].sort(([a], [b]) => (a < b ? -1 : 1))
}

function attributeValue(value: AnyValue): AttributeValue {
  if (typeof value === 'string') return { type: 'string', value }
  if (typeof value === 'bigint') return { type: 'int', value }
  if (typeof value === 'number') return { type: 'float', value }
  if (typeof value === 'boolean') return { type: 'boolean', value }
  if (value instanceof Uint8Array) return { type: 'bytes', value: anyText(value) }
  if (value === null || isMap(value)) return { type: 'json', value: anyText(value) }
  return listValue(value)
}

function listValue(list: readonly AnyValue[]): AttributeValue {
  if (list.every((item) => typeof item === 'string')) return { type: 'strings', value: list }
  if (list.every((item) => typeof item === 'bigint')) return { type: 'ints', value: list }
  if (list.every((item) => typeof item === 'number')) return { type: 'floats', value: list }
  if (list.every((item) => typeof item === 'boolean')) return { type: 'booleans', value: list }
  return { type: 'json', value: anyText(list) }
}
