import { messageOf } from '../../model/problem.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import {
  readDirection,
  readInstant,
  readInterval,
  readLimit,
  readOrderedBounds,
  readStep,
} from './decode-params.ts'
import type { LogqlRequest, LogqlResult } from '../../query/logs/logql.ts'
import type { LokiDoors } from './doors.ts'
import { asksCategories, encodeResult } from './encode-result.ts'
import { queryStats } from './query-stats.ts'
import { guarded, jsonAnswer } from './respond.ts'

type QueryDoors = Pick<LokiDoors, 'logql' | 'log' | 'limits' | 'nowMs'>

/** `query`, `query_range` and `format_query`. */
export function queryRoutes(doors: QueryDoors): Route[] {
  const route = (path: string, handle: (exchange: Exchange) => Promise<Answer>): Route => ({
    methods: ['GET', 'POST'],
    path,
    permission: 'logs:read',
    handle: guarded(doors.log, path, handle),
  })
  return [
    route('/loki/api/v1/query', (exchange) => instant(doors, exchange)),
    route('/loki/api/v1/query_range', (exchange) => range(doors, exchange)),
    {
      methods: ['GET', 'POST'],
      path: '/loki/api/v1/format_query',
      permission: 'logs:read',
      handle: ({ params }) => format(doors, params.get('query')),
    },
  ]
}

function instant(doors: QueryDoors, exchange: Exchange): Promise<Answer> {
  const { params, signal } = exchange
  const limit = readLimit(params)
  const timeNs = readInstant(params, doors.nowMs())
  return evaluate(doors, exchange, {
    query: params.get('query'),
    startNs: timeNs,
    endNs: timeNs,
    isInstant: true,
    stepNs: 0n,
    intervalNs: 0n,
    direction: readDirection(params),
    limit,
    signal,
  })
}

function range(doors: QueryDoors, exchange: Exchange): Promise<Answer> {
  const { params, signal } = exchange
  const bounds = readOrderedBounds(params, doors.nowMs())
  return evaluate(doors, exchange, {
    query: params.get('query'),
    ...bounds,
    isInstant: false,
    limit: readLimit(params),
    direction: readDirection(params),
    stepNs: readStep(params, bounds),
    intervalNs: readInterval(params),
    signal,
  })
}

async function evaluate(
  { logql, limits }: QueryDoors,
  { headers }: Exchange,
  request: Omit<LogqlRequest, 'maxEntries'>,
): Promise<Answer> {
  const begunMs = performance.now()
  const result = await logql.evaluate({ ...request, maxEntries: limits().maxEntries })
  const execMs = performance.now() - begunMs
  const stats = queryStats(result.figures, execMs, countEntries(result))
  return {
    contentType: 'application/json; charset=UTF-8',
    body: encodeResult(result, stats, asksCategories(headers)),
  }
}

function countEntries(result: LogqlResult): number {
  switch (result.type) {
    case 'streams':
      return result.streams.reduce((sum, { entries }) => sum + entries.length, 0)
    case 'vector':
    case 'matrix':
      return result.series.length
    case 'scalar':
      return 1
    default:
      return result satisfies never
  }
}

function format({ logql }: QueryDoors, query: string): Answer {
  try {
    return jsonAnswer({ status: 'success', data: logql.format(query) })
  } catch (thrown) {
    return jsonAnswer({ status: 'invalid-query', error: messageOf(thrown) }, 400)
  }
}
