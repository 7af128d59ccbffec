import { randomUUID } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../model/problem.ts'
import { identifySelf, isAlive, parseIdentity, type ProcessIdentity } from './process-identity.ts'

export interface DataDirLock {
  /** Frees the directory. May be called twice. */
  release(): void
}

/**
 * Makes this process the only one that works on a data directory, which is created (0700) where it is missing. Throws a Problem
 * (`unavailable`) that names the directory and the process holding it. A lock that a killed process left behind is taken over.
 *
 * Between containers that share a volume the process cannot be looked at; there, chDB's own lock of its files decides.
 */
export function lockDataDir(dataDir: string): DataDirLock {
  mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  const path = join(realpathSync(dataDir), 'vedette.lock')
  const own = identifySelf()
  for (let attempt = 0; attempt < 10; attempt++) {
    if (tryCreate(path, own)) return { release: () => releaseIfOwn(path, own) }
    const text = readText(path)
    if (text === undefined) continue
    const holder = parseIdentity(text)
    if (holder !== undefined && isAlive(holder)) {
      throw new Problem(
        'unavailable',
        `the data directory ${dataDir} is in use by process ${holder.pid}: stop that process first, ` +
          `or run this one beside it with a directory of its own: --data DIR`,
      )
    }
    removeStale(path, text)
  }
  throw new Problem(
    'unavailable',
    `the data directory ${dataDir} cannot be locked: ${path} changes all the time`,
  )
}

/** The process that works on a data directory now; undefined when none does. */
export function findLockHolder(dataDir: string): number | undefined {
  const text = readText(join(dataDir, 'vedette.lock'))
  const holder = text === undefined ? undefined : parseIdentity(text)
  return holder !== undefined && isAlive(holder) ? holder.pid : undefined
}

/** A link appears with its whole content or not at all, and never replaces another. */
function tryCreate(path: string, own: ProcessIdentity): boolean {
  const draft = `${path}.${randomUUID()}`
  writeFileSync(draft, JSON.stringify(own), { mode: 0o600 })
  try {
    linkSync(draft, path)
    return true
  } catch (thrown) {
    if (thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST') return false
    throw thrown
  } finally {
    rmSync(draft, { force: true })
  }
}

/** Moves the stale lock aside; if another process was quicker and this is its fresh lock, it is put back. */
function removeStale(path: string, staleText: string): void {
  const aside = `${path}.${randomUUID()}`
  try {
    renameSync(path, aside)
  } catch {
    return
  }
  try {
    if (readText(aside) !== staleText) linkSync(aside, path)
  } catch {
    // A third process has locked in between: it holds the directory now.
  } finally {
    rmSync(aside, { force: true })
  }
}

function releaseIfOwn(path: string, own: ProcessIdentity): void {
  if (readText(path) === JSON.stringify(own)) rmSync(path, { force: true })
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
