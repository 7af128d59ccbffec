/**
 * The stable codes of what can go wrong. A door maps a code to its own status (`unavailable` is 503 for Prometheus); nothing
 * else does. Messages say what happened, which limit it was, and what to do.
 */
export type ProblemCode =
  | 'bad_data' // the request cannot be understood
  | 'execution' // understood, but it cannot be evaluated (Prometheus: 422)
  | 'timeout' // took longer than its limit
  | 'canceled' // the client went away
  | 'limit' // would pass a named limit
  | 'unavailable' // cannot be served now; retrying is right
  | 'not_found'
  | 'forbidden' // switched off, or not allowed
  | 'internal'

export class Problem extends Error {
  override readonly name = 'Problem'
  readonly code: ProblemCode

  constructor(code: ProblemCode, message: string, options?: { cause?: unknown }) {
    super(message, options)
    this.code = code
  }
}

/** The message of anything thrown, for logs and answers. */
export function messageOf(thrown: unknown): string {
  return thrown instanceof Error ? thrown.message : String(thrown)
}
