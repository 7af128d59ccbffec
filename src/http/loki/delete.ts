import type { DeleteRequestJson } from '../../contract/loki-delete.ts'
import { formatGoDuration } from '../../model/go-duration.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import { parseGoDurationNs } from '../../lang/logql/quantity.ts'
import { hasFilter, type DeleteRequests } from '../../query/logs/delete-requests.ts'
import type { Exchange, Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import { toProblem } from '../http-fault.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import type { LokiDoors } from './doors.ts'
import { jsonAnswer } from './respond.ts'

/** Requests to delete lines, and whether there are any. */
export interface LineDeletionDoors {
  readonly requests: Pick<DeleteRequests, 'add' | 'list' | 'cancel'>
  /** `deletion_mode` is not `disabled`. */
  readonly isEnabled: () => boolean
}

type DeleteDoors = Pick<LokiDoors, 'deletions' | 'log' | 'nowMs'>

const PATHS = ['/loki/api/v1/delete', '/loki/api/admin/delete']
/** Loki's `delete_max_interval`: requests with filters are carried out in such parts there. */
const MAX_INTERVAL_MS = 24 * 3_600_000

/** `delete`: asks for lines to be deleted, lists such requests, and cancels them (pkg/compactor/deletion). */
export function deleteRoutes(doors: DeleteDoors): Route[] {
  const guardedBy =
    (handle: (exchange: Exchange) => Promise<Answer>): Route['handle'] =>
    async (exchange) => {
      if (!doors.deletions.isEnabled()) {
        return textAnswer(403, 'deletion is not available for this tenant')
      }
      try {
        return await handle(exchange)
      } catch (thrown) {
        const problem = toProblem(thrown)
        if (problem.code === 'internal') {
          doors.log.error('Request failed', { path: PATHS[0], error: messageOf(thrown) })
        }
        return textAnswer(STATUS[problem.code] ?? 500, problem.message)
      }
    }
  return PATHS.flatMap((path): Route[] => [
    {
      ...{ methods: ['POST', 'PUT'], path, permission: 'admin' },
      handle: guardedBy((exchange) => addRequest(doors, exchange)),
    },
    {
      ...{ methods: ['GET'], path, permission: 'admin' },
      handle: guardedBy((exchange) => listRequests(doors, exchange)),
    },
    {
      ...{ methods: ['DELETE'], path, permission: 'admin' },
      handle: guardedBy((exchange) => cancelRequest(doors, exchange)),
    },
  ])
}

const STATUS: Readonly<Partial<Record<Problem['code'], number>>> = {
  bad_data: 400,
  not_found: 404,
  unavailable: 503,
}

async function addRequest({ deletions, nowMs }: DeleteDoors, exchange: Exchange): Promise<Answer> {
  const { params, visit } = exchange
  const query = params.get('query')
  if (query === '') throw bad('query not set')
  const isFiltered = hasFilter(query)
  if (params.get('start') === '') throw bad('start time not set')
  const startMs = readTimeMs(params, 'start', nowMs())
  const endMs = readTimeMs(params, 'end', nowMs())
  if (endMs > nowMs()) throw bad('deletes in the future are not allowed')
  if (startMs >= endMs) throw bad("start time can't be greater than or equal to end time")
  if (isFiltered) checkInterval(params.get('max_interval'), endMs - startMs)
  const createdBy = visit.principal.name
  const id = await deletions.requests.add({ query, startMs, endMs, createdBy })
  exchange.audit('logs.delete', query)
  return { status: 204, headers: { 'x-delete-request-id': id } }
}

async function listRequests(
  { deletions, nowMs }: DeleteDoors,
  { params }: Exchange,
): Promise<Answer> {
  const isBound = params.get('start') !== '' && params.get('end') !== ''
  const fromMs = isBound ? readTimeMs(params, 'start', nowMs()) : Number.NEGATIVE_INFINITY
  const untilMs = isBound ? readTimeMs(params, 'end', nowMs()) : Number.POSITIVE_INFINITY
  const requests = await deletions.requests.list()
  const shown = requests
    .filter(({ startMs, endMs }) => startMs <= untilMs && endMs >= fromMs)
    .map((request): DeleteRequestJson => ({
      request_id: request.id,
      start_time: request.startMs / 1000,
      end_time: request.endMs / 1000,
      query: request.query,
      status: request.processedMs === undefined ? 'received' : 'processed',
      created_at: request.createdMs / 1000,
      user_id: '',
    }))
  return jsonAnswer(shown)
}

async function cancelRequest({ deletions }: DeleteDoors, exchange: Exchange): Promise<Answer> {
  const id = exchange.params.get('request_id')
  const isForced = exchange.params.get('force') === 'true'
  await deletions.requests.cancel(id, isForced, formatGoDuration)
  exchange.audit('logs.delete-cancel', id)
  return { status: 204 }
}

const RFC3339 = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(?:\.\d+)?(?:Z|[+-]\d\d:\d\d)$/

/** Ten digits are seconds; now where it is absent. */
function readTimeMs(params: Params, name: 'start' | 'end', nowMs: number): number {
  const text = params.get(name)
  if (text === '') return nowMs
  if (/^\d{10}$/.test(text)) return Number(text) * 1000
  const timestampMs = RFC3339.test(text) ? Date.parse(text) : Number.NaN
  if (!Number.isNaN(timestampMs)) return timestampMs
  throw bad(`invalid ${name} time: require unix seconds or RFC3339 format`)
}

/** Loki cuts requests into parts of `max_interval`, which nobody sees here: only what makes no sense is refused. */
function checkInterval(text: string, rangeMs: number): void {
  if (text === '') return
  const read = parseGoDurationNs(text)
  const intervalMs = 'value' in read ? read.value / 1e6 : 0
  if (intervalMs < 1000) throw bad("invalid max_interval: valid time units are 's', 'm', 'h'")
  if (intervalMs > MAX_INTERVAL_MS) {
    throw bad(`max_interval can't be greater than ${formatGoDuration(MAX_INTERVAL_MS)}`)
  }
  if (intervalMs > rangeMs) {
    throw bad(
      `max_interval can't be greater than the interval to be deleted (${formatGoDuration(rangeMs)})`,
    )
  }
}

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}
