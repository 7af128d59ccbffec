import type { LogBatch } from '../../model/lines.ts'
import type { LogRecordBatch } from '../../model/log-records.ts'
import { Problem } from '../../model/problem.ts'
import type { JsonBytes } from '../loki-push/json-bytes.ts'
import { LabelCache } from '../loki-push/label-cache.ts'
import {
  WIRE_BYTES,
  WIRE_FIXED32,
  WIRE_FIXED64,
  WIRE_VARINT,
  type ProtoReader,
} from '../proto-reader.ts'
import {
  camelCase,
  readInteger,
  readJsonAnyValue,
  readJsonAttributes,
  readString,
  walkJson,
  type JsonNames,
  type JsonVisitor,
} from './json-values.ts'
import { LogColumns, type LogRules } from './log-columns.ts'
import type { LogTarget } from './log-target.ts'
import { replayRecords } from './replay-records.ts'
import {
  compileRules,
  DEFAULT_OTLP_LOG_SETTINGS,
  SERVICE_NAME_SOURCES,
  type OtlpLogSettings,
} from './log-rules.ts'
import {
  readAnyValue,
  readKeyValue,
  readText,
  walkProtobuf,
  type ProtobufVisitor,
} from './protobuf-values.ts'

const NAMES: JsonNames = { resources: 'resourceLogs', scopes: 'scopeLogs', records: 'logRecords' }

/**
 * Decodes requests of OTLP for logs (opentelemetry-proto, `ExportLogsServiceRequest`) to lines, by the rules of Loki. Remembers streams:
 * one that comes again has the same `Labels` object again. Throws a `Problem`: `bad_data` for anything malformed, `limit` when
 * the attributes repeated for each line would be too many.
 */
export class OtlpLogDecoder {
  readonly #labels = new LabelCache()
  #settings: OtlpLogSettings | undefined
  #rules: LogRules | undefined

  /** `nowNs` is the time of records that have none. */
  protobuf(bytes: Uint8Array, nowNs: bigint, settings?: OtlpLogSettings): LogBatch {
    const out = new LogColumns(bytes.length, this.#rulesOf(settings), this.#labels, nowNs)
    readLogs(bytes, out)
    return out.columns.finish()
  }

  json(bytes: Uint8Array, nowNs: bigint, settings?: OtlpLogSettings): LogBatch {
    const out = new LogColumns(bytes.length, this.#rulesOf(settings), this.#labels, nowNs)
    readLogsJson(bytes, out)
    return out.columns.finish()
  }

  /** Lines of records that were decoded before. */
  records(batch: LogRecordBatch, nowNs: bigint, settings?: OtlpLogSettings): LogBatch {
    const out = new LogColumns(
      batch.timesNs.length * 64,
      this.#rulesOf(settings),
      this.#labels,
      nowNs,
    )
    replayRecords(batch, out)
    return out.columns.finish()
  }

  /** Compiled once as long as the settings are the same object. */
  #rulesOf(settings: OtlpLogSettings = DEFAULT_OTLP_LOG_SETTINGS): LogRules {
    if (this.#rules !== undefined && this.#settings === settings) return this.#rules
    this.#settings = settings
    this.#rules = {
      resource: compileRules(settings.resource),
      scope: compileRules(settings.scope),
      log: compileRules(settings.log),
      severityTextAsLabel: settings.severityTextAsLabel,
      serviceNameSources: SERVICE_NAME_SOURCES,
    }
    return this.#rules
  }
}

/** Reads a request in protobuf into `target`. Throws a `Problem` of code `bad_data`. */
export function readLogs(bytes: Uint8Array, target: LogTarget): void {
  walkProtobuf(bytes, new ProtobufRecords(target))
}

/** The same in OTLP's JSON. */
export function readLogsJson(bytes: Uint8Array, target: LogTarget): void {
  walkJson(bytes, NAMES, new JsonRecords(target))
}

const TIME = (1 << 3) | WIRE_FIXED64
const SEVERITY_NUMBER = (2 << 3) | WIRE_VARINT
const SEVERITY_TEXT = (3 << 3) | WIRE_BYTES
const BODY = (5 << 3) | WIRE_BYTES
const ATTRIBUTES = (6 << 3) | WIRE_BYTES
const DROPPED = (7 << 3) | WIRE_VARINT
const FLAGS = (8 << 3) | WIRE_FIXED32
const TRACE_ID = (9 << 3) | WIRE_BYTES
const SPAN_ID = (10 << 3) | WIRE_BYTES
const OBSERVED = (11 << 3) | WIRE_FIXED64
const EVENT_NAME = (12 << 3) | WIRE_BYTES
/** In an `AnyValue`. */
const STRING_VALUE = (1 << 3) | WIRE_BYTES

class ProtobufRecords implements ProtobufVisitor {
  readonly out: LogTarget

