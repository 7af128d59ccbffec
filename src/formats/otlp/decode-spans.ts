import type { SpanBatch } from '../../model/spans.ts'
import type { JsonBytes } from '../loki-push/json-bytes.ts'
import { WIRE_BYTES, WIRE_FIXED64, WIRE_VARINT, type ProtoReader } from '../proto-reader.ts'
import { addAttribute } from './add-attribute.ts'
import type { AttributeBuilder } from './attribute-columns.ts'
import {
  camelCase,
  readEnum,
  readHexId,
  readInteger,
  readJsonAttributes,
  readString,
  walkJson,
  type JsonNames,
  type JsonVisitor,
} from './json-values.ts'
import {
  NO_ID,
  readId,
  readIdInto,
  readText,
  readTime,
  walkProtobuf,
  type ProtobufVisitor,
} from './protobuf-values.ts'
import {
  SpanColumns,
  SpanDraft,
  type EventDraft,
  type LinkDraft,
  type TruncatedAttributes,
} from './span-columns.ts'

const NAMES: JsonNames = { resources: 'resourceSpans', scopes: 'scopeSpans', records: 'spans' }
const TRACE_ID_BYTES = 16
const SPAN_ID_BYTES = 8

/** The spans of a request, and how many were left out because they have no id. */
export interface DecodedSpans {
  readonly batch: SpanBatch
  readonly refused: number
  /** Attributes are cut at `maxAttributeBytes`. */
  readonly truncated: TruncatedAttributes
}

/**
 * Decodes requests of OTLP for traces (opentelemetry-proto, `ExportTraceServiceRequest`) in protobuf. Throws a `Problem` of code `bad_data` for
 * anything malformed, ids of a wrong length included.
 */
export function decodeSpans(bytes: Uint8Array, maxAttributeBytes?: number): DecodedSpans {
  const columns = new SpanColumns(maxAttributeBytes)
  walkProtobuf(bytes, new ProtobufSpans(columns))
  return { batch: columns.finish(), refused: columns.refused, truncated: columns.truncated }
}

/** The same in OTLP's JSON. */
export function decodeSpansJson(bytes: Uint8Array, maxAttributeBytes?: number): DecodedSpans {
  const columns = new SpanColumns(maxAttributeBytes)
  walkJson(bytes, NAMES, new JsonSpans(columns))
  return { batch: columns.finish(), refused: columns.refused, truncated: columns.truncated }
}

const TRACE_ID = (1 << 3) | WIRE_BYTES
const SPAN_ID = (2 << 3) | WIRE_BYTES
const STATE = (3 << 3) | WIRE_BYTES
const PARENT_ID = (4 << 3) | WIRE_BYTES
const NAME = (5 << 3) | WIRE_BYTES
const KIND = (6 << 3) | WIRE_VARINT
const START = (7 << 3) | WIRE_FIXED64
const END = (8 << 3) | WIRE_FIXED64
const ATTRIBUTES = (9 << 3) | WIRE_BYTES
const EVENTS = (11 << 3) | WIRE_BYTES
const LINKS = (13 << 3) | WIRE_BYTES
const STATUS = (15 << 3) | WIRE_BYTES

const EVENT_TIME = (1 << 3) | WIRE_FIXED64
const EVENT_NAME = (2 << 3) | WIRE_BYTES
const EVENT_ATTRIBUTES = (3 << 3) | WIRE_BYTES
const LINK_ATTRIBUTES = (4 << 3) | WIRE_BYTES
const STATUS_MESSAGE = (2 << 3) | WIRE_BYTES
const STATUS_CODE = (3 << 3) | WIRE_VARINT

class ProtobufSpans implements ProtobufVisitor {
  readonly out: SpanColumns
  readonly #draft = new SpanDraft()

  constructor(out: SpanColumns) {
    this.out = out
  }

  record(reader: ProtoReader, end: number): void {
    const span = this.#draft
    span.begin()
    while (reader.position < end) {
      const tag = reader.varint32(end)
      switch (tag) {
        case ATTRIBUTES:
          addAttribute(reader, reader.delimited(end), this.out.attributes)
          break
        case EVENTS:
          this.#event(reader, reader.delimited(end))
          break
        case LINKS:
          this.#link(reader, reader.delimited(end))
          break
        case STATUS:
          readStatus(reader, reader.delimited(end), span)
          break
        default:
          readSpanField(reader, tag, end, span)
      }
    }
    this.out.span(span)
  }

  #event(reader: ProtoReader, end: number): void {
    const event: EventDraft = { timeNs: 0n, name: '' }
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === EVENT_TIME) event.timeNs = readTime(reader, end)
      else if (tag === EVENT_NAME) event.name = readText(reader, reader.delimited(end))
      else if (tag === EVENT_ATTRIBUTES)
        addAttribute(reader, reader.delimited(end), this.out.eventAttributes)
      else reader.skip(tag, end)
    }
    this.out.event(event)
  }

  #link(reader: ProtoReader, end: number): void {
    const link: LinkDraft = { traceId: NO_ID, spanId: NO_ID, state: '' }
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === TRACE_ID) link.traceId = readId(reader, end, TRACE_ID_BYTES, 'trace_id')
      else if (tag === SPAN_ID) link.spanId = readId(reader, end, SPAN_ID_BYTES, 'span_id')
      else if (tag === STATE) link.state = readText(reader, reader.delimited(end))
      else if (tag === LINK_ATTRIBUTES)
        addAttribute(reader, reader.delimited(end), this.out.linkAttributes)
      else reader.skip(tag, end)
    }
    this.out.link(link)
  }
}

