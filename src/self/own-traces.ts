import {
  OwnTrace,
  type OwnAttributes,
  type OwnKind,
  type OwnSpan,
  type TraceKeeper,
} from './spans.ts'

export interface OwnTraceSettings {
  /** The share of requests that are kept, from 0 to 1; 0 also ends the list of slow queries. */
  readonly sampling: number
  /** Queries that take this long are kept and listed whatever the share is. */
  readonly slowMs: number
}

/** A query that took long. */
export interface SlowQuery {
  readonly atMs: number
  readonly durationMs: number
  /** What was asked, such as `prometheus GET /api/v1/query_range`. */
  readonly request: string
  /** Empty where the request has none. */
  readonly query: string
  /** Who asked: a login, `token NAME`, or the kind of who needs no name (`loopback`); empty where that is not known. */
  readonly asker: string
  readonly status: number
  readonly traceId: string
}

/** The attribute that holds the text of a query. */
export const QUERY_TEXT = 'vedette.query'
/** The attribute that holds who asked, by the name that OpenTelemetry gives it. */
export const ASKER = 'enduser.id'

const MAX_SLOW = 100
/** Spans that wait to be stored; further ones are counted and lost. */
const MAX_HELD = 5000
/** However much is asked, no more traces a second are kept than this. */
const MAX_PER_SECOND = 20

/** Decides which requests of this program become traces, and holds these until somebody stores them. */
export class OwnTraces implements TraceKeeper {
  readonly #settings: () => OwnTraceSettings
  readonly #random: () => number
  readonly #slow: SlowQuery[] = []
  #held: OwnSpan[] = []
  #second = 0
  #keptInSecond = 0
  #lost = 0

  constructor(settings: () => OwnTraceSettings, random: () => number = Math.random) {
    this.#settings = settings
    this.#random = random
  }

  /** Spans that were lost because nobody stored them in time. */
  get lost(): number {
    return this.#lost
  }

  /** The slowest of late come last. */
  get slow(): readonly SlowQuery[] {
    return this.#slow
  }

  /**
   * Begins to trace a request; undefined: it is not traced. Ingest is decided about at its beginning, so that most of it costs nothing; queries
   * at their end, because slow ones are kept.
   */
  begin(kind: OwnKind, name: string, attributes: OwnAttributes): OwnTrace | undefined {
    const { sampling } = this.#settings()
    if (sampling <= 0) return undefined
    if (kind === 'ingest' && this.#random() >= sampling) return undefined
    return new OwnTrace(kind, name, attributes, this)
  }

  /** Ends a trace with the status of HTTP that the request was answered with. */
  end(trace: OwnTrace, status: number): void {
    if (trace.isSplit) return
    const { sampling, slowMs } = this.#settings()
    const durationMs = performance.now() - trace.startMs
    const isSlow = trace.kind === 'query' && durationMs >= slowMs
    trace.annotate('http.response.status_code', status)
    if (isSlow) this.#list(trace, durationMs, status)
    const isWanted = isSlow || trace.kind === 'ingest' || this.#random() < sampling
    if (!isWanted || !this.#hasTurn()) return
    const spans = trace.end(status >= 500 ? `answered with status ${status}` : undefined)
    if (this.#held.length + spans.length > MAX_HELD) this.#lost += spans.length
    else this.#held.push(...spans)
  }

  /** Hands out what waits to be stored. */
  take(): readonly OwnSpan[] {
    const taken = this.#held
    this.#held = []
    return taken
  }

  #hasTurn(): boolean {
    const second = Math.floor(performance.now() / 1000)
    if (second !== this.#second) {
      this.#second = second
      this.#keptInSecond = 0
    }
    return ++this.#keptInSecond <= MAX_PER_SECOND
  }

  #list(trace: OwnTrace, durationMs: number, status: number): void {
    this.#slow.push({
      ...{ atMs: Date.now() - durationMs, durationMs, request: trace.name, status },
      query: String(trace.get(QUERY_TEXT) ?? ''),
      asker: String(trace.get(ASKER) ?? ''),
      traceId: trace.traceId,
    })
    if (this.#slow.length > MAX_SLOW) this.#slow.shift()
  }
}
