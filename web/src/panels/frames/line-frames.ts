import { createDataFrame, FieldType, type DataFrame, type Field } from '@grafana/data'
import type { LabelsJson } from '../../../../src/contract/prometheus.ts'
import { isObject, objectOf, textOf } from '../../../../src/lang/dashboard/json-value.ts'
import type { EntryJson, StreamJson } from '../../api/loki.ts'
import { detectLevel } from '../../logs/log-level.ts'
import { compareNs, keyOf, type LogLine } from '../../logs/log-line.ts'

/** Names that dashboards know from Grafana's frames of lines (its data plane contract: Loki's form). */
const NAMES = {
  labels: 'labels',
  time: 'Time',
  line: 'Line',
  ns: 'tsNs',
  kinds: 'labelTypes',
  id: 'id',
}

interface Row {
  readonly stream: LabelsJson
  readonly key: string
  readonly entry: EntryJson
}

/** The lines of an answer as one frame, the newest first. Grafana's field of label types is there, but tables do not show it. */
export function toLineFrames(streams: readonly StreamJson[], refId: string): DataFrame[] {
  const rows = streams.flatMap(({ stream, values }): Row[] => {
    const key = keyOf(stream)
    return values.map((entry) => ({ stream, key, entry }))
  })
  if (rows.length === 0) return []
  rows.sort((a, b) => compareNs(b.entry[0], a.entry[0]))
  const field = (name: string, type: FieldType, values: unknown[], custom?: object): Field => ({
    name,
    type,
    values,
    config: custom === undefined ? {} : { custom },
  })
  return [
    createDataFrame({
      refId,
      meta: { preferredVisualisationType: 'logs' },
      fields: [
        field(NAMES.labels, FieldType.other, rows.map(labelsOf)),
        field(
          NAMES.time,
          FieldType.time,
          rows.map(({ entry }) => Number(entry[0].slice(0, -6))),
        ),
        field(
          NAMES.line,
          FieldType.string,
          rows.map(({ entry }) => entry[1]),
        ),
        field(
          NAMES.ns,
          FieldType.string,
          rows.map(({ entry }) => entry[0]),
        ),
        field(NAMES.kinds, FieldType.other, rows.map(kindsOf), { hidden: true }),
        field(NAMES.id, FieldType.string, rows.map(idOf)),
      ],
    }),
  ]
}

function labelsOf({ stream, entry: [, , more] }: Row): LabelsJson {
  return more === undefined ? stream : { ...stream, ...more.structuredMetadata, ...more.parsed }
}

/** `I` (of the stream), `S` (structured metadata), `P` (parsed), by name of the label. */
function kindsOf({ stream, entry: [, , more] }: Row): Record<string, string> {
  const kinds: Record<string, string> = {}
  for (const name of Object.keys(stream)) kinds[name] = 'I'
  for (const name of Object.keys(more?.structuredMetadata ?? {})) kinds[name] = 'S'
  for (const name of Object.keys(more?.parsed ?? {})) kinds[name] = 'P'
  return kinds
}

function idOf({ key, entry: [ns, text] }: Row, index: number): string {
  return `${ns} ${key} ${text.length} ${index}`
}

/** The lines of frames, whatever transformations made of them: a time and a text are all that is needed. */
export function linesOfFrames(frames: readonly DataFrame[]): LogLine[] {
  return frames.flatMap((frame, number) => {
    const named = (name: string): Field | undefined =>
      frame.fields.find((field) => field.name === name)
    const time = frame.fields.find(({ type }) => type === FieldType.time)
    const text =
      named(NAMES.line) ??
      named('body') ??
      frame.fields.find((field) => field.type === FieldType.string)
    if (!time || !text) return []
    const [labels, ns, kinds] = [named(NAMES.labels), named(NAMES.ns), named(NAMES.kinds)]
    const streams = new Map<string, LabelsJson>()
    return text.values.map((value: unknown, row): LogLine => {
      const parts = splitLabels(objectOf(labels?.values[row]), objectOf(kinds?.values[row]))
      const key = keyOf(parts.stream)
      const stream = streams.get(key) ?? parts.stream
      streams.set(key, stream)
      const timeMs = toMs(time.values[row])
      const timestampNs = textOf(ns?.values[row]) ?? `${Math.round(timeMs)}000000`
      const written = isObject(value) ? JSON.stringify(value) : (textOf(value) ?? '')
      return {
        id: `${number} ${row} ${timestampNs}`,
        timestampNs,
        timeMs,
        stream,
        text: written,
        metadata: parts.metadata,
        parsed: parts.parsed,
        level: detectLevel([parts.metadata, stream, parts.parsed], written),
      }
    })
  })
}

function toMs(value: unknown): number {
  return typeof value === 'number' ? value : 0
}

function splitLabels(labels: object, kinds: Readonly<Record<string, unknown>>) {
  const parts = { stream: {}, metadata: {}, parsed: {} }
  const of: Readonly<Record<string, Record<string, string>>> = {
    S: parts.metadata,
    P: parts.parsed,
  }
  for (const [name, value] of Object.entries(labels)) {
    const part: Record<string, string> = of[textOf(kinds[name]) ?? ''] ?? parts.stream
    part[name] = textOf(value) ?? JSON.stringify(value)
  }
  return parts
}
