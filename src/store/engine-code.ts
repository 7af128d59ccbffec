import { Problem } from '../model/problem.ts'

/** The engine's number of what went wrong (`system.errors`), as text; '' when it came from somewhere else. */
export function engineCodeOf(thrown: unknown): string {
  const cause = thrown instanceof Problem ? thrown.cause : undefined
  return cause instanceof Error && 'code' in cause ? String(cause.code) : ''
}
