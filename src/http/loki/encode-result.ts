import type { IncomingHttpHeaders } from 'node:http'
import type { CategorizedLabelsJson, QueryStatsJson } from '../../contract/loki.ts'
import { formatSampleValue } from '../../formats/go-float.ts'
import { Labels } from '../../model/labels.ts'
import type {
  LogqlResult,
  ResultEntry,
  ResultSeries,
  ResultStream,
} from '../../query/logs/logql.ts'

/** Whether who asks wants the labels of each entry told apart by where they come from. */
export function asksCategories(headers: IncomingHttpHeaders): boolean {
  const flags = String(headers['x-loki-response-encoding-flags'] ?? '')
  return flags.split(',').some((flag) => flag.trim() === 'categorize-labels')
}

/** Entries in one piece of an answer. */
const ENTRIES_PER_PIECE = 500

/** Seconds with milliseconds as Prometheus's model.Time writes them: trailing zeros of the fraction are left out. */
function formatTime(timestampMs: number): string {
  return String(Math.round(timestampMs) / 1000)
}

/**
 * The answer of a query, piece by piece. With `categorizes` (the header `X-Loki-Response-Encoding-Flags: categorize-labels`, which
 * Grafana sends) each entry says by itself which labels are structured metadata and which were parsed; without it they belong to its
 * stream, and entries that differ in them are of different streams.
 */
export function* encodeResult(
  result: LogqlResult,
  stats: QueryStatsJson,
  categorizes: boolean,
): Generator<string, void, undefined> {
  const warnings =
    result.warnings.length > 0 ? `"warnings":${JSON.stringify(result.warnings)},` : ''
  const flags = categorizes ? '"encodingFlags":["categorize-labels"],' : ''
  yield `{"status":"success",${warnings}"data":{"resultType":"${result.type}",${flags}"result":`
  switch (result.type) {
    case 'streams':
      yield* encodeStreams(result.streams, categorizes)
      break
    case 'vector':
      yield* encodeSeries(result.series, ({ timestampsMs, values }) => {
        return `"value":${encodePoint(timestampsMs[0] ?? 0, values[0] ?? 0)}`
      })
      break
    case 'matrix':
      yield* encodeSeries(result.series, ({ timestampsMs, values }) => {
        const points = Array.from(timestampsMs, (timestampMs, i) =>
          encodePoint(timestampMs, values[i] ?? 0),
        )
        return `"values":[${points.join(',')}]`
      })
      break
    case 'scalar':
      yield encodePoint(result.timestampMs, result.value)
      break
    default:
      result satisfies never
  }
  yield `,"stats":${JSON.stringify(stats)}}}\n`
}

function encodePoint(timestampMs: number, value: number): string {
  return `[${formatTime(timestampMs)},"${formatSampleValue(value)}"]`
}

function* encodeSeries(
  series: readonly ResultSeries[],
  encodeValues: (series: ResultSeries) => string,
): Generator<string, void, undefined> {
  yield '['
  let separator = ''
  for (const one of series) {
    yield `${separator}{"metric":${encodeLabels(one.labels)},${encodeValues(one)}}`
    separator = ','
  }
  yield ']'
}

export function encodeLabels(labels: Labels): string {
  return JSON.stringify(labels.toObject())
}

function* encodeStreams(
  streams: readonly ResultStream[],
  categorizes: boolean,
): Generator<string, void, undefined> {
  const shown = categorizes ? streams : byAllLabels(streams)
  const sorted = shown
    .map((stream) => ({ stream, key: stream.labels.toString() }))
    .sort((a, b) => (a.key < b.key ? -1 : a.key > b.key ? 1 : 0))
  yield '['
  for (const [i, { stream }] of sorted.entries()) {
    yield `${i === 0 ? '' : ','}{"stream":${encodeLabels(stream.labels)},"values":[`
    for (let from = 0; from < stream.entries.length; from += ENTRIES_PER_PIECE) {
      const part = stream.entries.slice(from, from + ENTRIES_PER_PIECE)
      const shownPart = part.map((entry) => encodeEntry(entry, categorizes)).join(',')
      yield `${from === 0 ? '' : ','}${shownPart}`
    }
    yield ']}'
  }
  yield ']'
}

export function encodeEntry(entry: ResultEntry, categorizes: boolean): string {
  const { timestampNs, line, structuredMetadata, parsed } = entry
  if (!categorizes) return `["${timestampNs}",${encodeLine(line)}]`
  const labels: CategorizedLabelsJson = {
    ...(structuredMetadata.size > 0 && { structuredMetadata: structuredMetadata.toObject() }),
    ...(parsed.size > 0 && { parsed: parsed.toObject() }),
  }
  return `["${timestampNs}",${encodeLine(line)},${JSON.stringify(labels)}]`
}

const HTML: Readonly<Record<string, string>> = {
  '<': '\\u003c',
  '>': '\\u003e',
  '&': '\\u0026',
  '\u2028': '\\u2028',
  '\u2029': '\\u2029',
}

/** Lines cannot become HTML, whoever shows the answer: Go's `WriteStringWithHTMLEscaped`. */
function encodeLine(line: string): string {
  const text = JSON.stringify(line)
  return /[<>&\u2028\u2029]/.test(text)
    ? text.replace(/[<>&\u2028\u2029]/g, (sign) => HTML[sign] ?? sign)
    : text
}

/** Streams of all labels that their entries have. */
function byAllLabels(streams: readonly ResultStream[]): ResultStream[] {
  const grouped = new Map<string, { labels: Labels; entries: ResultEntry[] }>()
  for (const { labels, entries } of streams) {
    for (const entry of entries) {
      const all = mergeLabels(labels, entry)
      const group = grouped.get(all.key) ?? { labels: all, entries: [] }
      grouped.set(all.key, group)
      group.entries.push(entry)
    }
  }
  return [...grouped.values()]
}

/** All labels of an entry, wherever they come from. */
export function mergeLabels(labels: Labels, { structuredMetadata, parsed }: ResultEntry): Labels {
  if (structuredMetadata.size + parsed.size === 0) return labels
  return Labels.from({
    ...labels.toObject(),
    ...structuredMetadata.toObject(),
    ...parsed.toObject(),
  })
}
