import type { LabelsJson } from '../../../src/contract/prometheus.ts'
import type { EntryJson, StreamJson } from '../api/loki.ts'
import { detectLevel, type LogLevel } from './log-level.ts'

/** A line as pages show it. */
export interface LogLine {
  /** Unlike that of every other line of the list. */
  readonly id: string
  /** Unix nanoseconds, more than a number can hold. */
  readonly timestampNs: string
  readonly timeMs: number
  readonly text: string
  /** The labels of its stream: the same object for lines of one stream. */
  readonly stream: LabelsJson
  readonly metadata: LabelsJson
  /** What the query took out of the text. */
  readonly parsed: LabelsJson
  readonly level: LogLevel
  /** How many lines it stands for, where lines that follow each other and say the same are folded. */
  readonly times?: number
}

export type LineOrder = 'newest-first' | 'oldest-first'

const NOTHING: LabelsJson = {}

/**
 * Lines of streams in one order; of the same nanosecond as they came. A line that is there twice, as where two pages of answers
 * meet, comes once.
 */
export function toLines(streams: readonly StreamJson[], order: LineOrder): readonly LogLine[] {
  const lines = new Map<string, LogLine>()
  for (const { stream, values } of streams) {
    const key = keyOf(stream)
    for (const entry of values) {
      const line = toLine(stream, key, entry)
      if (!lines.has(line.id)) lines.set(line.id, line)
    }
  }
  const sign = order === 'newest-first' ? -1 : 1
  return [...lines.values()].sort((a, b) => sign * compareNs(a.timestampNs, b.timestampNs))
}

function toLine(stream: LabelsJson, key: string, [ns, text, labels]: EntryJson): LogLine {
  const metadata = labels?.structuredMetadata ?? NOTHING
  const parsed = labels?.parsed ?? NOTHING
  const rest = metadata === NOTHING && parsed === NOTHING ? '' : JSON.stringify([metadata, parsed])
  return {
    id: `${ns} ${key} ${digest(text)} ${rest}`,
    timestampNs: ns,
    timeMs: toMs(ns),
    text,
    stream,
    metadata,
    parsed,
    level: detectLevel([metadata, stream, parsed], text),
  }
}

/** More than this of a text nobody compares. */
const DIGESTED_CHARS = 4096

/** Tells texts of one stream and nanosecond apart: short ones are themselves, long ones their length and an FNV hash of both ends. */
function digest(text: string): string {
  if (text.length <= 128) return text
  let hash = 0x811c9dc5
  const ends = text.slice(0, DIGESTED_CHARS) + text.slice(-DIGESTED_CHARS)
  for (let i = 0; i < ends.length; i++) hash = Math.imul(hash ^ ends.charCodeAt(i), 0x01000193)
  return `${text.length}:${hash}`
}

/** A text for a set of labels, whatever their order. */
export function keyOf(labels: LabelsJson): string {
  const names = Object.keys(labels).sort()
  return names.map((name) => `${name}=${JSON.stringify(labels[name])}`).join(',')
}

/** Compares times without making big integers of them. */
export function compareNs(a: string, b: string): number {
  if (a.length !== b.length) return a.length - b.length
  return a < b ? -1 : a > b ? 1 : 0
}

function toMs(timestampNs: string): number {
  return Number(timestampNs.slice(0, -6))
}

/** Unix nanoseconds as the API takes them. */
export function toNs(timeMs: number): string {
  return `${Math.round(timeMs)}000000`
}

/** A nanosecond later or earlier. */
export function shiftNs(timestampNs: string, byNs: bigint): string {
  return String(BigInt(timestampNs) + byNs)
}

/** All labels of a line with where they come from; a name that comes twice is of the later kind. */
export function labelsOf({ stream, metadata, parsed }: LogLine): LabelsJson {
  return { ...stream, ...metadata, ...parsed }
}

/** Labels of streams that have the same value everywhere say nothing about one line: the names of those that differ. */
export function differingLabels(lines: readonly LogLine[]): readonly string[] {
  const streams = [...new Set(lines.map(({ stream }) => stream))]
  const names = new Set(streams.flatMap((stream) => Object.keys(stream)))
  const first = streams[0]
  return [...names].filter((name) => streams.some((stream) => stream[name] !== first?.[name]))
}
