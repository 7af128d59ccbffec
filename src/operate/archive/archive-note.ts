import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'
import type { ArchivedRange, ArchivedSignal } from '../../store/archive-gate.ts'

/** What a data folder knows of its archive, also while that is away: `archive.json` in it. */
export interface ArchiveNote {
  /** Made for the first move; the archive carries the same one. */
  readonly id: string
  /** Its name for people. */
  readonly place: string
  /** What days of each signal lie there; wider than what does, never narrower. */
  readonly ranges: Readonly<Partial<Record<ArchivedSignal, ArchivedRange>>>
  /** When something was moved there last, Unix milliseconds. */
  readonly movedMs?: number
}

/** Not part of backups: what they bring back has an archive of its own. */
const FILE = 'archive.json'

/** Undefined when nothing was ever archived. Throws a `Problem` when the file is damaged: what is in the archive would not be missed. */
export function readArchiveNote(dataFolder: string): ArchiveNote | undefined {
  const file = path.join(dataFolder, FILE)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw new Problem('unavailable', `${file} cannot be read: ${messageOf(thrown)}`)
  }
  const value = parse(text)
  if (!isNote(value))
    throw new Problem(
      'bad_data',
      `${file} is damaged: bring it back, it says what lies in the archive`,
    )
  return value
}

/** Written whole or not at all. */
export function writeArchiveNote(dataFolder: string, note: ArchiveNote): void {
  const file = path.join(dataFolder, FILE)
  const draft = `${file}.part`
  try {
    writeFileSync(draft, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true })
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isNote(value: unknown): value is ArchiveNote {
  return (
    typeof value === 'object' &&
    value !== null &&
    'id' in value &&
    typeof value.id === 'string' &&
    'place' in value &&
    typeof value.place === 'string' &&
    'ranges' in value &&
    typeof value.ranges === 'object' &&
    value.ranges !== null
  )
}
