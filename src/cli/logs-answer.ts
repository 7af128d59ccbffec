import { isObject, listOf } from '../lang/dashboard/json-value.ts'

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
  return listOf(streams).flatMap((stream) => {
    if (!isObject(stream)) return []
    const labels = readLabels(stream['stream'])
    return listOf(stream['values']).flatMap((value) => readLine(value, labels) ?? [])
  })
}

function readLine(value: unknown, stream: Labels): LogLine | undefined {
  const [time, text, more] = listOf(value)
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
