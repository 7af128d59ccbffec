import type { ByteParts, ByteSlices, Dictionary } from '../../formats/clickhouse-native/encode.ts'

/** Of a UTF-16 unit in UTF-8. */
const MOST_BYTES_A_UNIT = 3
const NO_TEXTS: ByteSlices = {
  bytes: new Uint8Array(),
  starts: new Uint32Array(),
  ends: new Uint32Array(),
}

/** The texts of a table in UTF-8, one after the other: row `i` is text `i`. */
export function encodeTexts(texts: readonly string[]): ByteSlices {
  const starts = new Uint32Array(texts.length)
  const ends = new Uint32Array(texts.length)
  let units = 0
  for (const text of texts) units += text.length
  // All of one byte a unit, as nearly all texts of spans are, fit at once.
  let bytes = Buffer.allocUnsafeSlow(units + 64)
  let at = 0
  for (let i = 0; i < texts.length; i++) {
    const text = texts[i] as string
    const most = text.length * MOST_BYTES_A_UNIT
    if (at + most > bytes.length) {
      const sizeBytes = Buffer.byteLength(text)
      if (at + sizeBytes > bytes.length) {
        const larger = Buffer.allocUnsafeSlow(bytes.length * 2 + sizeBytes)
        bytes.copy(larger, 0, 0, at)
        bytes = larger
      }
    }
    starts[i] = at
    at += bytes.write(text, at)
    ends[i] = at
  }
  return { bytes, starts, ends }
}

/** The distinct words of a column over several tables. */
export class Words {
  readonly list: string[] = []
  readonly #places = new Map<string, number>()

  placeOf(word: string): number {
    let place = this.#places.get(word)
    if (place === undefined) this.#places.set(word, (place = this.list.push(word) - 1))
    return place
  }
}

/** A column of words that are named by their places in the tables of batches: each word of a table is looked up once. */
export class WordColumn {
  readonly #words: Words
  readonly #indexes: Uint32Array
  #length = 0
  #table: readonly string[] = []
  /** 1 + the place among the words, by the place in the table; 0: not looked up yet. */
  #known = new Uint32Array()

  constructor(words: Words, most: number) {
    this.#words = words
    this.#indexes = new Uint32Array(most)
  }

  /** The places that follow are those of another table. */
  begin(table: readonly string[]): void {
    this.#table = table
    this.#known = new Uint32Array(table.length)
  }

  get length(): number {
    return this.#length
  }

  push(place: number): void {
    let known = this.#known[place] as number
    if (known === 0) {
      known = this.#words.placeOf(this.#table[place] as string) + 1
      this.#known[place] = known
    }
    this.#indexes[this.#length++] = known - 1
  }

  finish(): Dictionary {
    return { words: this.#words.list, indexes: this.#indexes.subarray(0, this.#length) }
  }
}

/** A column of texts that are named by their places in the tables of batches. */
export class TextColumn {
  readonly #parts: ByteSlices[] = []
  readonly #starts: Uint32Array
  readonly #ends: Uint32Array
  #length = 0
  #begun = 0
  #table: ByteSlices = NO_TEXTS

  constructor(most: number) {
    this.#starts = new Uint32Array(most)
    this.#ends = new Uint32Array(most)
  }

  /** The places that follow are those of another table. */
  begin(table: ByteSlices): void {
    this.#endPart()
    this.#table = table
  }

  push(place: number): void {
    const table = this.#table
    this.#starts[this.#length] = table.starts[place] as number
    this.#ends[this.#length] = table.ends[place] as number
    this.#length++
  }

  finish(): ByteParts {
    this.#endPart()
    return { parts: this.#parts }
  }

  #endPart(): void {
    if (this.#length > this.#begun) {
      this.#parts.push({
        bytes: this.#table.bytes,
        starts: this.#starts.subarray(this.#begun, this.#length),
        ends: this.#ends.subarray(this.#begun, this.#length),
      })
    }
    this.#begun = this.#length
  }
}
