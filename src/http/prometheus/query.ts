import { Problem } from '../../model/problem.ts'
import type { PromqlRequest, PromqlResult } from '../../query/promql/engine.ts'
import type { Exchange } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import {
  invalidParam,
  parseApiDuration,
  readDuration,
  readLimit,
  readRequiredTime,
  readTime,
} from './decode-params.ts'
import type { PrometheusDoors } from './doors.ts'
import { encodeQueryAnswer } from './encode-result.ts'
import { successBody, type ApiRoute } from './respond.ts'

/** More points than this a series are refused; a week at 60 s, or a year at 1 h, is less. */
const MAX_POINTS = 11_000

type QueryDoors = Pick<PrometheusDoors, 'engine' | 'nowMs'>

export function queryRoutes(doors: QueryDoors): ApiRoute[] {
  const methods = ['GET', 'POST'] as const
  return [
    { methods, path: '/query', handle: (exchange) => instantQuery(doors, exchange) },
    { methods, path: '/query_range', handle: (exchange) => rangeQuery(doors, exchange) },
  ]
}

async function instantQuery(doors: QueryDoors, { params, signal }: Exchange): Promise<Answer> {
  const limit = readLimit(params)
  const timeMs = readTime(params, 'time', doors.nowMs())
  const query = params.get('query')
  const request = {
    query,
    startMs: timeMs,
    endMs: timeMs,
    stepMs: 0,
    signal,
    ...readOptions(params),
  }
  const result = await evaluate(doors, request)
  return answer(result, params, limit, undefined)
}

async function rangeQuery(doors: QueryDoors, { params, signal }: Exchange): Promise<Answer> {
  const limit = readLimit(params)
  const startMs = readRequiredTime(params, 'start')
  const endMs = readRequiredTime(params, 'end')
  if (endMs < startMs) {
    throw invalidParam('end', 'end timestamp must not be before start time')
  }
  const stepMs = readStep(params)
  if (Math.floor((endMs - startMs) / stepMs) > MAX_POINTS) {
    throw new Problem(
      'bad_data',
      'exceeded maximum resolution of 11,000 points per timeseries. Try decreasing the query resolution (?step=XX)',
    )
  }
  const query = params.get('query')
  const request = { query, startMs, endMs, stepMs, signal, ...readOptions(params) }
  const result = await evaluate(doors, request)
  return answer(result, params, limit, { startMs, stepMs })
}

/** Milliseconds; below one of them there is no step. */
function readStep(params: Params): number {
  const durationMs = parseApiDuration(params.get('step'))
  if (typeof durationMs !== 'number') throw invalidParam('step', durationMs.error)
  const stepMs = Math.floor(durationMs)
  if (stepMs > 0) return stepMs
  const reason =
    'zero or negative query resolution step widths are not accepted. Try a positive integer'
  throw invalidParam('step', reason)
}

function readOptions(params: Params): Pick<PromqlRequest, 'timeoutMs' | 'lookbackMs'> {
  const timeoutMs = readDuration(params, 'timeout')
  const lookback = params.get('lookback_delta')
  const lookbackMs = lookback === '' ? 0 : parseApiDuration(lookback)
  if (typeof lookbackMs !== 'number') {
    throw new Problem('bad_data', `error parsing lookback delta duration: ${lookbackMs.error}`)
  }
  return {
    ...(timeoutMs !== undefined && { timeoutMs }),
    // As in the original, 0 and less mean the default.
    ...(lookbackMs > 0 && { lookbackMs }),
  }
}

async function evaluate(doors: QueryDoors, request: PromqlRequest): Promise<PromqlResult> {
  try {
    return await doors.engine.evaluate(request)
  } catch (thrown) {
    // The engine reads the query; what it cannot understand is a fault of that parameter.
    if (thrown instanceof Problem && thrown.code === 'bad_data') {
      throw invalidParam('query', thrown.message)
    }
    throw thrown
  }
}

function answer(
  result: PromqlResult,
  params: Params,
  limit: number,
  grid: { readonly startMs: number; readonly stepMs: number } | undefined,
): Answer {
  const stats = params.get('stats')
  const warnings =
    stats === '' || stats === 'true' || stats === 'all'
      ? []
      : [
          `value ${JSON.stringify(stats)} for parameter "stats" is deprecated and will be rejected in the next major release, use "true" or "all"`,
        ]
  const options = { limit, withStats: stats !== '', warnings, ...(grid && { grid }) }
  return successBody(encodeQueryAnswer(result, options))
}
