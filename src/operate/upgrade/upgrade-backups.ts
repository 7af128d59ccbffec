import {
  existsSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'
import { readArchiveNote } from '../archive/archive-note.ts'
import { entriesOf, snapshotFolder } from './snapshot-folder.ts'
import {
  readVersionNote,
  VERSION_FILE,
  writeVersionNote,
  type VersionNote,
} from './version-note.ts'

const PREFIX = 'before-upgrade-'
/** Renamed to its name when it is whole. */
const UNFINISHED = '.part'
/** The backup of an upgrade takes room as the data behind it is merged and dropped, so it goes one day. */
export const UPGRADE_BACKUP_KEPT_MS = 7 * 86_400_000
/** What says where things of the archive are. That cannot go back, since what lies there is as it is now, so this goes on to hold. */
const LISTS_OF_ARCHIVE = ['archive.json', 'engine/db/disks']
/** Stands in the data folder while files change places. */
const JOURNAL = 'downgrade.json'

/** What the data was before an upgrade. */
export interface UpgradeBackup {
  /** Of the tables then; part of the folder's name. */
  readonly schema: number
  readonly folder: string
  readonly takenMs: number
  readonly note: VersionNote
}

/** Takes the backup before an upgrade, in the data folder itself, and removes that of the upgrade before. Throws a `Problem` when there is no room. */
export function takeUpgradeBackup(dataFolder: string, note: VersionNote): UpgradeBackup {
  const folder = path.join(dataFolder, `${PREFIX}${note.schema}`)
  const draft = `${folder}${UNFINISHED}`
  rmSync(draft, { recursive: true, force: true })
  try {
    mkdirSync(draft, { mode: 0o700 })
    snapshotFolder(dataFolder, draft)
    writeVersionNote(draft, note)
  } catch (thrown) {
    rmSync(draft, { recursive: true, force: true })
    throw thrown
  }
  for (const { folder: old } of listUpgradeBackups(dataFolder)) {
    rmSync(old, { recursive: true, force: true })
  }
  rmSync(folder, { recursive: true, force: true })
  renameSync(draft, folder)
  return { schema: note.schema, folder, takenMs: Date.now(), note }
}

/** Those that are whole, the newest first: there is one, but for a moment. */
export function listUpgradeBackups(dataFolder: string): readonly UpgradeBackup[] {
  const names = existsSync(dataFolder) ? readdirSync(dataFolder) : []
  return names
    .flatMap((name) => {
      const schema = /^before-upgrade-(\d+)$/.exec(name)?.[1]
      if (schema === undefined) return []
      const folder = path.join(dataFolder, name)
      const note = readVersionNote(folder)
      if (note === undefined) return []
      const takenMs = statSync(path.join(folder, VERSION_FILE)).mtimeMs
      return [{ schema: Number(schema), folder, takenMs, note }]
    })
    .sort((a, b) => b.takenMs - a.takenMs)
}

/** Removes backups of upgrades that were taken before a time. */
export function removeUpgradeBackups(dataFolder: string, beforeMs: number): readonly string[] {
  const old = listUpgradeBackups(dataFolder).filter(({ takenMs }) => takenMs < beforeMs)
  for (const { folder } of old) rmSync(folder, { recursive: true, force: true })
  return old.map(({ folder }) => folder)
}

/**
 * Brings back what was there before the upgrade; what is there now goes into `after-upgrade-TIME` beside it, but for the list of the archive: what lies there
 * stays to be seen. Files only change places: an interruption is
 * made up for by doing it again. Resolves to where the newer data lies now. Throws a `Problem` when the older program would not see what is in the archive,
 * unless it is `isArchiveLeft`.
 */
export function bringBack(
  dataFolder: string,
  nowMs: number,
  { isArchiveLeft = false }: { readonly isArchiveLeft?: boolean } = {},
): { readonly from: UpgradeBackup | undefined; readonly aside: string } {
  const journal = path.join(dataFolder, JOURNAL)
  const [backup] = listUpgradeBackups(dataFolder)
  const begun = readJournal(journal)
  if (begun === undefined && backup === undefined) {
    throw new Problem(
      'not_found',
      `there is no backup of an upgrade in ${dataFolder} (${PREFIX}N): bring back another backup with vedette restore`,
    )
  }
  if (begun === undefined && backup !== undefined && !isArchiveLeft)
    refuseForeignParts(dataFolder, backup.folder)
  const plan = begun ?? {
    backup: backup?.folder ?? '',
    aside: path.join(
      dataFolder,
      `after-upgrade-${new Date(nowMs).toISOString().replace(/[-:]|\.\d+/g, '')}`,
    ),
    names: entriesOf(dataFolder),
  }
  if (begun === undefined)
    writeFileSync(journal, JSON.stringify(plan), { mode: 0o600, flush: true })
  mkdirSync(plan.aside, { recursive: true, mode: 0o700 })
  for (const name of plan.names) {
    const to = path.join(plan.aside, name)
    // What is there already went before an interruption: what has its name now has come from the backup.
    if (!existsSync(to) && existsSync(path.join(dataFolder, name)))
      renameSync(path.join(dataFolder, name), to)
  }
  for (const name of existsSync(plan.backup) ? readdirSync(plan.backup) : []) {
    renameSync(path.join(plan.backup, name), path.join(dataFolder, name))
  }
  for (const name of LISTS_OF_ARCHIVE) keepNewer(dataFolder, plan.aside, name)
  rmSync(plan.backup, { recursive: true, force: true })
  rmSync(journal)
  return { from: backup, aside: plan.aside }
}

/** Takes something back from what was laid aside, in exchange for what the backup had of it. */
function keepNewer(dataFolder: string, aside: string, name: string): void {
  const [newer, place] = [path.join(aside, name), path.join(dataFolder, name)]
  if (!existsSync(newer)) return
  const older = path.join(aside, `before-upgrade-${path.basename(name)}`)
  if (existsSync(place)) renameSync(place, older)
  mkdirSync(path.dirname(place), { recursive: true, mode: 0o700 })
  renameSync(newer, place)
}

/** Tables that an upgrade has made anew have other names on the disks: the older program would not find what of theirs is in the archive. */
function refuseForeignParts(dataFolder: string, backup: string): void {
  const archive = readArchiveNote(dataFolder)
  if (archive === undefined) return
  const root = archive.place.startsWith('/')
    ? archive.place
    : path.join(dataFolder, 'engine/db/disks/archive_s3')
  const foreign = foldersIn(path.join(root, 'store')).flatMap((start) =>
    foldersIn(path.join(root, 'store', start))
      .filter((uuid) => !existsSync(path.join(backup, 'engine/db/store', start, uuid)))
      .flatMap((uuid) => foldersIn(path.join(root, 'store', start, uuid)))
      .filter((part) => part !== 'detached'),
  )
  if (foreign.length === 0) return
  throw new Problem(
    'unavailable',
    `the upgrade has made tables anew of which ${foreign.length} parts lie in the archive ${archive.place}: the older program would not see them. ` +
      'Bring back a backup of that version with vedette restore, which has them, or go back without them with --without-archive. Nothing was changed',
  )
}

function foldersIn(folder: string): readonly string[] {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name)
}

/** Throws a `Problem` when `bringBack` was interrupted. */
export function refuseHalfWay(dataFolder: string): void {
  if (!existsSync(path.join(dataFolder, JOURNAL))) return
  throw new Problem(
    'unavailable',
    `a downgrade of ${dataFolder} was interrupted: run vedette downgrade --data ${dataFolder} again, it goes on where it stopped`,
  )
}

interface Plan {
  readonly backup: string
  readonly aside: string
  readonly names: readonly string[]
}

function readJournal(file: string): Plan | undefined {
  if (!existsSync(file)) return undefined
  const value: unknown = JSON.parse(readFileSync(file, 'utf8'))
  if (!isPlan(value)) throw new Problem('bad_data', `${file} is damaged`)
  return value
}

function isPlan(value: unknown): value is Plan {
  return (
    typeof value === 'object' &&
    value !== null &&
    'backup' in value &&
    typeof value.backup === 'string' &&
    'aside' in value &&
    typeof value.aside === 'string' &&
    'names' in value &&
    Array.isArray(value.names)
  )
}
