import { Problem } from '../../model/problem.ts'
import { FAMILY_TYPES, type ScrapePage } from '../prometheus-text/page.ts'
import type { SeriesCache } from '../prometheus-text/series-cache.ts'
import { ProtoReader, WIRE_VARINT } from '../proto-reader.ts'
import { decodeUtf8, encodeUtf8, isValidUtf8 } from '../text-codec.ts'
import { forget, note, type Part } from './metric-fields.ts'
import { MetricReader, type HistogramChoice } from './read-metric.ts'
import { isClassicName, SeriesText } from './series-text.ts'

/** By the number of `io.prometheus.client.MetricType`: the type's place in `FAMILY_TYPES`. */
const TYPES = (
  ['counter', 'gauge', 'summary', 'unknown', 'histogram', 'gaugehistogram'] as const
).map((type) => FAMILY_TYPES.indexOf(type))
const TYPE_WORDS = FAMILY_TYPES.map(encodeUtf8)
const TYPE_LINE = 0
const HELP_LINE = 1
const UNIT_LINE = 2

export interface ProtoPageOptions {
  readonly defaultTimestampMs: number
  readonly honorTimestamps: boolean
  readonly cache: SeriesCache | undefined
}

/**
 * Reads pages of delimited `io.prometheus.client.MetricFamily` messages as Prometheus does (model/textparse/protobufparse.go), into the
 * columns that pages of text are read into. When a series began (`created_timestamp`) is not kept.
 */
export class ProtoPageReader {
  readonly #text = new SeriesText()
  readonly #metrics: MetricReader
  readonly #name: Part = { start: 0, end: 0 }
  readonly #help: Part = { start: 0, end: 0 }
  readonly #unit: Part = { start: 0, end: 0 }
  #type = 0

  constructor(choice: HistogramChoice) {
    this.#metrics = new MetricReader(this.#text, choice)
  }

  /** Throws a `Problem` of code `bad_data` whose message says at which byte; what `page` holds then are the rows before. */
  read(bytes: Uint8Array, page: ScrapePage, options: ProtoPageOptions): void {
    const reader = new ProtoReader(bytes)
    const text = this.#text
    text.begin(options.cache)
    this.#metrics.begin(reader, page, options)
    let start = 0
    try {
      while (reader.position < bytes.length) {
        start = reader.position
        this.#readFamily(reader, reader.delimited(bytes.length), page)
      }
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
      const place = `metric family at byte ${start} of ${bytes.length}`
      throw new Problem('bad_data', `${place}: ${thrown.message}`)
    } finally {
      page.bytes = text.bytes
    }
  }

  /** A family's name, help, type and unit may stand behind its metrics: those are read afterwards. */
  #readFamily(reader: ProtoReader, end: number, page: ScrapePage): void {
    const start = reader.position
    if (this.#readHead(reader, end) === 0) return
    const [nameStart, nameEnd] = this.#writeMetadata(reader.bytes, page)
    const { start: from, end: to } = this.#name
    const isClassic = isClassicName(reader.bytes, from, to)
    this.#metrics.beginFamily({ nameStart, nameEnd, isClassic, type: this.#type })
    reader.position = start
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag >>> 3 !== 4) {
        reader.skip(tag, end)
        continue
      }
      this.#metrics.read(reader.delimited(end))
    }
  }

  /** Returns how many metrics the family has. */
  #readHead(reader: ProtoReader, end: number): number {
    for (const part of [this.#name, this.#help, this.#unit]) forget(part)
    this.#type = 0
    let metrics = 0
    while (reader.position < end) {
      const tag = reader.varint32(end)
      const wire = tag & 7
      switch (tag >>> 3) {
        case 1:
          note(reader, wire, end, 'MetricFamily.name', this.#name)
          break
        case 2:
          note(reader, wire, end, 'MetricFamily.help', this.#help)
          break
        case 3:
          reader.expect(wire, WIRE_VARINT, 'MetricFamily.type')
          this.#type = reader.int64(end)
          break
        case 4:
          reader.expect(wire, 2, 'MetricFamily.metric')
          reader.position = reader.delimited(end)
          metrics++
          break
        case 5:
          note(reader, wire, end, 'MetricFamily.unit', this.#unit)
          break
        default:
          reader.skip(tag, end)
      }
    }
    return metrics
  }

  /** Puts the family into the page's metadata; returns where its escaped name stands. */
  #writeMetadata(bytes: Uint8Array, page: ScrapePage): readonly [number, number] {
    const text = this.#text
    const { start, end } = this.#name
    const shown = (): string => JSON.stringify(decodeUtf8(bytes, start, end))
    const type = TYPES[this.#type]
    const nameStart = text.length
    if (start === end || !text.escaped(bytes, start, end)) {
      throw new Problem('bad_data', `invalid metric name: ${shown()}`)
    }
    const nameEnd = text.length
    if (!isValidUtf8(bytes, this.#help.start, this.#help.end)) {
      throw new Problem('bad_data', `invalid help for metric ${shown()}`)
    }
    if (type === undefined) {
      throw new Problem('bad_data', `unknown metric type for metric ${shown()}: ${this.#type}`)
    }
    const add = (kind: number, write: () => void): void => {
      const from = text.length
      write()
      page.addMetadata(kind, nameStart, nameEnd, from, text.length)
    }
    const { help, unit } = { help: this.#help, unit: this.#unit }
    add(HELP_LINE, () => text.escaped(bytes, help.start, help.end, false))
    if (unit.end > unit.start)
      add(UNIT_LINE, () => text.escaped(bytes, unit.start, unit.end, false))
    add(TYPE_LINE, () => text.plain(TYPE_WORDS[type] as Uint8Array))
    return [nameStart, nameEnd]
  }
}
