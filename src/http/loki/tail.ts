import type { WebSocket } from 'ws'
import { parseGoInt } from '../../formats/go-float.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import { boundSpan, checkQuery } from '../../query/logs/limit-logql.ts'
import { LiveTail } from '../../query/logs/live-tail.ts'
import { parseLinesQuery, parseQuery, planLines } from '../../query/logs/plan-lines.ts'
import type { Gauge } from '../../self/metrics.ts'
import type { Exchange, Route } from '../exchange.ts'
import { textAnswer } from '../listener.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import type { SocketRequest, SocketRoute } from '../web-sockets.ts'
import { readBounds, readLimit } from './decode-params.ts'
import type { LokiDoors } from './doors.ts'
import { asksCategories } from './encode-result.ts'
import { encodeTail, encodeTailLegacy, type EncodeTail } from './encode-tail.ts'
import { errorAnswer } from './respond.ts'

type TailDoors = Pick<LokiDoors, 'source' | 'limits' | 'registry' | 'log' | 'nowMs'>

const PATHS = ['/loki/api/v1/tail', '/api/prom/tail'] as const
const MAX_DELAY_S = 5
const MAX_UINT32 = 2 ** 32 - 1
/** As for queries. */
const MAX_STREAMS = 100_000
/** As in Loki. */
const ENTRIES_PER_MESSAGE = 100
/** So much may be on its way to a client before it is given more. */
const MAX_UNSENT_BYTES = 256 * 1024
const PING_MS = 5000
/** A client that says nothing for so many pings is gone, or does not read. */
const PINGS_WITHOUT_ANSWER = 6
const INTERNAL_ERROR = 1011
/** Of the reason of an end, by the protocol. */
const MAX_REASON_BYTES = 123

/** What `tail` answers to who does not ask for a WebSocket. */
export function tailRoutes(doors: TailDoors): Route[] {
  const handle = ({ params }: Exchange): Answer => {
    const wanted = readTail(doors, params)
    return 'query' in wanted ? textAnswer(400, 'Bad Request') : wanted
  }
  return PATHS.map((path) => ({ methods: ['GET'], path, permission: 'logs:read', handle }))
}

/** `tail`: the newest lines of a query, and then each new one as soon as it is durable. */
export function tailSockets(doors: TailDoors): SocketRoute[] {
  const active = doors.registry.gauge('loki_querier_tail_active', 'Number of active tailers.')
  return PATHS.map((path) => ({
    path,
    permission: 'logs:read',
    open: (request) => {
      const wanted = readTail(doors, request.params)
      if (!('query' in wanted)) return wanted
      const encode = path === '/api/prom/tail' ? encodeTailLegacy : encodeTail
      return (socket) => follow(socket, { doors, request, wanted, encode, active })
    },
  }))
}

interface WantedTail {
  readonly query: string
  readonly limit: number
  readonly startNs: bigint
  readonly delayMs: number
}

function readTail(doors: TailDoors, params: Params): WantedTail | Answer {
  try {
    const query = params.get('query')
    checkQuery(parseQuery(query, { isToRun: true }), doors.limits())
    const limit = readLimit(params)
    const { maxEntries } = doors.limits()
    if (maxEntries > 0 && limit > maxEntries) {
      throw bad(
        `max entries limit per query exceeded, limit > max_entries_limit_per_query (${limit} > ${maxEntries})`,
      )
    }
    const { startNs } = readBounds(params, doors.nowMs())
    return { query, limit, startNs, delayMs: readDelayMs(params) }
  } catch (thrown) {
    return errorAnswer(400, messageOf(thrown))
  }
}

function readDelayMs(params: Params): number {
  const text = params.get('delay_for')
  const delayS = text === '' ? 0 : parseGoInt(text)
  if (typeof delayS !== 'number') throw bad(delayS.error)
  if (delayS < 0 || delayS > MAX_UINT32) {
    throw bad(`delay_for value ${delayS} is out of range [0, ${MAX_UINT32}]`)
  }
  if (delayS > MAX_DELAY_S) throw bad(`delay_for can't be greater than ${MAX_DELAY_S}`)
  return delayS * 1000
}

