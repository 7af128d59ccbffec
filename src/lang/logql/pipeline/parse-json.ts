import { JsonFault, readObject, textOfValue, type JsonValue } from './json-scan.ts'
import { EXTRACTED, toLabelName, type LineLabels } from './line-labels.ts'
import { failParser, parserStage, type ReadyStage } from './stage.ts'

/** Objects deeper than this are passed over: no line of use has them, and each level is looked through anew. */
const MAX_DEPTH = 64

/** Names of labels are remembered by the keys they were made of: so many, of such a length. */
const MAX_KEYS = 10_000
const MAX_KEY_LENGTH = 200

/** `| json`: every value of a line becomes a label, those of inner objects with the keys above them; arrays do not. */
export function jsonStage(): ReadyStage {
  const reader = new JsonReader()
  return parserStage((text, labels) => reader.read(text, labels))
}

class JsonReader {
  readonly #names = new Map<string, string>()

  read(text: string, labels: LineLabels): void {
    if (labels.hints.isDone) return
    try {
      this.#readObject(text, labels, '', 0, text.length, 0)
    } catch (thrown) {
      if (!(thrown instanceof JsonFault)) throw thrown
      failParser(labels, 'JSONParserErr', thrown.message)
    }
  }

  /** False when nothing more is wanted. */
  #readObject(
    text: string,
    labels: LineLabels,
    prefix: string,
    start: number,
    end: number,
    depth: number,
  ): boolean {
    return readObject(text, start, end, (key, value) => {
      if (value.kind === 'object') {
        const inner = this.#nameOf(prefix, key)
        if (depth >= MAX_DEPTH || !labels.hints.wantsPrefix(inner)) return true
        return this.#readObject(text, labels, inner, value.start, value.end, depth + 1)
      }
      if (value.kind !== 'array' && value.kind !== 'null') {
        this.#setValue(text, labels, this.#nameOf(prefix, key), value, depth)
      }
      return !labels.hints.hasAll
    })
  }

  #setValue(
    text: string,
    labels: LineLabels,
    found: string,
    value: JsonValue,
    depth: number,
  ): void {
    let name = found
    // A key of nothing but blanks is no label, unless it is inside of another such: Loki's rule.
    if (name === '' && depth === 0) return
    if (labels.isTaken(name)) name += EXTRACTED
    if (labels.hints.wants(name)) labels.setParsed(name, textOfValue(text, value))
  }

  #nameOf(prefix: string, key: string): string {
    const joined = prefix === '' ? key : `${prefix}\u0000${key}`
    let name = this.#names.get(joined)
    if (name === undefined) {
      name = joinLabelName(prefix, key)
      if (joined.length > MAX_KEY_LENGTH) return name
      if (this.#names.size >= MAX_KEYS) this.#names.clear()
      this.#names.set(joined, name)
    }
    return name
  }
}

/** The label of a value: its key behind those of the objects around it (`prefix`, '' outside of all). */
export function joinLabelName(prefix: string, key: string): string {
  if (prefix === '') return toLabelName(key)
  const own = key.trim().replace(/[^A-Za-z0-9_]/gu, '_')
  return own === '' ? prefix : `${prefix}_${own}`
}
