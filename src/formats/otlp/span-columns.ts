import type { SpanBatch, SpanScope } from '../../model/spans.ts'
import type { Attributes, Scope } from './any-value.ts'
import { AttributeBuilder, attributeTexts, TextTable } from './attribute-columns.ts'
import { clampNs } from './clamp-ns.ts'
import { IdColumn, setId } from './id-column.ts'

const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

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
  traceId: Uint8Array = new Uint8Array()
  spanId: Uint8Array = new Uint8Array()
  parentId: Uint8Array = new Uint8Array()
  state = ''
  name = ''
  kind = 0
  startNs = 0n
  endNs = 0n
  status = 0
  message = ''
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
  readonly #starts: bigint[] = []
  readonly #durations: bigint[] = []
  readonly #names: number[] = []
  readonly #kinds: number[] = []
  readonly #statuses: number[] = []
  readonly #messages: number[] = []
  readonly #states: number[] = []
  readonly attributes = new AttributeBuilder(this.#texts)
  readonly eventAttributes = new AttributeBuilder(this.#texts)
  readonly linkAttributes = new AttributeBuilder(this.#texts)
  readonly #resources: (readonly (readonly [string, string])[])[] = []
  readonly #resourcePlaces = new Map<string, number>()
  readonly #resourceIndex: number[] = []
  #resource = 0
  readonly #scopes: SpanScope[] = []
  readonly #scopePlaces = new Map<string, number>()
  readonly #scopeIndex: number[] = []
  #scope = 0
  readonly #eventEnds: number[] = []
  readonly #eventTimes: bigint[] = []
  readonly #eventNames: number[] = []
  readonly #linkEnds: number[] = []
  readonly #linkTraceIds = new IdColumn(TRACE_ID_BYTES)
  readonly #linkSpanIds = new IdColumn(SPAN_ID_BYTES)
  readonly #linkStates: number[] = []

  /** The spans that follow are of this resource. */
  resource(attributes: Attributes): void {
    const texts = attributeTexts(attributes)
    const key = JSON.stringify(texts)
    this.#resource = this.#resourcePlaces.get(key) ?? this.#resources.push(texts) - 1
    this.#resourcePlaces.set(key, this.#resource)
  }

  /** The spans that follow are of this scope. */
  scope({ name, version, attributes }: Scope): void {
    const scope: SpanScope = { name, version, attributes: attributeTexts(attributes) }
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
    setId(this.#linkTraceIds.next(), traceId)
    setId(this.#linkSpanIds.next(), spanId)
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
    setId(this.#traceIds.next(), span.traceId)
    setId(this.#spanIds.next(), span.spanId)
    setId(this.#parentIds.next(), span.parentId)
    const startNs = clampNs(span.startNs)
    const endNs = clampNs(span.endNs)
    this.#starts.push(startNs)
    this.#durations.push(endNs > startNs ? endNs - startNs : 0n)
    this.#names.push(this.#texts.placeOf(span.name))
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

  /** Forgets what was read of a span that is left out. */
  #discard(): void {
    const events = this.#eventEnds.at(-1) ?? 0
    const links = this.#linkEnds.at(-1) ?? 0
    this.attributes.cutTo(this.#starts.length)
    this.#eventTimes.length = events
    this.#eventNames.length = events
    this.eventAttributes.cutTo(events)
    this.#linkTraceIds.cutTo(links)
    this.#linkSpanIds.cutTo(links)
    this.#linkStates.length = links
    this.linkAttributes.cutTo(links)
  }

  finish(): SpanBatch {
    return {
      strings: this.#texts.texts,
      traceIds: this.#traceIds.finish(),
      spanIds: this.#spanIds.finish(),
      parentIds: this.#parentIds.finish(),
      startsNs: BigInt64Array.from(this.#starts),
      durationsNs: BigInt64Array.from(this.#durations),
      names: Uint32Array.from(this.#names),
      kinds: Uint8Array.from(this.#kinds),
      statuses: Uint8Array.from(this.#statuses),
      messages: Uint32Array.from(this.#messages),
      states: Uint32Array.from(this.#states),
      attributes: this.attributes.finish(),
      resources: this.#resources,
      resourceIndex: Uint32Array.from(this.#resourceIndex),
      scopes: this.#scopes,
      scopeIndex: Uint32Array.from(this.#scopeIndex),
      events: {
        ends: Uint32Array.from(this.#eventEnds),
        timesNs: BigInt64Array.from(this.#eventTimes),
        names: Uint32Array.from(this.#eventNames),
        attributes: this.eventAttributes.finish(),
      },
      links: {
        ends: Uint32Array.from(this.#linkEnds),
        traceIds: this.#linkTraceIds.finish(),
        spanIds: this.#linkSpanIds.finish(),
        states: Uint32Array.from(this.#linkStates),
        attributes: this.linkAttributes.finish(),
      },
    }
  }
}

function isNothing(id: Uint8Array): boolean {
  return id.every((byte) => byte === 0)
}
