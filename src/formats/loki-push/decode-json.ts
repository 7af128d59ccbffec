import { Labels } from '../../model/labels.ts'
import type { LogBatch } from '../../model/lines.ts'
import { decodeUtf8, encodeUtf8 } from '../text-codec.ts'
import { JsonBytes } from './json-bytes.ts'
import type { LabelCache } from './label-cache.ts'
import { LineColumns } from './line-columns.ts'
import { metadataLabels } from './metadata-labels.ts'
import { checkLabelName } from './parse-labels.ts'

const OPEN_BRACE = 0x7b
const CLOSE_BRACE = 0x7d
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d
const COMMA = 0x2c
const QUOTE = 0x22
const STREAM = 0
const VALUES = 1
const STREAM_KEYS = ['stream', 'values'].map(encodeUtf8)
const MAX_NS = 2n ** 63n - 1n

/**
 * Decodes the body of `/loki/api/v1/push` as JSON: `{"streams": [{"stream": {…}, "values": [["<ns>", "<line>", {…}], …]}]}`. The
 * third element of an entry is its structured metadata, by itself or, as query results write it, below `structuredMetadata`.
 * Unknown keys are passed over. `bytes` becomes the
 * memory of the lines: what it held is gone. Throws a `Problem` of code `bad_data`.
 */
export function decodeJsonPush(bytes: Uint8Array, cache: LabelCache): LogBatch {
  cache.beginPush()
  const decoder = new JsonPushDecoder(bytes, cache)
  decoder.push()
  return decoder.columns.finish()
}

