import { Problem } from '../../model/problem.ts'
import type { DetectedFieldsJson } from '../../contract/loki-detected.ts'
import { detectFields, detectFieldValues } from '../../query/logs/detected-fields.ts'
import type { ResultStream } from '../../query/logs/logql.ts'
import { parseQuery } from '../../query/logs/plan-lines.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { readCount, readOrderedBounds, readStep } from './decode-params.ts'
import type { LokiDoors } from './doors.ts'
import { guarded, jsonAnswer } from './respond.ts'

type DetectedDoors = Pick<LokiDoors, 'logql' | 'log' | 'limits' | 'nowMs'>

const LINES_ONLY = new Problem('bad_data', 'only log selector is supported')
const DEFAULT_LINES = 100
const DEFAULT_FIELDS = 1000

/** `detected_fields` and `detected_field/{name}/values`, from the newest `line_limit` lines of a query. */
export function detectedRoutes(doors: DetectedDoors): Route[] {
  const route = (path: string, handle: (exchange: Exchange) => Promise<Answer>): Route => ({
    methods: ['GET', 'POST'],
    path,
    permission: 'logs:read',
    handle: guarded(doors.log, path, handle),
  })
  return [
    route('/loki/api/v1/detected_fields', async (exchange) => {
      const limit = readFieldLimit(exchange.params)
      const fields = await detectFields(await readLines(doors, exchange), limit)
      const answer: DetectedFieldsJson = {
        ...(fields.length > 0 && { fields: fields.map(toJson), limit }),
      }
      return jsonAnswer(answer)
    }),
    route('/loki/api/v1/detected_field/:name/values', async (exchange) => {
      const limit = readFieldLimit(exchange.params)
      const streams = await readLines(doors, exchange)
      const values = await detectFieldValues(streams, exchange.pathParam('name'), limit)
      const answer: DetectedFieldsJson = { ...(values.length > 0 && { limit, values }) }
      return jsonAnswer(answer)
    }),
  ]
}

type Detected = Awaited<ReturnType<typeof detectFields>>[number]

function toJson({
  label,
  type,
  cardinality,
  parsers,
  jsonPath,
}: Detected): NonNullable<DetectedFieldsJson['fields']>[number] {
  return {
    ...{ label, type, cardinality },
    parsers: parsers.length > 0 ? parsers : null,
    ...(jsonPath.length > 0 && { jsonPath }),
  }
}

/** `limit`, or its older name. */
function readFieldLimit(params: Params): number {
  return readCount(params, params.get('limit') === '' ? 'field_limit' : 'limit', DEFAULT_FIELDS)
}

async function readLines(
  { logql, limits, nowMs }: DetectedDoors,
  { params, signal }: Exchange,
): Promise<readonly ResultStream[]> {
  const bounds = readOrderedBounds(params, nowMs())
  const limit = readCount(params, 'line_limit', DEFAULT_LINES)
  // Loki refuses a step that makes no sense, and does nothing else with it.
  readStep(params, bounds)
  const query = params.get('query')
  if (parseQuery(query, { isToRun: true }).kind !== 'log') throw LINES_ONLY
  const result = await logql.evaluate({
    ...{ query, ...bounds, isInstant: false, limit, signal },
    ...{ direction: 'backward', stepNs: 1_000_000_000n, intervalNs: 0n },
    maxEntries: limits().maxEntries,
  })
  if (result.type === 'streams') return result.streams
  throw LINES_ONLY
}
