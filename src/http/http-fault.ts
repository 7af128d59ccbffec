import { messageOf, Problem, type ProblemCode } from '../model/problem.ts'

/** A refusal that HTTP itself has a status for (413, 415, …), as opposed to a `Problem` of the thing asked for. */
export class HttpFault extends Error {
  override readonly name = 'HttpFault'
  readonly status: number
  readonly headers: Readonly<Record<string, string>>

  constructor(status: number, message: string, headers: Readonly<Record<string, string>> = {}) {
    super(message)
    this.status = status
    this.headers = headers
  }
}

/**
 * Status by code of a `Problem`: the table of Prometheus (web/api/v1, getDefaultErrorCode), with 503 for `unavailable`, where
 * the original falls through to 500 although it means the same.
 */
export const STATUS_OF: Readonly<Record<ProblemCode, number>> = {
  bad_data: 400,
  execution: 422,
  limit: 422,
  timeout: 503,
  canceled: 499,
  unavailable: 503,
  not_found: 404,
  forbidden: 403,
  internal: 500,
}

/** Anything thrown as a `Problem`: what is not one already is a fault of the program. */
export function toProblem(thrown: unknown): Problem {
  return thrown instanceof Problem
    ? thrown
    : new Problem('internal', messageOf(thrown), { cause: thrown })
}
