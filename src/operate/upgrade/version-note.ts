import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { messageOf, Problem } from '../../model/problem.ts'

/** What forms the data of a folder has: `version.json` in it, written when a program has opened all of it. */
export interface VersionNote {
  /** Of the tables of samples, lines and spans (store/schema.ts). */
  readonly schema: number
  /** Of the tables of metadata, by feature. */
  readonly metadata: Readonly<Record<string, number>>
  /** Of the program that wrote it. */
  readonly program: string
}

export const VERSION_FILE = 'version.json'

/** Undefined where there is none: the folder is new, or of a program that wrote no note yet. Throws a `Problem` for one that cannot be read. */
export function readVersionNote(folder: string): VersionNote | undefined {
  const file = path.join(folder, VERSION_FILE)
  let text: string
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'ENOENT') return undefined
    throw new Problem('unavailable', `${file} cannot be read: ${messageOf(thrown)}`)
  }
  const value = parse(text)
  // A note that says nothing is as none: then the tables are asked.
  return isNote(value) ? value : undefined
}

/** Written whole or not at all. */
export function writeVersionNote(folder: string, note: VersionNote): void {
  const file = path.join(folder, VERSION_FILE)
  const draft = `${file}.part`
  try {
    writeFileSync(draft, `${JSON.stringify(note)}\n`, { mode: 0o600, flush: true })
    renameSync(draft, file)
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Whether a program that knows `known` would change data of `note`. */
export function isOlder(note: VersionNote, known: VersionNote): boolean {
  if (note.schema < known.schema) return true
  return Object.entries(known.metadata).some(
    ([feature, version]) => version > (note.metadata[feature] ?? 0),
  )
}

/** Whether a program that knows `known` cannot use data of `note`. */
export function isNewer(note: VersionNote, known: VersionNote): boolean {
  if (note.schema > known.schema) return true
  return Object.entries(note.metadata).some(
    ([feature, version]) => version > (known.metadata[feature] ?? 0),
  )
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

function isNote(value: unknown): value is VersionNote {
  return (
    typeof value === 'object' &&
    value !== null &&
    'schema' in value &&
    typeof value.schema === 'number' &&
    'metadata' in value &&
    typeof value.metadata === 'object' &&
    value.metadata !== null &&
    'program' in value
  )
}
