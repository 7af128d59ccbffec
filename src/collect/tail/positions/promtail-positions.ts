import { statSync } from 'node:fs'
import { FaultList, formatFault } from '../../../yaml/fault.ts'
import { readYamlFile } from '../../../yaml/read-file.ts'
import type { Log } from '../../../self/log.ts'

/** What promtail has read, as its positions.yaml says. */
export interface PromtailPositions {
  /** Bytes, by path. */
  readonly offsets: ReadonlyMap<string, number>
  /** Cursors of journals, by the name of the job. */
  readonly cursors: ReadonlyMap<string, string>
}

const NONE: PromtailPositions = { offsets: new Map(), cursors: new Map() }
/** promtail's names for cursors; the second is that of old versions. */
const CURSOR = /^(?:cursor|journal)-(.*)$/s

/**
 * Reads promtail's positions.yaml, so that what it has sent already is not read again. One that is not there says nothing; one
 * that cannot be understood is said, and nothing is taken over.
 */
export function readPromtailPositions(file: string, log: Log): PromtailPositions {
  if (!statSync(file, { throwIfNoEntry: false })?.isFile()) return NONE
  const faults = new FaultList()
  const root = readYamlFile(file, { faults })
  const offsets = new Map<string, number>()
  const cursors = new Map<string, string>()
  for (const entry of root?.asMap()?.key('positions').asMap()?.entries() ?? []) {
    const text = entry.asRawString() ?? ''
    const job = CURSOR.exec(entry.name)?.[1]
    if (job !== undefined) cursors.set(job, text)
    else if (/^\d{1,15}$/.test(text)) offsets.set(entry.name, Number(text))
  }
  const [fault] = faults.items
  if (fault !== undefined) {
    log.warn('positions of promtail cannot be taken over', { reason: formatFault(fault) })
    return NONE
  }
  log.info('positions of promtail are taken over', { file, files: offsets.size })
  return { offsets, cursors }
}
