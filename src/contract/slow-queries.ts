/** `GET /api/own/slow-queries`: the newest first. */
export interface SlowQueriesJson {
  /** Queries that take this long are listed. */
  readonly slowMs: number
  readonly queries: readonly SlowQueryJson[]
}

export interface SlowQueryJson {
  /** When it began. */
  readonly atMs: number
  readonly durationMs: number
  /** Listener, method and route. */
  readonly request: string
  /** Empty where there is none. */
  readonly query: string
  /** A login, `token NAME`, or the kind of who needs no name (`loopback`); empty where that is not known. */
  readonly asker: string
  readonly status: number
  /** Of the trace that was made of it. */
  readonly traceId: string
}
