import { Labels } from '../../model/labels.ts'
import { type ProtoReader, WIRE_VARINT } from '../proto-reader.ts'
import { decodePooled } from '../text-pool.ts'
import { enter, forget, note, type Part } from './metric-fields.ts'
import { readDouble } from './native-draft.ts'

export interface ProtoExemplar {
  readonly labels: Labels
  readonly value: number
  /** Undefined when it has none of its own. */
  readonly timestampMs: number | undefined
}

/** Reads an `io.prometheus.client.Exemplar` from the reader's position to `end`. */
export function readExemplar(reader: ProtoReader, end: number): ProtoExemplar {
  const pairs: (readonly [string, string])[] = []
  let value = 0
  let timestampMs: number | undefined
  while (reader.position < end) {
    const tag = reader.varint32(end)
    const wire = tag & 7
    switch (tag >>> 3) {
      case 1:
        pairs.push(readPair(reader, enter(reader, wire, end, 'Exemplar.label')))
        break
      case 2:
        value = readDouble(reader, wire, end)
        break
      case 3:
        timestampMs = readTimestampMs(reader, enter(reader, wire, end, 'Exemplar.timestamp'))
        break
      default:
        reader.skip(tag, end)
    }
  }
  return { labels: Labels.fromPairs(pairs), value, timestampMs }
}

function readPair(reader: ProtoReader, end: number): readonly [string, string] {
  const name: Part = { start: 0, end: 0 }
  const value: Part = { start: 0, end: 0 }
  readLabelPair(reader, end, name, value)
  const { bytes } = reader
  return [decodePooled(bytes, name.start, name.end), decodePooled(bytes, value.start, value.end)]
}

/** Notes where name and value of a `LabelPair` stand. */
export function readLabelPair(reader: ProtoReader, end: number, name: Part, value: Part): void {
  forget(name)
  forget(value)
  while (reader.position < end) {
    const tag = reader.varint32(end)
    const field = tag >>> 3
    if (field === 1) note(reader, tag & 7, end, 'LabelPair.name', name)
    else if (field === 2) note(reader, tag & 7, end, 'LabelPair.value', value)
    else reader.skip(tag, end)
  }
}

/** A `google.protobuf.Timestamp`: seconds and nanoseconds. */
function readTimestampMs(reader: ProtoReader, end: number): number {
  let seconds = 0
  let nanos = 0
  while (reader.position < end) {
    const tag = reader.varint32(end)
    const field = tag >>> 3
    if (field === 1 || field === 2) {
      reader.expect(tag & 7, WIRE_VARINT, 'Timestamp')
      const number = reader.int64(end)
      if (field === 1) seconds = number
      else nanos = number
    } else reader.skip(tag, end)
  }
  return seconds * 1000 + Math.trunc(nanos / 1_000_000)
}
