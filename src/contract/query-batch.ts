/** `POST /api/vedette/query-batch`: several queries in one request, answered line by line. */
export interface QueryBatchRequestJson {
  /** Paths below `/api/prometheus/api/v1` with their parameters, such as `/query_range?query=up&start=0&end=60&step=15`. */
  readonly requests: readonly string[]
}

/** One line of the answer, beginning with `at`; lines come in the order in which queries are done. */
export interface QueryBatchLineJson<T> {
  /** Which of the requests. */
  readonly at: number
  /** What it would have been answered with on its own. */
  readonly status: number
  /** Null where the answer has no body. */
  readonly body: T | null
}
