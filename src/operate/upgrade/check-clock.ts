import { statSync } from 'node:fs'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'

const DAY_MS = 86_400_000
/** No program of this kind ran before: a clock that says so was never set. */
const EARLIEST_MS = Date.UTC(2025, 0, 1)
/** Retention would drop everything that is older than this at once; a server that was off for so long is rarer than a clock that is wrong. */
const LONGEST_PAUSE_MS = 366 * DAY_MS
/** A clock that is set back by less is none that a person has to look after. */
const NOTICED_MS = 3_600_000
/** Files of a data folder that are written all the time, or at each start. */
const WRITTEN = ['metadata.sqlite-wal', 'metadata.sqlite', 'version.json']

/**
 * Refuses a clock that cannot be right, before retention and the times of what comes are judged by it. Resolves to what is strange and goes all the same, undefined for nothing.
 * Throws a `Problem` that says what to do.
 */
export function checkClock(
  dataFolder: string,
  nowMs: number,
  env: Readonly<Record<string, string | undefined>>,
): string | undefined {
  if (env['VEDETTE_CLOCK_IS_RIGHT'] === 'yes') return undefined
  const now = new Date(nowMs).toISOString()
  if (nowMs < EARLIEST_MS) {
    throw new Problem(
      'unavailable',
      `the clock of this machine says ${now}, which cannot be: set it (timedatectl set-ntp true), then start again. Nothing was changed`,
    )
  }
  const lastMs = lastWritten(dataFolder)
  if (lastMs === undefined) return undefined
  const last = new Date(lastMs).toISOString()
  if (nowMs - lastMs > LONGEST_PAUSE_MS) {
    throw new Problem(
      'unavailable',
      `the clock of this machine says ${now}, and ${dataFolder} was last written to at ${last}: retention would drop what is there. ` +
        'Set the clock (timedatectl set-ntp true), or set VEDETTE_CLOCK_IS_RIGHT=yes if it is right. Nothing was changed',
    )
  }
  if (lastMs - nowMs <= NOTICED_MS) return undefined
  return `it says ${now}, and ${dataFolder} was written to at ${last}: what comes now lies before what is there`
}

function lastWritten(folder: string): number | undefined {
  const times = WRITTEN.flatMap((name) => {
    const found = statSync(path.join(folder, name), { throwIfNoEntry: false })
    return found === undefined ? [] : [found.mtimeMs]
  })
  return times.length === 0 ? undefined : Math.max(...times)
}
