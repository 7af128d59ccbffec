import { Problem } from '../model/problem.ts'

/** From the beginning of the first archived day to the end of the last, Unix milliseconds. */
export interface ArchivedRange {
  readonly startMs: number
  readonly endMs: number
}

export type ArchivedSignal = 'metrics' | 'logs' | 'traces'

/**
 * While the archive is away, its parts are not among those that the engine sees, which would answer as if there had never been such data. So queries that reach into
 * archived days are refused, and only those.
 */
export interface ArchiveGate {
  /** Throws a `Problem` (`unavailable`) that names the archive. Both times are part of the range, Unix milliseconds. */
  refuse(signal: ArchivedSignal, startMs: number, endMs: number): void
}

/** For a store without an archive. */
export const OPEN_GATE: ArchiveGate = { refuse: () => undefined }

/** What a gate says. `name` is that of the archive, without secrets. */
export function archiveAway(name: string, reason: string): Problem {
  return new Problem(
    'unavailable',
    `the archive ${name}, where data of this time lies, is away: ${reason}`,
  )
}
