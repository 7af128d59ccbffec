import { messageOf, Problem } from '../model/problem.ts'
import { ApiError } from './api-client.ts'
import { UsageError } from './usage-error.ts'

/** In one line; a person is never shown a stack trace unless VEDETTE_STACK asks for it. */
export function describeFailure(thrown: unknown): string {
  const isExpected =
    thrown instanceof Problem || thrown instanceof ApiError || thrown instanceof UsageError
  if (isExpected) return thrown.message.trimEnd()
  if (isSet(process.env['VEDETTE_STACK']) && thrown instanceof Error)
    return thrown.stack ?? thrown.message
  return `unexpected: ${messageOf(thrown)} (a fault of this program; VEDETTE_STACK=1 shows where)`
}

function isSet(value: string | undefined): boolean {
  return value !== undefined && value !== ''
}