class JsonPushDecoder {
  readonly columns: LineColumns
  readonly #json: JsonBytes
  readonly #cache: LabelCache
  /** Sets of structured metadata of this push, by the text they were written as. */
  readonly #metadataByText = new Map<string, number>()
  /** Of the labels that are being looked for. One function for all streams of a push. */
  #labelsStart = 0
  readonly #readLabels = (): Labels => {
    this.#json.goTo(this.#labelsStart)
    const pairs = this.#pairs('a stream')
    for (const [name] of pairs) checkLabelName(name)
    return Labels.fromPairs(pairs)
  }

  constructor(bytes: Uint8Array, cache: LabelCache) {
    this.columns = new LineColumns(bytes)
    this.#json = new JsonBytes(bytes)
    this.#cache = cache
  }

  push(): void {
    const json = this.#json
    json.object('the push', (key) => {
      if (key !== 'streams' || json.takeNull()) {
        if (key !== 'streams') json.skip()
        return
      }
      json.array('streams', () => this.#stream())
    })
  }

  #stream(): void {
    const json = this.#json
    let stream = -1
    /** Where the entries begin when they come before the labels. */
    let earlyValues = -1
    json.expect(OPEN_BRACE, 'at the beginning of a stream')
    if (!json.take(CLOSE_BRACE)) {
      do {
        const key = json.keyAmong(STREAM_KEYS, 'a key of a stream')
        if (key === STREAM) stream = this.#labels()
        else if (key === VALUES) {
          if (json.takeNull()) continue
          // What was passed over is still to be read: lines that come before must not move there.
          if (stream >= 0 && earlyValues >= 0) this.columns.detach()
          if (stream >= 0) this.#values(stream)
          else {
            earlyValues = json.at
            json.skip()
          }
        } else json.skip()
      } while (json.take(COMMA))
      json.expect(CLOSE_BRACE, 'at the end of a stream')
    }
    if (earlyValues < 0) return
    const after = json.at
    json.goTo(earlyValues)
    this.#values(stream < 0 ? this.columns.stream(Labels.EMPTY) : stream)
    json.goTo(after)
  }

  /** The number of the stream in this push. */
  #labels(): number {
    const json = this.#json
    if (json.takeNull()) return this.columns.stream(Labels.EMPTY)
    json.peek()
    const start = json.at
    json.skip()
    const end = json.at
    // Streams come again and again: only what is new is read.
    this.#labelsStart = start
    return this.columns.cachedStream(this.#cache, json.bytes, start, end, this.#readLabels)
  }

  #pairs(what: string): [string, string][] {
    const pairs: [string, string][] = []
    this.#json.object(what, (name) => {
      pairs.push([name, this.#labelValue(name)])
    })
    return pairs
  }

  /** Texts, and numbers and booleans as they are written. */
  #labelValue(name: string): string {
    const json = this.#json
    if (json.peek() === QUOTE) return json.readText(`label ${JSON.stringify(name)}`)
    const start = json.at
    if (json.peek() === OPEN_BRACE || json.peek() === OPEN_BRACKET) {
      throw json.fault(`the value of label ${JSON.stringify(name)} is no string`)
    }
    json.skip()
    return decodeUtf8(json.bytes, start, json.at)
  }

  #values(stream: number): void {
    const json = this.#json
    json.expect(OPEN_BRACKET, 'at the beginning of values')
    if (json.take(CLOSE_BRACKET)) return
    do this.columns.endLine(stream, this.#entry())
    while (json.take(COMMA))
    json.expect(CLOSE_BRACKET, 'at the end of values')
  }

  /** Reads time and line of an entry; returns the number of its structured metadata. */
  #entry(): number {
    const json = this.#json
    json.expect(OPEN_BRACKET, 'at the beginning of an entry')
    if (json.peek() === CLOSE_BRACKET) throw json.fault('an entry has a time and a line')
    this.#time()
    if (!json.take(COMMA)) {
      json.expect(CLOSE_BRACKET, 'at the end of an entry')
      throw json.fault('an entry has a time and a line')
    }
    this.columns.appendText(json, 'a line')
    let metadata = 0
    for (let index = 2; json.take(COMMA); index++) {
      if (index === 2) metadata = this.#metadata()
      else json.skip()
    }
    json.expect(CLOSE_BRACKET, 'at the end of an entry')
    return metadata
  }

  #time(): void {
    const json = this.#json
    const { start, end } = json.text('the time of an entry')
    const { bytes } = json
    const split = end - 9
    if (split > start && split - start <= 10) {
      const seconds = digits(bytes, start, split)
      const nanos = digits(bytes, split, end)
      if (seconds >= 0 && nanos >= 0) {
        this.columns.setTime(seconds, nanos)
        return
      }
    }
    const text = decodeUtf8(bytes, start, end)
    const timestampNs = /^[+-]?[0-9]{1,25}$/.test(text) ? BigInt(text.replace('+', '')) : undefined
    if (timestampNs === undefined || timestampNs > MAX_NS || timestampNs < -MAX_NS) {
      throw json.fault(
        `the time of an entry is nanoseconds since 1970, not ${JSON.stringify(text.slice(0, 50))}`,
      )
    }
    this.columns.setTimeNs(timestampNs)
  }

  #metadata(): number {
    const json = this.#json
    if (json.takeNull()) return 0
    json.peek()
    const start = json.at
    json.skip()
    const end = json.at
    const text = decodeUtf8(json.bytes, start, end)
    let known = this.#metadataByText.get(text)
    if (known === undefined) {
      json.goTo(start)
      known = this.columns.metadataSet(metadataLabels(this.#metadataPairs()))
      this.#metadataByText.set(text, known)
    }
    return known
  }

  #metadataPairs(): [string, string][] {
    const json = this.#json
    const pairs: [string, string][] = []
    json.object('structured metadata', (name) => {
      if (json.peek() !== OPEN_BRACE) pairs.push([name, this.#labelValue(name)])
      else if (name === 'structuredMetadata') pairs.push(...this.#pairs(name))
      else json.skip()
    })
    return pairs
  }
}

/** The number that these digits write; -1 when there is another sign among them. */
function digits(bytes: Uint8Array, start: number, end: number): number {
  let value = 0
  for (let i = start; i < end; i++) {
    const digit = (bytes[i] as number) - 0x30
    if (digit < 0 || digit > 9) return -1
    value = value * 10 + digit
  }
  return value
}
