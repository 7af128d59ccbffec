import type { SeriesJson, VectorSampleJson } from '../contract/prometheus.ts'
import { isObject, listOf } from '../lang/dashboard/json-value.ts'
import { parseDurationMs } from '../model/duration.ts'
import { byTime, keyOf, readLabels, readLines, type LogLine } from './logs-answer.ts'
import { createLogsClient, type LogsClient } from './logs-client.ts'
import { readLogql } from './logs-fault.ts'
import { followLogs } from './logs-follow.ts'
import { chooseEverything } from './logs-everything.ts'
import { LinePrinter, localDay, localTime, type LogsOutput } from './logs-show.ts'
import { readQueryRange, readTime } from './query-range.ts'
import { isEmptyAnswer, showChart, showTable, withoutEmptyBeginning } from './show-answer.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface LogsOptions {
  readonly url: string
  readonly since: string
  readonly from?: string
  readonly to?: string
  /** Most lines; 0: all of them. */
  readonly limit: number
  /** False where `limit` is the default, so that more than these may be wanted. */
  readonly isLimitGiven: boolean
  readonly follow: boolean
  readonly output: LogsOutput
  readonly labels?: readonly string[] | undefined
}

interface Span {
  readonly startNs: bigint
  readonly endNs: bigint
}

/** Lines that one request asks for: few enough for every server. */
const PAGE = 1000

/** Lines before the new ones, where nothing else was asked for. */
const FOLLOW_LIMIT = 10

/**
 * `vedette logs`: shows the lines of a LogQL query, oldest first, or draws the answer of a metric query. With `follow` it goes on until
 * `ended` resolves. Throws `ApiError`, and `UsageError` for what makes no sense.
 */
export async function runLogs(
  query: string | undefined,
  options: LogsOptions,
  terminal: Terminal,
  ended: Promise<unknown>,
): Promise<void> {
  const span = readSpan(options, terminal.nowMs())
  const expr = query === undefined ? undefined : readLogql(query)
  const client = createLogsClient(options.url)
  try {
    const wanted = query ?? (await chooseEverything(client, span))
    if (expr !== undefined && expr.kind !== 'log') {
      if (options.follow) throw new UsageError('--follow is for lines, and this is a metric query')
      await showMetric(client, wanted, options, terminal)
      return
    }
    const printer = new LinePrinter(terminal, options)
    if (options.follow) {
      const limit = options.isLimitGiven ? options.limit : FOLLOW_LIMIT
      const last = await newest(client, wanted, span, limit)
      printer.print(last.lines)
      await followLogs({ client, query: wanted, printer, terminal, ended }, last.lines)
      return
    }
    const isAny =
      options.limit === 0
        ? await printAll(client, wanted, span, printer)
        : await printNewest(client, wanted, span, { printer, terminal, options })
    if (!isAny) terminal.remark(`${describeNothing(span, options)}\n`)
  } finally {
    await client.close()
  }
}

function readSpan(options: LogsOptions, nowMs: number): Span {
  const endMs = options.to === undefined ? nowMs : readTime(options.to, '--to', nowMs)
  const sinceMs = parseDurationMs(options.since)
  if (sinceMs === undefined || sinceMs === 0) {
    throw new UsageError(
      `--since: must be a duration such as 15m or 2d, not ${JSON.stringify(options.since)}`,
    )
  }
  const startMs =
    options.from === undefined ? endMs - sinceMs : readTime(options.from, '--from', nowMs)
  if (startMs >= endMs) throw new UsageError('--from must be before --to')
  const toNs = (timeMs: number): bigint => BigInt(Math.round(timeMs * 1000)) * 1000n
  return { startNs: toNs(startMs), endNs: toNs(endMs) }
}

function describeNothing({ startNs, endNs }: Span, options: LogsOptions): string {
  const [from, to] = [startNs, endNs].map((timeNs) => {
    const date = new Date(Number(timeNs / 1_000_000n))
    return `${localDay(date)} ${localTime(date).slice(0, 8)}`
  })
  const hint = options.from === undefined ? '; --since 24h looks further back' : ''
  return `no lines between ${from} and ${to}${hint}`
}

async function page(
  client: LogsClient,
  query: string,
  { startNs, endNs }: Span,
  direction: 'forward' | 'backward',
  limit: number,
): Promise<LogLine[]> {
  const answer = await client.ask('query_range', {
    query,
    direction,
    limit: String(limit),
    start: String(startNs),
    end: String(endNs),
  })
  const lines = readLines(answer)
  // Lines of one time in several streams come in no order of their own.
  return direction === 'forward' ? lines.sort(byTime) : lines.sort((a, b) => byTime(b, a))
}

