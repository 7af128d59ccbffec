import { Labels } from '../../model/labels.ts'
import { DETECTED_LEVEL, normalLogLevel } from '../../model/log-level.ts'
import { Problem } from '../../model/problem.ts'
import type { JsonBytes } from '../loki-push/json-bytes.ts'
import type { LabelCache } from '../loki-push/label-cache.ts'
import { LineColumns } from '../loki-push/line-columns.ts'
import { encodeUtf8 } from '../text-codec.ts'
import {
  anyText,
  isMap,
  MAX_DEPTH,
  type AnyValue,
  type Attributes,
  type Scope,
} from './any-value.ts'
import { detectLevel } from './detect-level.ts'
import { labelNameOf } from './label-name.ts'
import type { ActionOf } from './log-rules.ts'
import type { LogTarget } from './log-target.ts'

/**
 * Most characters of structured metadata that a request may have once the attributes of resources and scopes are repeated for each
 * line that has metadata of its own: a short request can ask for any amount.
 */
const MAX_METADATA_CHARACTERS = 32 * 1024 * 1024

/** Of the labels of one stream, as in Loki. */
const MAX_LABELS_CHARACTERS = 16_000

/** Longer texts make slow keys of a table (loki-push/line-columns.ts says why). */
const MAX_KEY_CHARACTERS = 8192

const SERVICE_NAME = 'service_name'
const SEPARATOR = '\uffff'

/** Rules, compiled. */
export interface LogRules {
  readonly resource: ActionOf
  readonly scope: ActionOf
  readonly log: ActionOf
  readonly severityTextAsLabel: boolean
  /** Labels of which the first becomes `service_name` when no `service.name` was sent. */
  readonly serviceNameSources: readonly string[]
}

/** Names and values, one after the other. */
type Pairs = string[]

/**
 * Makes lines of OpenTelemetry's log records by Loki's rules (pkg/loghttp/push/otlp.go, otlplabels): attributes of the resource become
 * labels or structured metadata, those of scopes and records structured metadata. The fields of a record are set one by one, the
 * body is written to `columns`, `end` makes a line of it; nothing is made per line but its structured metadata.
 */
export class LogColumns implements LogTarget {
  readonly columns: LineColumns
  readonly #rules: LogRules
  readonly #cache: LabelCache
  readonly #nowNs: bigint
  #resourceLabels: Pairs = []
  #resourceMetadata: Pairs = []
  /** What all records of the current scope have, and the same sorted. */
  #shared: ReadonlyMap<string, string> = new Map()
  #sharedFlat: Pairs = []
  #stream = -1
  readonly #own: Pairs = []
  readonly #ownLabels: Pairs = []
  /** Sets of metadata of the current scope, by what its records say themselves. */
  readonly #sets = new Map<string, number>()
  #characters = 0
  timeLow = 0
  timeHigh = 0
  observedLow = 0
  observedHigh = 0
  severityNumber = 0
  severityText = ''
  droppedAttributes = 0
  flags = 0
  /** Lower-case hex; empty when it is not there or all zeros. */
  traceId = ''
  spanId = ''
  eventName = ''

  /** `sizeBytes`: about how long all bodies are; `nowNs`: the time of records that have none. */
  constructor(sizeBytes: number, rules: LogRules, cache: LabelCache, nowNs: bigint) {
    this.columns = new LineColumns(sizeBytes)
    this.#rules = rules
    this.#cache = cache
    this.#nowNs = nowNs
  }

