import { anyText, isMap } from '../../formats/otlp/any-value.ts'
import { attributeText, attributeTexts } from '../../formats/otlp/attribute-columns.ts'
import { IdColumn } from '../../formats/otlp/id-column.ts'
import { TextTable } from '../../formats/otlp/text-table.ts'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import type { LogRecordBatch, LogScope } from '../../model/log-records.ts'
import type { FileEntry } from './file-entry.ts'

type Pairs = readonly (readonly [string, string])[]

/** A record on its way from the files to the pipelines, as the JSON text of a line: values are typed texts (model/attribute-value.ts). */
type RecordTuple = readonly [
  timeNs: string,
  severityNumber: number,
  severityText: string,
  traceId: string,
  spanId: string,
  flags: number,
  body: string,
  attributes: Pairs,
  resource: Pairs,
]

const SCOPE: LogScope = { name: '', version: '', attributes: [], droppedAttributes: 0 }

export function encodeRecord(entry: FileEntry): string {
  const { body } = entry
  const tuple: RecordTuple = [
    entry.timeNs.toString(),
    ...([entry.severityNumber, entry.severityText, entry.traceId, entry.spanId] as const),
    entry.flags,
    body === null ? '' : isMap(body) ? `j${anyText(body)}` : attributeText(body),
    attributeTexts([...entry.attributes]),
    attributeTexts([...entry.resource]),
  ]
  return JSON.stringify(tuple)
}

/** Some lines of a batch as log records. */
export function decodeRecords(batch: LogBatch, rows: readonly number[]): LogRecordBatch {
  const builder = new RecordBuilder()
  for (const row of rows) {
    const text = Buffer.from(batch.bytes.subarray(lineStart(batch, row), batch.ends[row])).toString(
      'utf8',
    )
    const parsed: unknown = JSON.parse(text)
    if (isTuple(parsed)) builder.add(parsed, batch.timestampsNs[row] as bigint)
  }
  return builder.finish()
}

/** What `encodeRecord` wrote. */
function isTuple(value: unknown): value is RecordTuple {
  return Array.isArray(value) && value.length === 9
}

class RecordBuilder {
  readonly #texts = new TextTable()
  readonly #times: bigint[] = []
  readonly #observed: bigint[] = []
  readonly #severityNumbers: number[] = []
  readonly #severityTexts: number[] = []
  readonly #bodies: number[] = []
  readonly #flags: number[] = []
  readonly #traceIds = new IdColumn(16)
  readonly #spanIds = new IdColumn(8)
  readonly #ends: number[] = []
  readonly #keys: number[] = []
  readonly #values: number[] = []
  readonly #resources: Pairs[] = []
  readonly #resourcePlaces = new Map<string, number>()
  readonly #resourceIndex: number[] = []

  add(tuple: RecordTuple, observedNs: bigint): void {
    const [timeNs, number, text, traceId, spanId, flags, body, attributes, resource] = tuple
    this.#times.push(BigInt(timeNs))
    this.#observed.push(observedNs)
    this.#severityNumbers.push(number)
    this.#severityTexts.push(this.#texts.placeOf(text))
    this.#bodies.push(this.#texts.placeOf(body))
    this.#flags.push(flags)
    this.#traceIds.next().set(Buffer.from(traceId, 'hex'))
    this.#spanIds.next().set(Buffer.from(spanId, 'hex'))
    for (const [key, value] of attributes) {
      this.#keys.push(this.#texts.placeOf(key))
      this.#values.push(this.#texts.placeOf(value))
    }
    this.#ends.push(this.#keys.length)
    this.#resourceIndex.push(this.#resourceOf(resource))
  }

  #resourceOf(resource: Pairs): number {
    const key = JSON.stringify(resource)
    const known = this.#resourcePlaces.get(key)
    if (known !== undefined) return known
    const place = this.#resources.push(resource) - 1
    this.#resourcePlaces.set(key, place)
    return place
  }

  finish(): LogRecordBatch {
    const count = this.#times.length
    const none = new Uint32Array(count).fill(this.#texts.placeOf(''))
    return {
      strings: this.#texts.texts,
      timesNs: BigInt64Array.from(this.#times),
      observedNs: BigInt64Array.from(this.#observed),
      severityNumbers: Int32Array.from(this.#severityNumbers),
      severityTexts: Uint32Array.from(this.#severityTexts),
      bodies: Uint32Array.from(this.#bodies),
      eventNames: none,
      flags: Uint32Array.from(this.#flags),
      droppedAttributes: new Uint32Array(count),
      traceIds: this.#traceIds.finish(),
      spanIds: this.#spanIds.finish(),
      attributes: {
        ends: Uint32Array.from(this.#ends),
        keys: Uint32Array.from(this.#keys),
        values: Uint32Array.from(this.#values),
      },
      resources: this.#resources,
      resourceIndex: Uint32Array.from(this.#resourceIndex),
      scopes: [SCOPE],
      scopeIndex: new Uint32Array(count),
    }
  }
}
