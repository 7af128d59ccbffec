import { foldHistograms } from '../contract/fold-histograms.ts'
import type { AnsweredDataJson, QueryDataJson } from '../contract/prometheus.ts'
import { ApiError, createApiClient, type ApiAnswer, type ApiClient } from './api-client.ts'
import { explainQueryFault } from './query-fault.ts'
import { readQueryRange, readTime, type QueryRange, type TimeOptions } from './query-range.ts'
import { isEmptyAnswer, showChart, showTable, withoutEmptyBeginning } from './show-answer.ts'
import type { Terminal } from './terminal.ts'
import { UsageError } from './usage-error.ts'

export interface QueryOptions extends TimeOptions {
  readonly url: string
  readonly instant: boolean
  readonly output: 'chart' | 'table' | 'json'
  /** Most lines in the legend of a chart. */
  readonly legend: number
  /** The chart begins where its first value is: nobody asked for a certain range. */
  readonly mayBeginLater: boolean
}

/**
 * `vedette query`: asks the server and shows the answer; remarks of the server go to standard error. Throws `ApiError`, and
 * `UsageError` for options that make no sense.
 */
export async function runQuery(
  query: string,
  options: QueryOptions,
  terminal: Terminal,
): Promise<void> {
  if (query.trim() === '') throw new UsageError('the expression is empty')
  const points = Math.max(60, Math.min(400, terminal.columns * 2))
  const nowMs = terminal.nowMs()
  const range = options.instant ? undefined : readQueryRange(options, points, nowMs)
  const timeMs = options.end === undefined ? nowMs : readTime(options.end, '--end', nowMs)
  const client = createApiClient(options.url)
  try {
    const answer = await ask(client, query, range ?? timeMs)
    const data = foldHistograms(answer.data, 'totals')
    if (options.output === 'json') terminal.write(`${JSON.stringify(answer.data, null, 2)}\n`)
    else if (isEmptyAnswer(data)) terminal.remark(`${describeNothing(range)}\n`)
    else terminal.write(`${show(data, range, options, terminal)}\n`)
    for (const warning of answer.warnings) terminal.remark(`warning: ${warning}\n`)
    for (const info of answer.infos) terminal.remark(`note: ${info}\n`)
  } catch (thrown) {
    const explained =
      thrown instanceof ApiError ? explainQueryFault(query, thrown.message) : undefined
    throw explained === undefined ? thrown : new ApiError(explained, { cause: thrown })
  } finally {
    await client.close()
  }
}

async function ask(
  client: ApiClient,
  query: string,
  when: QueryRange | number,
): Promise<ApiAnswer<AnsweredDataJson>> {
  if (typeof when === 'number') {
    return client.call('/api/v1/query', { query, time: String(when / 1000) })
  }
  return client.call('/api/v1/query_range', {
    query,
    start: String(when.startMs / 1000),
    end: String(when.endMs / 1000),
    step: String(when.stepMs / 1000),
  })
}

function show(
  data: QueryDataJson,
  range: QueryRange | undefined,
  { output, legend, mayBeginLater }: QueryOptions,
  terminal: Terminal,
): string {
  if (range === undefined || output === 'table' || data.resultType !== 'matrix')
    return showTable(data)
  const shown = mayBeginLater ? withoutEmptyBeginning(data.result, range) : range
  return showChart(data.result, shown, terminal, legend)
}

function describeNothing(range: QueryRange | undefined): string {
  if (range === undefined) return 'no data: no series matches at this time'
  const isLong = range.endMs - range.startMs > 12 * 3_600_000
  const [from, to] = [range.startMs, range.endMs].map((timeMs) => {
    const date = new Date(timeMs)
    return isLong ? date.toLocaleString('sv-SE') : date.toLocaleTimeString('sv-SE')
  })
  return `no data: no series matches between ${from} and ${to} (a rate needs two scrapes; "vedette status" shows what is scraped)`
}