  resource(attributes: Attributes): void {
    const labels = new Map<string, string>()
    this.#resourceMetadata = []
    let hasService = false
    for (const [key, value] of attributes) {
      const action = this.#rules.resource(key)
      if (key === 'service.name' && anyText(value) !== '') hasService = true
      if (action === 'drop') continue
      const pairs: Pairs = action === 'index_label' ? [] : this.#resourceMetadata
      this.#flatten(key, value, pairs)
      if (action === 'index_label') setAll(labels, pairs)
    }
    if (!hasService) labels.set(SERVICE_NAME, this.#serviceNameOf(labels))
    this.#resourceLabels = flatOf(labels)
    this.#startScope([])
    this.#stream = -1
  }

  scope({ name, version, attributes, droppedAttributes }: Scope): void {
    const pairs: Pairs = []
    for (const [key, value] of attributes) {
      if (this.#rules.scope(key) === 'structured_metadata') this.#flatten(key, value, pairs)
    }
    if (name !== '') pairs.push('scope_name', name)
    if (version !== '') pairs.push('scope_version', version)
    if (droppedAttributes !== 0) {
      pairs.push('scope_dropped_attributes_count', String(droppedAttributes))
    }
    this.#startScope(pairs)
  }

  /** Before the fields of a record. */
  begin(): void {
    this.timeLow = this.timeHigh = this.observedLow = this.observedHigh = 0
    this.severityNumber = this.droppedAttributes = this.flags = 0
    this.severityText = this.traceId = this.spanId = this.eventName = ''
    this.#own.length = 0
    this.#ownLabels.length = 0
  }

  attribute(key: string, value: AnyValue): void {
    const action = this.#rules.log(key)
    if (action === 'drop') return
    this.#flatten(key, value, action === 'index_label' ? this.#ownLabels : this.#own)
  }

  bodyBytes(source: Uint8Array, start: number, end: number): void {
    this.columns.append(source, start, end)
  }

  bodyEscaped(json: JsonBytes): void {
    this.columns.appendEscaped(json)
  }

  bodyValue(value: AnyValue): void {
    const text = encodeUtf8(anyText(value))
    this.columns.append(text, 0, text.length)
  }

  /** Makes a line of the fields and of what was written to `columns`. */
  end(): void {
    const { columns } = this
    const hasTime = this.timeLow !== 0 || this.timeHigh !== 0
    const hasObserved = this.observedLow !== 0 || this.observedHigh !== 0
    if (hasTime) columns.setTimeWords(this.timeLow, this.timeHigh)
    else if (hasObserved) columns.setTimeWords(this.observedLow, this.observedHigh)
    else columns.setTimeNs(this.#nowNs)
    const hasBoth = hasTime && hasObserved
    this.#addFields(hasBoth)
    columns.endLine(this.#streamOfRecord(), this.#metadataOfRecord(hasBoth))
  }

  #startScope(metadata: Pairs): void {
    const shared = new Map<string, string>()
    setAll(shared, this.#resourceMetadata)
    setAll(shared, metadata)
    this.#shared = shared
    this.#sharedFlat = sortedFlat(shared)
    this.#sets.clear()
  }

  /** What a record says besides attributes. These go before attributes of the same name. */
  #addFields(hasBothTimes: boolean): void {
    const own = this.#own
    if (hasBothTimes) own.push('observed_timestamp', int64Text(this.observedLow, this.observedHigh))
    if (this.severityNumber !== 0) own.push('severity_number', String(this.severityNumber))
    if (this.severityText !== '') {
      own.push('severity_text', this.severityText)
      if (this.#rules.severityTextAsLabel) this.#ownLabels.push('severity_text', this.severityText)
    }
    if (this.droppedAttributes !== 0) {
      own.push('dropped_attributes_count', String(this.droppedAttributes))
    }
    if (this.flags !== 0) own.push('flags', String(this.flags))
    if (this.traceId !== '') own.push('trace_id', this.traceId)
    if (this.spanId !== '') own.push('span_id', this.spanId)
    if (this.eventName !== '') own.push('event_name', this.eventName)
  }

  #streamOfRecord(): number {
    if (this.#ownLabels.length > 0) {
      const labels = new Map<string, string>()
      setAll(labels, this.#resourceLabels)
      setAll(labels, this.#ownLabels)
      return this.columns.stream(this.#labelsOf(flatOf(labels)))
    }
    if (this.#stream < 0) this.#stream = this.columns.stream(this.#labelsOf(this.#resourceLabels))
    return this.#stream
  }

  #labelsOf(flat: Pairs): Labels {
    const key = flat.join(SEPARATOR)
    if (key.length > MAX_LABELS_CHARACTERS) {
      throw new Problem(
        'limit',
        `stream labels size ${key.length} exceeds limit of ${MAX_LABELS_CHARACTERS}`,
      )
    }
    return this.#cache.get(key, () => Labels.fromSortedFlat(flat))
  }

  /**
   * Sets of records that say the same are one. Those with a time of observation are not compared: that they are equal is rare, and to
   * find it out costs as much as all the rest.
   */
  #metadataOfRecord(isOwnTime: boolean): number {
    if (isOwnTime) return this.#newMetadata()
    let key = this.#own.join(SEPARATOR)
    if (this.#ownLabels.length > 0) key += SEPARATOR + this.#ownLabels.join(SEPARATOR)
    if (key.length > MAX_KEY_CHARACTERS) return this.#newMetadata()
    const known = this.#sets.get(key)
    if (known !== undefined) return known
    const made = this.#newMetadata()
    this.#sets.set(key, made)
    return made
  }

  #newMetadata(): number {
    const own = new Map<string, string>()
    setAll(own, this.#own)
    this.#addLevel(own)
    const flat = mergeSorted(this.#sharedFlat, sortedFlat(own))
    if (flat.length === 0) return 0
    let characters = 0
    for (const text of flat) characters += text.length
    this.#spend(characters)
    return this.columns.newMetadataSet(Labels.fromSortedFlat(flat))
  }

  #addLevel(own: Map<string, string>): void {
    const metadata = (name: string): string | undefined => own.get(name) ?? this.#shared.get(name)
    const label = (name: string): string | undefined =>
      valueOf(this.#ownLabels, name) ?? valueOf(this.#resourceLabels, name)
    const given = metadata(DETECTED_LEVEL)
    const level = given === undefined ? detectLevel(label, metadata) : normalLogLevel(given)
    if (level !== undefined) own.set(DETECTED_LEVEL, level)
  }

  #serviceNameOf(labels: ReadonlyMap<string, string>): string {
    for (const name of this.#rules.serviceNameSources) {
      const value = labels.get(name)
      if (value !== undefined && value !== '') return value
    }
    return 'unknown_service'
  }

  /** An attribute as labels: of a map one a leaf, with the names on the way to it joined. Nameless ones are left out. */
  #flatten(key: string, value: AnyValue, out: Pairs, depth = 0): void {
    const name = labelNameOf(key)
    if (name === undefined) return
    if (isMap(value) && depth <= MAX_DEPTH) {
      for (const [inner, each] of value) this.#flatten(`${name}_${inner}`, each, out, depth + 1)
      return
    }
    const text = anyText(value)
    // Counted here, too: names of nested maps repeat the names above them.
    if (depth > 0) this.#spend(name.length + text.length)
    out.push(name, text)
  }

  #spend(characters: number): void {
    this.#characters += characters
    if (this.#characters > MAX_METADATA_CHARACTERS) {
      throw new Problem(
        'limit',
        `the attributes of resources, repeated for each log record, are more than ${MAX_METADATA_CHARACTERS} characters: send fewer records in a request`,
      )
    }
  }
}

function setAll(values: Map<string, string>, pairs: Pairs): void {
  for (let i = 0; i < pairs.length; i += 2) values.set(pairs[i] as string, pairs[i + 1] as string)
}

function sortedFlat(values: ReadonlyMap<string, string>): Pairs {
  const flat: Pairs = []
  for (const name of [...values.keys()].sort()) flat.push(name, values.get(name) ?? '')
  return flat
}

/** Both, sorted; where both have a name, `own` holds. */
function mergeSorted(shared: Pairs, own: Pairs): Pairs {
  const flat: Pairs = []
  let at = 0
  for (let i = 0; i < own.length; i += 2) {
    const name = own[i] as string
    while (at < shared.length && (shared[at] as string) < name) {
      flat.push(shared[at] as string, shared[at + 1] as string)
      at += 2
    }
    if (shared[at] === name) at += 2
    flat.push(name, own[i + 1] as string)
  }
  for (; at < shared.length; at++) flat.push(shared[at] as string)
  return flat
}

/** Labels without a value are none. */
function flatOf(labels: ReadonlyMap<string, string>): Pairs {
  return sortedFlat(new Map([...labels].filter(([, value]) => value !== '')))
}

function valueOf(pairs: Pairs, name: string): string | undefined {
  for (let i = 0; i < pairs.length; i += 2) if (pairs[i] === name) return pairs[i + 1]
  return undefined
}

function int64Text(low: number, high: number): string {
  return String((BigInt(high | 0) << 32n) | BigInt(low))
}
