import type {
  ActiveTargetJson,
  ErrorJson,
  QueryDataJson,
  SeriesJson,
  SuccessJson,
  TargetsJson,
  VectorSampleJson,
} from '../../../src/contract/prometheus.ts'

/** The answer to any request of the API, with its HTTP status. */
interface ApiAnswer<T> {
  readonly status: number
  readonly json: SuccessJson<T> | ErrorJson
}

/** Asks an endpoint below `/api/v1/`; parameters go in the URL. */
export async function askApi<T>(
  url: string,
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
): Promise<ApiAnswer<T>> {
  const query = new URLSearchParams(
    Object.entries(parameters).map(([name, value]): [string, string] => [name, String(value)]),
  )
  const response = await fetch(`${url}/api/v1/${path}?${query}`, {
    signal: AbortSignal.timeout(60_000),
  })
  return { status: response.status, json: (await response.json()) as SuccessJson<T> | ErrorJson }
}

/** The data of an answer. @throws when the answer is an error, with its words */
async function askData<T>(
  url: string,
  path: string,
  parameters: Readonly<Record<string, string | number>> = {},
): Promise<T> {
  const { status, json } = await askApi<T>(url, path, parameters)
  if (json.status === 'error') {
    throw new Error(`${path} answered ${status} ${json.errorType}: ${json.error}`)
  }
  return json.data
}

/** The series of an instant query; without a time, of the server's now. */
export async function queryVector(
  url: string,
  query: string,
  timeMs?: number,
): Promise<readonly VectorSampleJson[]> {
  const data = await askData<QueryDataJson>(url, 'query', {
    query,
    ...(timeMs !== undefined && { time: timeMs / 1000 }),
  })
  if (data.resultType !== 'vector') throw new Error(`${query} gives a ${data.resultType}`)
  return data.result
}

/** The value of an instant query with one series at most; undefined without any. */
export async function queryValue(
  url: string,
  query: string,
  timeMs?: number,
): Promise<number | undefined> {
  const result = await queryVector(url, query, timeMs)
  if (result.length > 1) throw new Error(`${query} gives ${result.length} series`)
  return result[0] && parseValue(result[0].value[1])
}

/** A value as the API writes it. */
function parseValue(text: string): number {
  return Number(text.replace('Inf', 'Infinity'))
}

/** The stored samples of `selector[window]` as they are, at a time. */
export async function queryRaw(
  url: string,
  rangeSelector: string,
  timeMs?: number,
): Promise<readonly SeriesJson[]> {
  const data = await askData<QueryDataJson>(url, 'query', {
    query: rangeSelector,
    ...(timeMs !== undefined && { time: timeMs / 1000 }),
  })
  if (data.resultType !== 'matrix') throw new Error(`${rangeSelector} gives a ${data.resultType}`)
  return data.result
}

/** The series of a range query. */
export async function queryRange(
  url: string,
  query: string,
  range: { startMs: number; endMs: number; stepMs: number },
): Promise<readonly SeriesJson[]> {
  const data = await askData<QueryDataJson>(url, 'query_range', {
    query,
    start: range.startMs / 1000,
    end: range.endMs / 1000,
    step: range.stepMs / 1000,
  })
  if (data.resultType !== 'matrix') throw new Error(`${query} gives a ${data.resultType}`)
  return data.result
}

/** The target of a job with a single one; undefined while there is none. */
export async function findTarget(url: string, job: string): Promise<ActiveTargetJson | undefined> {
  const { activeTargets } = await askData<TargetsJson>(url, 'targets', { state: 'active' })
  return activeTargets.find((target) => target.scrapePool === job)
}

/** A value of the server's own `/metrics`, by the exact text before it; undefined when it is not there. */
export async function readSelfMetric(url: string, series: string): Promise<number | undefined> {
  const text = await (await fetch(`${url}/metrics`)).text()
  const line = text.split('\n').find((each) => each.startsWith(`${series} `))
  return line === undefined ? undefined : Number(line.slice(series.length + 1).split(' ')[0])
}