  constructor(out: LogTarget) {
    this.out = out
  }

  record(reader: ProtoReader, end: number): void {
    const out = this.out
    out.begin()
    let hasBody = false
    while (reader.position < end) {
      const tag = reader.varint32(end)
      if (tag === BODY && !hasBody) {
        hasBody = true
        this.#body(reader, reader.delimited(end))
      } else if (tag === ATTRIBUTES) {
        const [key, value] = readKeyValue(reader, reader.delimited(end))
        out.attribute(key, value)
      } else this.#field(reader, tag, end)
    }
    out.end()
  }

  #field(reader: ProtoReader, tag: number, end: number): void {
    const out = this.out
    switch (tag) {
      case TIME:
        reader.fixed64(end)
        out.timeLow = reader.low
        out.timeHigh = reader.high
        return
      case OBSERVED:
        reader.fixed64(end)
        out.observedLow = reader.low
        out.observedHigh = reader.high
        return
      case SEVERITY_NUMBER:
        reader.varint64(end)
        out.severityNumber = reader.low | 0
        return
      case SEVERITY_TEXT:
        out.severityText = readText(reader, reader.delimited(end))
        return
      case DROPPED:
        out.droppedAttributes = reader.varint32(end)
        return
      case FLAGS:
        out.flags = reader.fixed32(end)
        return
      case TRACE_ID:
        out.traceId = readId(reader, reader.delimited(end), 16, 'trace_id')
        return
      case SPAN_ID:
        out.spanId = readId(reader, reader.delimited(end), 8, 'span_id')
        return
      case EVENT_NAME:
        out.eventName = readText(reader, reader.delimited(end))
        return
      default:
        reader.skip(tag, end)
    }
  }

  /** A text, the usual body, is copied as it lies there. */
  #body(reader: ProtoReader, end: number): void {
    const start = reader.position
    if (start < end && reader.varint32(end) === STRING_VALUE) {
      const textEnd = reader.delimited(end)
      if (textEnd === end) {
        this.out.bodyBytes(reader.bytes, reader.position, end)
        reader.position = end
        return
      }
    }
    reader.position = start
    this.out.bodyValue(readAnyValue(reader, end))
  }
}

const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'))

/** An id in hex; empty when there is none, or only zeros. Ids of another length are an error, as in the collector. */
function readId(reader: ProtoReader, end: number, sizeBytes: number, field: string): string {
  const { bytes, position } = reader
  reader.position = end
  const length = end - position
  if (length === 0) return ''
  if (length !== sizeBytes) {
    throw new Problem('bad_data', `proto: ${field} has ${length} bytes, not ${sizeBytes}`)
  }
  let text = ''
  let some = 0
  for (let i = position; i < end; i++) {
    const byte = bytes[i] as number
    some |= byte
    text += HEX[byte]
  }
  return some === 0 ? '' : text
}

class JsonRecords implements JsonVisitor {
  readonly out: LogTarget

  constructor(out: LogTarget) {
    this.out = out
  }