function bad(message: string): Problem {
  return new Problem('bad_data', message)
}

interface Following {
  readonly doors: TailDoors
  readonly request: SocketRequest
  readonly wanted: WantedTail
  readonly encode: EncodeTail
  readonly active: Gauge
}

/** Serves one socket. What Loki finds out only now ends it with a reason, as there. */
function follow(socket: WebSocket, { doors, request, wanted, encode, active }: Following): void {
  const { log, source, nowMs, limits } = doors
  const fail = (thrown: unknown): void => {
    const reason = Buffer.from(messageOf(thrown)).subarray(0, MAX_REASON_BYTES).toString()
    socket.close(INTERNAL_ERROR, reason.replace(/\ufffd$/, ''))
  }
  let tail: LiveTail
  try {
    const { maxTails } = limits()
    if (active.value >= maxTails) {
      throw new Problem(
        'limit',
        `max concurrent tail requests limit exceeded, count > limit (${active.value + 1} > ${maxTails})`,
      )
    }
    const endNs = BigInt(Math.ceil(nowMs())) * 1_000_000n
    const isLater = wanted.startNs > endNs
    const { startNs } = isLater
      ? wanted
      : boundSpan({ startNs: wanted.startNs, endNs }, limits(), nowMs())
    const plan = planLines(parseLinesQuery(wanted.query))
    const sender = new TailSender(socket, (most) => tail.take(most), encode, {
      categorizes: asksCategories(request.headers),
    })
    tail = new LiveTail(source, {
      ...{ plan, startNs, limit: wanted.limit, delayMs: wanted.delayMs, nowMs },
      ...{ maxStreams: MAX_STREAMS, onReady: () => sender.wake(), onFailed: fail },
    })
  } catch (thrown) {
    fail(thrown)
    return
  }
  active.inc()
  const stopPings = keepAlive(socket)
  log.debug('a tail begins', { query: wanted.query })
  socket.once('close', () => {
    stopPings()
    tail.end()
    active.dec()
    log.debug('a tail ended', { query: wanted.query })
  })
  tail.start().catch(fail)
}

/** Gives a client what there is, no faster than it takes it. */
class TailSender {
  readonly #socket: WebSocket
  readonly #take: LiveTail['take']
  readonly #encode: EncodeTail
  readonly #options: Parameters<EncodeTail>[1]
  #isScheduled = false

  constructor(
    socket: WebSocket,
    take: LiveTail['take'],
    encode: EncodeTail,
    options: Parameters<EncodeTail>[1],
  ) {
    this.#socket = socket
    this.#take = take
    this.#encode = encode
    this.#options = options
  }

  /** Sends soon: what becomes ready in one turn goes out together. */
  wake(): void {
    if (this.#isScheduled) return
    this.#isScheduled = true
    setImmediate(() => {
      this.#isScheduled = false
      this.#send()
    })
  }

  #send(): void {
    const socket = this.#socket
    if (socket.readyState !== socket.OPEN || socket.bufferedAmount > MAX_UNSENT_BYTES) return
    const portion = this.#take(ENTRIES_PER_MESSAGE)
    if (portion === undefined) return
    socket.send(this.#encode(portion, this.#options), () => this.wake())
  }
}

/** Asks again and again whether the client is there; one that is not is cut off. */
function keepAlive(socket: WebSocket): () => void {
  let unanswered = 0
  socket.on('pong', () => {
    unanswered = 0
  })
  const timer = setInterval(() => {
    if (++unanswered > PINGS_WITHOUT_ANSWER) socket.terminate()
    else socket.ping()
  }, PING_MS)
  timer.unref()
  return () => clearInterval(timer)
}
