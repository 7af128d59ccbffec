import type { SpanBatch, SpanScope } from '../../model/spans.ts'
import type { Attributes, Scope } from './any-value.ts'
import { AttributeBuilder, attributeTexts } from './attribute-columns.ts'
import { clampNs } from './clamp-ns.ts'
import { cutText } from './cut-text.ts'
import { IdColumn } from './id-column.ts'
import { Int64Column } from './int64-column.ts'
import { NO_ID } from './protobuf-values.ts'
import { TextTable } from './text-table.ts'
import { Uint32Column } from './uint32-column.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8
const LOW_WORD = 0xffffffffn
/** The largest signed number of 64 bits, in words: times are unsigned on the wire. */
const MOST_HIGH = 0x7fffffff
const MOST_LOW = 0xffffffff
/** Tempo's `distributor.max_attribute_bytes`. */
const MAX_ATTRIBUTE_BYTES = 2048

/** Keys and texts of attributes that were too long, by what they belong to. */
export type TruncatedAttributes = Readonly<
  Record<'resource' | 'scope' | 'span' | 'event' | 'link', number>
>

/** What is known of the event that is being read. */
export interface EventDraft {
  timeNs: bigint
  name: string
}

/** What is known of the link that is being read. */
export interface LinkDraft {
  traceId: Uint8Array
  spanId: Uint8Array
  state: string
}

/** What is known of the span that is being read, besides its attributes, events and links. */
export class SpanDraft {
  traceId: Uint8Array = NO_ID
  spanId: Uint8Array = NO_ID
  parentId: Uint8Array = NO_ID
  state = ''
  name = ''
  /** Where the name lies in UTF-8, instead of `name`. */
  nameBytes: Uint8Array | undefined
  nameStart = 0
  nameEnd = 0
  kind = 0
  /** Unix nanoseconds, unsigned, in words of 32 bits. */
  startLow = 0
  startHigh = 0
  endLow = 0
  endHigh = 0
  status = 0
  message = ''
  /** Room for ids that are read from elsewhere. */
  readonly traceRoom = new Uint8Array(TRACE_ID_BYTES)
  readonly spanRoom = new Uint8Array(SPAN_ID_BYTES)
  readonly parentRoom = new Uint8Array(SPAN_ID_BYTES)

  set startNs(timeNs: bigint) {
    this.startLow = Number(timeNs & LOW_WORD)
    this.startHigh = Number((timeNs >> 32n) & LOW_WORD)
  }

  set endNs(timeNs: bigint) {
    this.endLow = Number(timeNs & LOW_WORD)
    this.endHigh = Number((timeNs >> 32n) & LOW_WORD)
  }

  /** Another span is read: nothing is known. */
  begin(): void {
    this.traceId = this.spanId = this.parentId = NO_ID
    this.state = this.name = this.message = ''
    this.nameBytes = undefined
    this.kind = this.status = 0
    this.startLow = this.startHigh = this.endLow = this.endHigh = 0
  }
}

/**
 * Gathers the spans of a request. Spans without a valid id are counted and left out: what they would belong to cannot be known. A span
 * that ends before it starts has no duration.
 */
export class SpanColumns {
  readonly #texts = new TextTable()
  readonly #traceIds = new IdColumn(TRACE_ID_BYTES)
  readonly #spanIds = new IdColumn(SPAN_ID_BYTES)
  readonly #parentIds = new IdColumn(SPAN_ID_BYTES)
  readonly #starts = new Int64Column()
  readonly #durations = new Int64Column()
  readonly #names = new Uint32Column()
  readonly #kinds: number[] = []
  readonly #statuses: number[] = []
  readonly #messages = new Uint32Column()
  readonly #states = new Uint32Column()
  readonly #maxAttributeBytes: number
  readonly attributes: AttributeBuilder
  readonly eventAttributes: AttributeBuilder
  readonly linkAttributes: AttributeBuilder
  #cutOfResources = 0
  #cutOfScopes = 0
  readonly #resources: (readonly (readonly [string, string])[])[] = []
  readonly #resourcePlaces = new Map<string, number>()
  readonly #resourceIndex = new Uint32Column()
  #resource = 0
  readonly #scopes: SpanScope[] = []
  readonly #scopePlaces = new Map<string, number>()
  readonly #scopeIndex = new Uint32Column()
  #scope = 0
  readonly #eventEnds = new Uint32Column()
  readonly #eventTimes: bigint[] = []
  readonly #eventNames = new Uint32Column()
  readonly #linkEnds = new Uint32Column()
  readonly #linkTraceIds = new IdColumn(TRACE_ID_BYTES)
  readonly #linkSpanIds = new IdColumn(SPAN_ID_BYTES)
  readonly #linkStates = new Uint32Column()

