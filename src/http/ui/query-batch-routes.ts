import { setImmediate as nextTurn } from 'node:timers/promises'
import { Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import { splitRequest, type RunApart } from '../../self/spans.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, toProblem, STATUS_OF } from '../http-fault.ts'
import { Params } from '../params.ts'
import type { PrometheusDoors } from '../prometheus/doors.ts'
import { exemplarRoutes } from '../prometheus/exemplars.ts'
import { queryRoutes } from '../prometheus/query.ts'
import { apiRoute } from '../prometheus/respond.ts'
import type { Answer } from '../send.ts'
import { JsonBody } from './json-body.ts'

/** More than any screen has panels; a page that wants more asks again. */
const MAX_REQUESTS = 100
const BODY_BYTES = 1024 * 1024
/** So many of a batch are evaluated at the same time; a page has up to four batches under way. */
const AT_ONCE = 4
/** Writing an answer yields to others after this long. */
const SLICE_MS = 15

const EMPTY = Buffer.alloc(0)

type BatchDoors = Pick<PrometheusDoors, 'engine' | 'nowMs' | 'source' | 'limits'>

/**
 * `POST /api/vedette/query-batch`: queries of a page of many panels in one request, which costs a browser as much as a query alone.
 * Each is answered as it would be on its own, by a line of JSON (`QueryBatchLineJson`), as soon as it is done. The bounds of each are those
 * of the API; a client that goes away ends all.
 */
export function queryBatchRoute(doors: BatchDoors, log: Log): Route {
  const routes = new Map(
    [...queryRoutes(doors), ...exemplarRoutes(doors)].map((route) => [
      route.path,
      apiRoute(log, route),
    ]),
  )
  return {
    methods: ['POST'],
    path: '/api/vedette/query-batch',
    permission: 'metrics:read',
    bodyBytes: BODY_BYTES,
    handle: (exchange) => {
      const asked = readRequests(exchange, routes)
      const runApart = splitRequest()
      return {
        contentType: 'application/x-ndjson',
        headers: { 'cache-control': 'no-store' },
        body: linesOf(asked, (one) => answerOf(one, exchange, runApart), exchange.signal),
      }
    },
  }
}

interface Asked {
  readonly route: Route
  readonly target: string
}

function readRequests(exchange: Exchange, routes: ReadonlyMap<string, Route>): Asked[] {
  const targets = new JsonBody(exchange).texts('requests')
  if (targets.length === 0 || targets.length > MAX_REQUESTS) {
    throw new Problem('bad_data', `requests must be 1 to ${MAX_REQUESTS} queries`)
  }
  return targets.map((target) => {
    const [path = ''] = target.split('?', 1)
    const route = routes.get(path)
    if (route) return { route, target }
    const allowed = [...routes.keys()].join(', ')
    throw new Problem('bad_data', `requests may begin with ${allowed}, not ${path.slice(0, 60)}`)
  })
}

/** The lines, in the order in which the queries are done. */
async function* linesOf(
  asked: readonly Asked[],
  answer: (one: Asked) => Promise<Answer>,
  signal: AbortSignal,
): AsyncGenerator<string> {
  const pending = new Map<number, Promise<{ readonly at: number; readonly done: Answer }>>()
  const begin = (at: number): void => {
    const one = asked[at]
    if (one === undefined || signal.aborted) return
    const wait = async () => ({ at, done: await answer(one) })
    pending.set(at, wait())
  }
  for (let at = 0; at < AT_ONCE; at++) begin(at)
  for (let next = AT_ONCE; pending.size > 0; next++) {
    const { at, done } = await Promise.race(pending.values())
    pending.delete(at)
    begin(next)
    yield* lineOf(at, done)
  }
}

/** What a query is answered with; it is traced as if it had come alone. */
function answerOf(
  { route, target }: Asked,
  exchange: Exchange,
  runApart: RunApart,
): Promise<Answer> {
  const { signal, headers, visit } = exchange
  const own: Exchange = {
    ...{ signal, headers, visit, body: EMPTY, params: new Params(target) },
    audit: (action, name, options) => exchange.audit(action, name, options),
    pathParam: () => '',
  }
  const handle = async (): Promise<Answer> => {
    try {
      return await route.handle(own)
    } catch (thrown) {
      return faultOf(thrown)
    }
  }
  return runApart(`ui POST ${route.path}`, handle, ({ status = 200 }) => status)
}

/** One query that cannot be answered does not end the others. */
function faultOf(thrown: unknown): Answer {
  const { code, message } = toProblem(thrown)
  const status = thrown instanceof HttpFault ? thrown.status : STATUS_OF[code]
  return { status, body: JSON.stringify({ message }) }
}

/** A line in pieces. JSON that is written in pieces has no line breaks either. */
async function* lineOf(
  at: number,
  { status = 200, body = 'null' }: Answer,
): AsyncGenerator<string> {
  let piece = `{"at":${at},"status":${status},"body":`
  if (typeof body === 'string') piece += body
  else if (body instanceof Uint8Array) piece += Buffer.from(body).toString('utf8')
  else if (Symbol.asyncIterator in body) {
    yield piece
    yield* body
    piece = ''
  } else {
    let sliceStartMs = performance.now()
    for (let next = body.next(); next.done !== true; next = body.next()) {
      yield piece
      piece = next.value
      if (performance.now() - sliceStartMs < SLICE_MS) continue
      await nextTurn()
      sliceStartMs = performance.now()
    }
  }
  yield `${piece}}\n`
}
