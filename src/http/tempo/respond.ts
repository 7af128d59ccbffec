import { messageOf, type ProblemCode } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, toProblem } from '../http-fault.ts'
import type { Answer } from '../send.ts'

/** By code of a `Problem`. */
export const TEMPO_STATUS: Readonly<Record<ProblemCode, number>> = {
  bad_data: 400,
  execution: 400,
  limit: 422,
  timeout: 504,
  canceled: 499,
  unavailable: 503,
  not_found: 404,
  forbidden: 403,
  internal: 500,
}

export function jsonAnswer(value: unknown, status = 200): Answer {
  return { status, contentType: 'application/json', body: JSON.stringify(value) }
}

/** Errors are plain text, as Tempo's are. */
export function errorAnswer(status: number, message: string): Answer {
  return {
    status,
    contentType: 'text/plain; charset=utf-8',
    headers: { 'x-content-type-options': 'nosniff' },
    body: message,
  }
}

/** A handler whose problems are answered as Tempo answers them. */
export function guarded(
  log: Log,
  path: string,
  handle: (exchange: Exchange) => Answer | Promise<Answer>,
): Route['handle'] {
  return async (exchange) => {
    try {
      return await handle(exchange)
    } catch (thrown) {
      if (thrown instanceof HttpFault) throw thrown
      const problem = toProblem(thrown)
      if (problem.code === 'internal')
        log.error('Request failed', { path, error: messageOf(thrown) })
      return errorAnswer(TEMPO_STATUS[problem.code], problem.message)
    }
  }
}
