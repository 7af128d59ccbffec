import type { LogRecordBatch, LogScope } from '../../model/log-records.ts'
import type { JsonBytes } from '../loki-push/json-bytes.ts'
import { decodeUtf8 } from '../text-codec.ts'
import type { AnyValue, Attributes, Scope } from './any-value.ts'
import { AttributeBuilder, attributeText, attributeTexts } from './attribute-columns.ts'
import { clampNs } from './clamp-ns.ts'
import { IdColumn } from './id-column.ts'
import type { LogTarget } from './log-target.ts'
import { TextTable } from './text-table.ts'

/** Gathers log records to a batch, one after the other: `resource`, `scope`, then `begin`, fields and attributes, `end` of each. */
export class LogRecordColumns implements LogTarget {
  timeLow = 0
  timeHigh = 0
  observedLow = 0
  observedHigh = 0
  severityNumber = 0
  severityText = ''
  droppedAttributes = 0
  flags = 0
  traceId = ''
  spanId = ''
  eventName = ''
  readonly #texts = new TextTable()
  readonly #attributes = new AttributeBuilder(this.#texts)
  readonly #times: bigint[] = []
  readonly #observed: bigint[] = []
  readonly #severityNumbers: number[] = []
  readonly #severityTexts: number[] = []
  readonly #bodies: number[] = []
  readonly #eventNames: number[] = []
  readonly #flags: number[] = []
  readonly #dropped: number[] = []
  readonly #traceIds = new IdColumn(16)
  readonly #spanIds = new IdColumn(8)
  readonly #resources: (readonly (readonly [string, string])[])[] = []
  readonly #resourcePlaces = new Map<string, number>()
  readonly #resourceIndex: number[] = []
  #resource = 0
  readonly #scopes: LogScope[] = []
  readonly #scopePlaces = new Map<string, number>()
  readonly #scopeIndex: number[] = []
  #scope = 0
  #body = ''

  resource(attributes: Attributes): void {
    const texts = attributeTexts(attributes)
    const key = JSON.stringify(texts)
    this.#resource = this.#resourcePlaces.get(key) ?? this.#resources.push(texts) - 1
    this.#resourcePlaces.set(key, this.#resource)
  }

  scope({ attributes, ...named }: Scope): void {
    const scope: LogScope = { ...named, attributes: attributeTexts(attributes) }
    const key = JSON.stringify(scope)
    this.#scope = this.#scopePlaces.get(key) ?? this.#scopes.push(scope) - 1
    this.#scopePlaces.set(key, this.#scope)
  }

  begin(): void {
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = 0
    this.severityNumber = this.droppedAttributes = this.flags = 0
    this.severityText = this.traceId = this.spanId = this.eventName = ''
    this.#body = ''
  }

  attribute(key: string, value: AnyValue): void {
    this.#attributes.add(key, value)
  }

  bodyBytes(source: Uint8Array, start: number, end: number): void {
    this.#body = `s${decodeUtf8(source, start, end)}`
  }

  bodyEscaped(json: JsonBytes): void {
    const bytes = new Uint8Array(json.range.end - json.range.start)
    this.#body = `s${decodeUtf8(bytes, 0, json.unescape(bytes, 0))}`
  }

  bodyValue(value: AnyValue): void {
    this.#body = value === null ? '' : attributeText(value)
  }

  end(): void {
    this.#times.push(timeOf(this.timeLow, this.timeHigh))
    this.#observed.push(timeOf(this.observedLow, this.observedHigh))
    this.#severityNumbers.push(this.severityNumber)
    this.#severityTexts.push(this.#texts.placeOf(this.severityText))
    this.#bodies.push(this.#texts.placeOf(this.#body))
    this.#eventNames.push(this.#texts.placeOf(this.eventName))
    this.#flags.push(this.flags)
    this.#dropped.push(this.droppedAttributes)
    setHex(this.#traceIds.next(), this.traceId)
    setHex(this.#spanIds.next(), this.spanId)
    this.#resourceIndex.push(this.#resource)
    this.#scopeIndex.push(this.#scope)
    this.#attributes.end()
  }

  finish(): LogRecordBatch {
    return {
      strings: this.#texts.texts,
      timesNs: BigInt64Array.from(this.#times),
      observedNs: BigInt64Array.from(this.#observed),
      severityNumbers: Int32Array.from(this.#severityNumbers),
      severityTexts: Uint32Array.from(this.#severityTexts),
      bodies: Uint32Array.from(this.#bodies),
      eventNames: Uint32Array.from(this.#eventNames),
      flags: Uint32Array.from(this.#flags),
      droppedAttributes: Uint32Array.from(this.#dropped),
      traceIds: this.#traceIds.finish(),
      spanIds: this.#spanIds.finish(),
      attributes: this.#attributes.finish(),
      resources: this.#resources,
      resourceIndex: Uint32Array.from(this.#resourceIndex),
      scopes: this.#scopes,
      scopeIndex: Uint32Array.from(this.#scopeIndex),
    }
  }
}

function timeOf(low: number, high: number): bigint {
  return clampNs((BigInt(high) << 32n) | BigInt(low))
}

function setHex(to: Uint8Array, hex: string): void {
  for (let i = 0; i * 2 < hex.length; i++) to[i] = Number.parseInt(hex.slice(i * 2, i * 2 + 2), 16)
}
