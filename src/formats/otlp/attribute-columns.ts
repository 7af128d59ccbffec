import { type AttributeValue, encodeAttribute } from '../../model/attribute-value.ts'
import type { AttributeColumns } from '../../model/spans.ts'
import { anyText, type AnyValue, isMap, type Attributes } from './any-value.ts'
import { cutEnd, cutText } from './cut-text.ts'
import type { TextTable } from './text-table.ts'
import { Uint32Column } from './uint32-column.ts'

/** Whole numbers whose texts are kept. */
const KEPT_WHOLES = 1024
const WHOLES = Array.from({ length: KEPT_WHOLES }, (_, number) => `i${number}`)

/** Gathers attributes of one owner after the other. */
export class AttributeBuilder {
  readonly #texts: TextTable
  readonly #maxBytes: number
  readonly #ends = new Uint32Column()
  readonly #keys = new Uint32Column()
  readonly #values = new Uint32Column()
  /** Keys and texts that were longer than `maxBytes`, and were cut. */
  truncated = 0

  constructor(texts: TextTable, maxBytes = Number.POSITIVE_INFINITY) {
    this.#texts = texts
    this.#maxBytes = maxBytes
  }

  /** An attribute of the owner that is being read. One without a value is left out. */
  add(key: string, value: AnyValue): void {
    if (value === null) return
    this.#keys.push(this.#texts.placeOf(this.#cut(key)))
    this.#addValue(value)
  }

  /** The same for a key in UTF-8. */
  addRead(source: Uint8Array, keyStart: number, keyEnd: number, value: AnyValue): void {
    this.#addKey(source, keyStart, keyEnd)
    this.#addValue(value)
  }

  /** The same for a text. */
  addText(
    source: Uint8Array,
    keyStart: number,
    keyEnd: number,
    valueStart: number,
    valueEnd: number,
  ): void {
    this.#addKey(source, keyStart, keyEnd)
    const end = this.#cutEnd(source, valueStart, valueEnd)
    this.#values.push(this.#texts.placeOfBytes(source, valueStart, end, 's'))
  }

  /** The same for a whole number that is not negative. */
  addWhole(source: Uint8Array, keyStart: number, keyEnd: number, value: number): void {
    this.#addKey(source, keyStart, keyEnd)
    this.#values.push(this.#texts.placeOf(WHOLES[value] ?? `i${value}`))
  }

  #addKey(source: Uint8Array, start: number, end: number): void {
    const cut = this.#cutEnd(source, start, end)
    this.#keys.push(this.#texts.placeOfBytes(source, start, cut, ''))
  }

  #addValue(value: AnyValue): void {
    const own = typeof value === 'string' ? this.#cut(value) : value
    this.#values.push(this.#texts.placeOf(attributeText(own)))
  }

  #cut(text: string): string {
    const cut = cutText(text, this.#maxBytes)
    if (cut !== text) this.truncated++
    return cut
  }

  #cutEnd(source: Uint8Array, start: number, end: number): number {
    const cut = cutEnd(source, start, end, this.#maxBytes)
    if (cut !== end) this.truncated++
    return cut
  }

  /** Ends the owner. */
  end(): void {
    this.#ends.push(this.#keys.length)
  }

  /** Forgets all owners but the first `owners`, and what was read for the one after them. */
  cutTo(owners: number): void {
    this.#ends.cutTo(owners)
    this.#keys.cutTo(this.#ends.last)
    this.#values.cutTo(this.#ends.last)
  }

  finish(): AttributeColumns {
    return {
      ends: this.#ends.finish(),
      keys: this.#keys.finish(),
      values: this.#values.finish(),
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