  record(json: JsonBytes): void {
    const out = this.out
    out.begin()
    let hasBody = false
    json.object('a log record', (key) => {
      const name = camelCase(key)
      if (name === 'body' && !hasBody) {
        hasBody = true
        this.#body(json)
      } else if (name === 'attributes') {
        for (const [attribute, value] of readJsonAttributes(json)) out.attribute(attribute, value)
      } else this.#field(json, name)
    })
    out.end()
  }

  #field(json: JsonBytes, name: string): void {
    const out = this.out
    switch (name) {
      case 'timeUnixNano': {
        const ns = readInteger(json, name)
        out.timeLow = Number(BigInt.asUintN(32, ns))
        out.timeHigh = Number(BigInt.asUintN(32, ns >> 32n))
        return
      }
      case 'observedTimeUnixNano': {
        const ns = readInteger(json, name)
        out.observedLow = Number(BigInt.asUintN(32, ns))
        out.observedHigh = Number(BigInt.asUintN(32, ns >> 32n))
        return
      }
      case 'severityNumber':
        out.severityNumber = readSeverity(json)
        return
      case 'severityText':
        out.severityText = readString(json, name)
        return
      case 'droppedAttributesCount':
        out.droppedAttributes = Number(readInteger(json, name))
        return
      case 'flags':
        out.flags = Number(BigInt.asUintN(32, readInteger(json, name)))
        return
      case 'traceId':
        out.traceId = readHexId(json, 16, name)
        return
      case 'spanId':
        out.spanId = readHexId(json, 8, name)
        return
      case 'eventName':
        out.eventName = readString(json, name)
        return
      default:
        json.skip()
    }
  }

  #body(json: JsonBytes): void {
    json.peek()
    const start = json.at
    if (isPlainText(json)) {
      const { start: from, end, hasEscapes } = json.range
      if (hasEscapes) this.out.bodyEscaped(json)
      else this.out.bodyBytes(json.bytes, from, end)
      json.take(0x7d)
      return
    }
    json.goTo(start)
    this.out.bodyValue(readJsonAnyValue(json))
  }
}

/** Whether `{"stringValue": "…"}` and nothing else comes: then the range of `json` is the text. */
function isPlainText(json: JsonBytes): boolean {
  if (!json.take(0x7b) || json.peek() !== 0x22) return false
  if (camelCase(json.readText('a key')) !== 'stringValue' || !json.take(0x3a)) return false
  if (json.peek() !== 0x22) return false
  json.text('stringValue')
  return json.peek() === 0x7d
}

/** The number, or the name that protobuf's own JSON has for it, such as `SEVERITY_NUMBER_WARN2`. */
function readSeverity(json: JsonBytes): number {
  if (json.peek() !== 0x22) return Number(BigInt.asIntN(32, readInteger(json, 'severityNumber')))
  const text = json.readText('severityNumber')
  if (/^[0-9]{1,10}$/.test(text)) return Number(text) | 0
  const found = /^SEVERITY_NUMBER_(TRACE|DEBUG|INFO|WARN|ERROR|FATAL)([234]?)$/.exec(text)
  if (found === null) {
    if (text === 'SEVERITY_NUMBER_UNSPECIFIED') return 0
    throw json.fault(`unknown severityNumber ${JSON.stringify(text.slice(0, 50))}`)
  }
  const base = ['TRACE', 'DEBUG', 'INFO', 'WARN', 'ERROR', 'FATAL'].indexOf(found[1] ?? '')
  return base * 4 + Number(found[2] === '' ? 1 : found[2])
}

/** Ids are hex in OTLP's JSON, not base64 as in protobuf's own. */
function readHexId(json: JsonBytes, sizeBytes: number, what: string): string {
  const text = readString(json, what)
  if (text === '' || /^0+$/.test(text)) return ''
  if (text.length !== sizeBytes * 2 || !/^[0-9a-fA-F]+$/.test(text)) {
    throw json.fault(`${what} is ${sizeBytes * 2} hexadecimal digits`)
  }
  return text.toLowerCase()
}