function readSpanField(reader: ProtoReader, tag: number, end: number, span: SpanDraft): void {
  switch (tag) {
    case TRACE_ID:
      span.traceId = readIdInto(span.traceRoom, reader, end, 'trace_id')
      return
    case SPAN_ID:
      span.spanId = readIdInto(span.spanRoom, reader, end, 'span_id')
      return
    case PARENT_ID:
      span.parentId = readIdInto(span.parentRoom, reader, end, 'parent_span_id')
      return
    case STATE:
      span.state = readText(reader, reader.delimited(end))
      return
    case NAME: {
      const nameEnd = reader.delimited(end)
      span.nameBytes = reader.bytes
      span.nameStart = reader.position
      span.nameEnd = nameEnd
      reader.position = nameEnd
      return
    }
    case KIND:
      span.kind = reader.varint32(end)
      return
    case START:
      reader.fixed64(end)
      span.startLow = reader.low
      span.startHigh = reader.high
      return
    case END:
      reader.fixed64(end)
      span.endLow = reader.low
      span.endHigh = reader.high
      return
    default:
      reader.skip(tag, end)
  }
}

function readStatus(reader: ProtoReader, end: number, span: SpanDraft): void {
  while (reader.position < end) {
    const tag = reader.varint32(end)
    if (tag === STATUS_MESSAGE) span.message = readText(reader, reader.delimited(end))
    else if (tag === STATUS_CODE) span.status = reader.varint32(end)
    else reader.skip(tag, end)
  }
}

class JsonSpans implements JsonVisitor {
  readonly out: SpanColumns

  constructor(out: SpanColumns) {
    this.out = out
  }

  record(json: JsonBytes): void {
    const span = new SpanDraft()
    json.object('a span', (key) => {
      const name = camelCase(key)
      switch (name) {
        case 'attributes':
          addAll(json, this.out.attributes)
          break
        case 'events':
          if (!json.takeNull()) json.array('events', () => this.#event(json))
          break
        case 'links':
          if (!json.takeNull()) json.array('links', () => this.#link(json))
          break
        case 'status':
          readJsonStatus(json, span)
          break
        default:
          readJsonField(json, name, span)
      }
    })
    this.out.span(span)
  }

  #event(json: JsonBytes): void {
    const event: EventDraft = { timeNs: 0n, name: '' }
    json.object('an event', (key) => {
      const name = camelCase(key)
      if (name === 'timeUnixNano') event.timeNs = readInteger(json, name)
      else if (name === 'name') event.name = readString(json, name)
      else if (name === 'attributes') addAll(json, this.out.eventAttributes)
      else json.skip()
    })
    this.out.event(event)
  }

  #link(json: JsonBytes): void {
    const link: LinkDraft = { traceId: NO_ID, spanId: NO_ID, state: '' }
    json.object('a link', (key) => {
      const name = camelCase(key)
      if (name === 'traceId') link.traceId = readHexId(json, TRACE_ID_BYTES, name)
      else if (name === 'spanId') link.spanId = readHexId(json, SPAN_ID_BYTES, name)
      else if (name === 'traceState') link.state = readString(json, name)
      else if (name === 'attributes') addAll(json, this.out.linkAttributes)
      else json.skip()
    })
    this.out.link(link)
  }
}

function readJsonField(json: JsonBytes, name: string, span: SpanDraft): void {
  switch (name) {
    case 'traceId':
      span.traceId = readHexId(json, TRACE_ID_BYTES, name)
      return
    case 'spanId':
      span.spanId = readHexId(json, SPAN_ID_BYTES, name)
      return
    case 'parentSpanId':
      span.parentId = readHexId(json, SPAN_ID_BYTES, name)
      return
    case 'traceState':
      span.state = readString(json, name)
      return
    case 'name':
      span.name = readString(json, name)
      return
    case 'kind':
      span.kind = readEnum(json, name, KINDS)
      return
    case 'startTimeUnixNano':
      span.startNs = readInteger(json, name)
      return
    case 'endTimeUnixNano':
      span.endNs = readInteger(json, name)
      return
    default:
      json.skip()
  }
}

const KINDS = [
  ...['SPAN_KIND_UNSPECIFIED', 'SPAN_KIND_INTERNAL', 'SPAN_KIND_SERVER'],
  ...['SPAN_KIND_CLIENT', 'SPAN_KIND_PRODUCER', 'SPAN_KIND_CONSUMER'],
]
const CODES = ['STATUS_CODE_UNSET', 'STATUS_CODE_OK', 'STATUS_CODE_ERROR']

function readJsonStatus(json: JsonBytes, span: SpanDraft): void {
  if (json.takeNull()) return
  json.object('a status', (key) => {
    if (key === 'code') span.status = readEnum(json, key, CODES)
    else if (key === 'message') span.message = readString(json, key)
    else json.skip()
  })
}

function addAll(json: JsonBytes, attributes: AttributeBuilder): void {
  for (const [key, value] of readJsonAttributes(json)) attributes.add(key, value)
}