interface Found {
  /** Oldest first. */
  readonly lines: LogLine[]
  readonly hasMore: boolean
}

/** The newest lines of a time, at most `limit`. */
async function newest(
  client: LogsClient,
  query: string,
  span: Span,
  limit: number,
): Promise<Found> {
  const newestFirst: LogLine[] = []
  const seen = new Set<string>()
  let { endNs } = span
  let hasMore = limit > 0
  while (hasMore && newestFirst.length < limit) {
    const most = Math.min(PAGE, limit - newestFirst.length + 1)
    const lines = await page(client, query, { startNs: span.startNs, endNs }, 'backward', most)
    const fresh = lines.filter((line) => !seen.has(keyOf(line)))
    for (const line of fresh) seen.add(keyOf(line))
    newestFirst.push(...fresh)
    const oldestNs = lines.at(-1)?.timestampNs
    hasMore = lines.length === most && oldestNs !== undefined
    // The end is exclusive; lines of the same time as the oldest are asked for again unless there were nothing but these.
    if (oldestNs !== undefined) endNs = fresh.length > 0 ? oldestNs + 1n : oldestNs
    if (endNs <= span.startNs) hasMore = false
  }
  const isCut = newestFirst.length > limit
  return { lines: newestFirst.slice(0, limit).reverse(), hasMore: hasMore || isCut }
}

async function printNewest(
  client: LogsClient,
  query: string,
  span: Span,
  {
    printer,
    terminal,
    options,
  }: { printer: LinePrinter; terminal: Terminal; options: LogsOptions },
): Promise<boolean> {
  const { lines, hasMore } = await newest(client, query, span, options.limit)
  printer.print(lines)
  if (options.output === 'table' && lines.length > 0 && printer.common !== '') {
    terminal.remark(`(all of ${printer.common})\n`)
  }
  if (hasMore && lines.length > 0 && !options.isLimitGiven) {
    terminal.remark(
      `(the newest ${lines.length} lines; --limit N shows more, --limit 0 all of them)\n`,
    )
  }
  return lines.length > 0
}

/** Every line of a time, page by page. */
async function printAll(
  client: LogsClient,
  query: string,
  span: Span,
  printer: LinePrinter,
): Promise<boolean> {
  let { startNs } = span
  let atStart = new Set<string>()
  let isAny = false
  while (startNs < span.endNs) {
    const lines = await page(client, query, { startNs, endNs: span.endNs }, 'forward', PAGE)
    const fresh = lines.filter((line) => !atStart.has(keyOf(line)))
    printer.print(fresh)
    isAny ||= fresh.length > 0
    const lastNs = lines.at(-1)?.timestampNs
    if (lines.length < PAGE || lastNs === undefined) break
    startNs = fresh.length > 0 ? lastNs : lastNs + 1n
    atStart = new Set(lines.filter((line) => line.timestampNs === startNs).map(keyOf))
  }
  return isAny
}

async function showMetric(
  client: LogsClient,
  query: string,
  options: LogsOptions,
  terminal: Terminal,
): Promise<void> {
  const points = Math.max(60, Math.min(400, terminal.columns * 2))
  const { from, to } = options
  const range = readQueryRange(
    {
      range: options.since,
      ...(from === undefined ? {} : { start: from }),
      ...(to === undefined ? {} : { end: to }),
    },
    points,
    terminal.nowMs(),
  )
  const answer = await client.ask('query_range', {
    query,
    start: String(BigInt(range.startMs) * 1_000_000n),
    end: String(BigInt(range.endMs) * 1_000_000n),
    step: String(range.stepMs / 1000),
  })
  const series = isObject(answer) ? listOf(answer['result']).flatMap(readSeries) : []
  const data = { resultType: 'matrix' as const, result: series }
  if (options.output === 'json') terminal.write(`${JSON.stringify(answer, null, 2)}\n`)
  else if (isEmptyAnswer(data)) terminal.remark('no data: no line counts in this time\n')
  else if (options.output === 'raw') terminal.write(`${showTable(data)}\n`)
  else {
    const shown = options.from === undefined ? withoutEmptyBeginning(data.result, range) : range
    terminal.write(`${showChart(data.result, shown, terminal, 12)}\n`)
  }
}

function readSeries(value: unknown): SeriesJson[] {
  if (!isObject(value)) return []
  const values = listOf(value['values']).flatMap((point): VectorSampleJson['value'][] => {
    const [seconds, text] = listOf(point)
    return typeof seconds === 'number' && typeof text === 'string' ? [[seconds, text]] : []
  })
  return [{ metric: readLabels(value['metric']), values }]
}
