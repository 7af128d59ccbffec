import { isObject } from '../lang/dashboard/json-value.ts'

/** One line of an answer. */
export interface LogLine {
  /** Unix nanoseconds. */
  readonly timestampNs: bigint
  readonly text: string
  /** The labels of its stream. */
  readonly stream: Labels
  /** Labels of its own: structured metadata and what a query found in it. */
  readonly own: Labels
}

export type Labels = Readonly<Record<string, string>>

/** The lines of an answer of type `streams`, or of a message of a tail, in the order in which they came. */
export function readLines(data: unknown): LogLine[] {
  const streams = isObject(data) ? (data['result'] ?? data['streams']) : undefined
  if (!Array.isArray(streams)) return []
  return streams.flatMap((stream: unknown) => {
    if (!isObject(stream) || !Array.isArray(stream['values'])) return []
    const labels = readLabels(stream['stream'])
    return stream['values'].flatMap((value: unknown) => readLine(value, labels) ?? [])
  })
}

function readLine(value: unknown, stream: Labels): LogLine | undefined {
  if (!Array.isArray(value)) return undefined
  const [time, text, more]: unknown[] = value
  if (typeof time !== 'string' || typeof text !== 'string' || !/^-?[0-9]+$/.test(time)) {
    return undefined
  }
  const own = isObject(more)
    ? { ...readLabels(more['structuredMetadata']), ...readLabels(more['parsed']) }
    : {}
  return { timestampNs: BigInt(time), text, stream, own }
}

export function readLabels(value: unknown): Labels {
  if (!isObject(value)) return {}
  const pairs = Object.entries(value).filter(
    (pair): pair is [string, string] => typeof pair[1] === 'string',
  )
  return Object.fromEntries(pairs)
}

/** Whether two lines are the same one: the same stream, time and text. */
export function keyOf({ timestampNs, text, stream, own }: LogLine): string {
  return JSON.stringify([String(timestampNs), Object.entries(stream), Object.entries(own), text])
}

/** Oldest first; lines of one time stay in the order in which they came. */
export function byTime(a: LogLine, b: LogLine): number {
  return a.timestampNs < b.timestampNs ? -1 : a.timestampNs > b.timestampNs ? 1 : 0
}