  /** Keys and texts of attributes that are longer than `maxAttributeBytes` in UTF-8 are cut. */
  constructor(maxAttributeBytes: number = MAX_ATTRIBUTE_BYTES) {
    this.#maxAttributeBytes = maxAttributeBytes
    this.attributes = new AttributeBuilder(this.#texts, maxAttributeBytes)
    this.eventAttributes = new AttributeBuilder(this.#texts, maxAttributeBytes)
    this.linkAttributes = new AttributeBuilder(this.#texts, maxAttributeBytes)
  }

  /** How many keys and texts were cut. */
  get truncated(): TruncatedAttributes {
    return {
      resource: this.#cutOfResources,
      scope: this.#cutOfScopes,
      span: this.attributes.truncated,
      event: this.eventAttributes.truncated,
      link: this.linkAttributes.truncated,
    }
  }

  #cut(attributes: Attributes): { readonly kept: Attributes; readonly count: number } {
    let count = 0
    const cut = (text: string): string => {
      const kept = cutText(text, this.#maxAttributeBytes)
      if (kept !== text) count++
      return kept
    }
    const kept = attributes.map(
      ([key, value]) => [cut(key), typeof value === 'string' ? cut(value) : value] as const,
    )
    return { kept, count }
  }

  /** The spans that follow are of this resource. */
  resource(attributes: Attributes): void {
    const { kept, count } = this.#cut(attributes)
    this.#cutOfResources += count
    const texts = attributeTexts(kept)
    const key = JSON.stringify(texts)
    this.#resource = this.#resourcePlaces.get(key) ?? this.#resources.push(texts) - 1
    this.#resourcePlaces.set(key, this.#resource)
  }

  /** The spans that follow are of this scope. */
  scope({ name, version, attributes }: Scope): void {
    const { kept, count } = this.#cut(attributes)
    this.#cutOfScopes += count
    const scope: SpanScope = { name, version, attributes: attributeTexts(kept) }
    const key = JSON.stringify(scope)
    this.#scope = this.#scopePlaces.get(key) ?? this.#scopes.push(scope) - 1
    this.#scopePlaces.set(key, this.#scope)
  }

  /** Ends an event of the span that is being read. */
  event({ timeNs, name }: EventDraft): void {
    this.#eventTimes.push(clampNs(timeNs))
    this.#eventNames.push(this.#texts.placeOf(name))
    this.eventAttributes.end()
  }

  /** Ends a link of the span that is being read. */
  link({ traceId, spanId, state }: LinkDraft): void {
    this.#linkTraceIds.push(traceId)
    this.#linkSpanIds.push(spanId)
    this.#linkStates.push(this.#texts.placeOf(state))
    this.linkAttributes.end()
  }

  /** Spans that were left out. */
  refused = 0

  /** Ends a span. */
  span(span: SpanDraft): void {
    if (isNothing(span.traceId) || isNothing(span.spanId)) {
      this.refused++
      this.#discard()
      return
    }
    this.#traceIds.push(span.traceId)
    this.#spanIds.push(span.spanId)
    this.#parentIds.push(span.parentId)
    this.#pushTimes(span)
    this.#names.push(this.#nameOf(span))
    this.#kinds.push(span.kind >= 0 && span.kind <= 5 ? span.kind : 0)
    this.#statuses.push(span.status >= 0 && span.status <= 2 ? span.status : 0)
    this.#messages.push(this.#texts.placeOf(span.message))
    this.#states.push(this.#texts.placeOf(span.state))
    this.#resourceIndex.push(this.#resource)
    this.#scopeIndex.push(this.#scope)
    this.attributes.end()
    this.#eventEnds.push(this.#eventTimes.length)
    this.#linkEnds.push(this.#linkStates.length)
  }

  #pushTimes(span: SpanDraft): void {
    const isLate = span.startHigh > MOST_HIGH
    const startLow = isLate ? MOST_LOW : span.startLow
    const startHigh = isLate ? MOST_HIGH : span.startHigh
    const isEndLate = span.endHigh > MOST_HIGH
    const endLow = isEndLate ? MOST_LOW : span.endLow
    const endHigh = isEndLate ? MOST_HIGH : span.endHigh
    this.#starts.push(startLow, startHigh)
    if (endHigh < startHigh || (endHigh === startHigh && endLow < startLow)) {
      this.#durations.push(0, 0)
    } else {
      const borrow = endLow < startLow ? 1 : 0
      this.#durations.push((endLow - startLow) >>> 0, endHigh - startHigh - borrow)
    }
  }

  #nameOf({ name, nameBytes, nameStart, nameEnd }: SpanDraft): number {
    return nameBytes
      ? this.#texts.placeOfBytes(nameBytes, nameStart, nameEnd, '')
      : this.#texts.placeOf(name)
  }

  /** Forgets what was read of a span that is left out. */
  #discard(): void {
    const events = this.#eventEnds.last
    const links = this.#linkEnds.last
    this.attributes.cutTo(this.#starts.length)
    this.#eventTimes.length = events
    this.#eventNames.cutTo(events)
    this.eventAttributes.cutTo(events)
    this.#linkTraceIds.cutTo(links)
    this.#linkSpanIds.cutTo(links)
    this.#linkStates.cutTo(links)
    this.linkAttributes.cutTo(links)
  }

  finish(): SpanBatch {
    return {
      strings: this.#texts.texts,
      traceIds: this.#traceIds.finish(),
      spanIds: this.#spanIds.finish(),
      parentIds: this.#parentIds.finish(),
      startsNs: this.#starts.finish(),
      durationsNs: this.#durations.finish(),
      names: this.#names.finish(),
      kinds: Uint8Array.from(this.#kinds),
      statuses: Uint8Array.from(this.#statuses),
      messages: this.#messages.finish(),
      states: this.#states.finish(),
      attributes: this.attributes.finish(),
      resources: this.#resources,
      resourceIndex: this.#resourceIndex.finish(),
      scopes: this.#scopes,
      scopeIndex: this.#scopeIndex.finish(),
      events: {
        ends: this.#eventEnds.finish(),
        timesNs: BigInt64Array.from(this.#eventTimes),
        names: this.#eventNames.finish(),
        attributes: this.eventAttributes.finish(),
      },
      links: {
        ends: this.#linkEnds.finish(),
        traceIds: this.#linkTraceIds.finish(),
        spanIds: this.#linkSpanIds.finish(),
        states: this.#linkStates.finish(),
        attributes: this.linkAttributes.finish(),
      },
    }
  }
}

function isNothing(id: Uint8Array): boolean {
  for (const byte of id) if (byte !== 0) return false
  return true
}
