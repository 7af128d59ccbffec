import {
  copyFileSync,
  linkSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readlinkSync,
  statfsSync,
  symlinkSync,
} from 'node:fs'
import path from 'node:path'
import { Problem } from '../../model/problem.ts'

/**
 * Files below this are copied: the few that the engine writes again in place (the versions of parts, logs of what was inserted) are small. Larger ones never
 * change once they are there, and are linked.
 */
const COPIED_BELOW_BYTES = 64 * 1024
/** What stays free beside what is copied. */
const SPARE_BYTES = 256 * 1024 * 1024

/** Not part of a snapshot: what belongs to a process, can be made again, or is one itself. */
const LEFT_OUT =
  /^(?:before-upgrade-\d+.*|after-upgrade-.*|backup|vedette\.lock.*|engine\.sock|engine\/spool|engine\/run|engine\/config\.xml|engine\/db\/(?:shadow|cache|tmp))$/

interface Found {
  /** Below the folder. */
  readonly name: string
  readonly bytes: number
  readonly isLinked: boolean
  /** The engine has a few, to its own folders by their absolute paths, which stay right. */
  readonly isSymbolic: boolean
}

/**
 * Makes a second name for every file of a data folder that nobody works on: at once and, until the first of them is replaced, without room. SQLite's files are
 * written in place, so that they are copied. Throws a `Problem` when what has to be copied does not fit.
 */
export function snapshotFolder(folder: string, target: string): void {
  const files = [...filesBelow(folder, '')]
  const copiedBytes = files.reduce((sum, { bytes, isLinked }) => sum + (isLinked ? 0 : bytes), 0)
  const { bavail, bsize } = statfsSync(folder)
  if (copiedBytes + SPARE_BYTES > bavail * bsize) {
    throw new Problem(
      'unavailable',
      `there is no room in ${folder} for the backup that an upgrade takes first: it needs ${mebibytes(copiedBytes + SPARE_BYTES)}, ${mebibytes(bavail * bsize)} are free. ` +
        `Make room, or set VEDETTE_UPGRADE_WITHOUT_BACKUP=yes to do without`,
    )
  }
  for (const { name, isLinked, isSymbolic } of files) {
    const to = path.join(target, name)
    mkdirSync(path.dirname(to), { recursive: true, mode: 0o700 })
    if (isSymbolic) {
      symlinkSync(readlinkSync(path.join(folder, name)), to)
      continue
    }
    if (!isLinked || !tryLink(path.join(folder, name), to)) {
      copyFileSync(path.join(folder, name), to)
    }
  }
}

/** Entries at the top of a data folder that a snapshot holds. */
export function entriesOf(folder: string): readonly string[] {
  return readdirSync(folder).filter((name) => !LEFT_OUT.test(name))
}

function* filesBelow(root: string, below: string): Generator<Found> {
  for (const entry of readdirSync(path.join(root, below), { withFileTypes: true })) {
    const name = below === '' ? entry.name : `${below}/${entry.name}`
    if (LEFT_OUT.test(name)) continue
    if (entry.isDirectory()) yield* filesBelow(root, name)
    const isSymbolic = entry.isSymbolicLink()
    if (!entry.isFile() && !isSymbolic) continue
    const bytes = lstatSync(path.join(root, name)).size
    const isLinked = name.startsWith('engine/db/') && bytes >= COPIED_BELOW_BYTES
    yield { name, bytes, isLinked, isSymbolic }
  }
}

/** False where the file system has no links. */
function tryLink(from: string, to: string): boolean {
  try {
    linkSync(from, to)
    return true
  } catch {
    return false
  }
}

function mebibytes(bytes: number): string {
  return `${Math.ceil(bytes / 1024 ** 2).toLocaleString('en-US')} MiB`
}
