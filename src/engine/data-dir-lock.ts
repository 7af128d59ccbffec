import { randomUUID } from 'node:crypto'
import {
  linkSync,
  mkdirSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  renameSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { Problem } from '../model/problem.ts'

/** Who holds a data directory. Start time and boot tell a process from a later one with the same number. */
interface Holder {
  readonly pid: number
  /** Clock ticks after boot, from `/proc/<pid>/stat`. */
  readonly startTicks: string
  readonly bootId: string
  /** Numbers of processes mean something only inside their namespace (a container has its own). */
  readonly pidNamespace: string
}

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
  const own: Holder = { pid: process.pid, ...describeProcess(process.pid) }
  for (let attempt = 0; attempt < 10; attempt++) {
    if (tryCreate(path, own)) return { release: () => releaseIfOwn(path, own) }
    const text = readText(path)
    if (text === undefined) continue
    const holder = parseHolder(text)
    if (holder !== undefined && isAlive(holder)) {
      throw new Problem(
        'unavailable',
        `the data directory ${dataDir} is in use by process ${holder.pid}: stop that process first, or name another directory`,
      )
    }
    removeStale(path, text)
  }
  throw new Problem(
    'unavailable',
    `the data directory ${dataDir} cannot be locked: ${path} changes all the time`,
  )
}

/** A link appears with its whole content or not at all, and never replaces another. */
function tryCreate(path: string, own: Holder): boolean {
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

function releaseIfOwn(path: string, own: Holder): void {
  if (readText(path) === JSON.stringify(own)) rmSync(path, { force: true })
}

function isAlive(holder: Holder): boolean {
  const now = describeProcess(holder.pid)
  if (holder.bootId !== now.bootId || holder.pidNamespace !== now.pidNamespace) return false
  return now.startTicks !== '' && now.startTicks === holder.startTicks
}

/** Empty strings where the system does not tell; a process that is gone has no start time. */
function describeProcess(pid: number): Omit<Holder, 'pid'> {
  // The second field is the command's name in brackets and may contain anything, so the count starts behind the last bracket.
  const stat = readText(`/proc/${pid}/stat`) ?? ''
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const isGone = fields[0] === undefined || fields[0] === '' || fields[0] === 'Z'
  return {
    startTicks: isGone ? '' : (fields[19] ?? ''),
    bootId: (readText('/proc/sys/kernel/random/boot_id') ?? '').trim(),
    pidNamespace: readNamespace(),
  }
}

function readNamespace(): string {
  try {
    return readlinkSync('/proc/self/ns/pid')
  } catch {
    return ''
  }
}

function parseHolder(text: string): Holder | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const { pid, startTicks, bootId, pidNamespace }: Partial<Record<keyof Holder, unknown>> = value
    if (typeof pid !== 'number' || typeof startTicks !== 'string') return undefined
    if (typeof bootId !== 'string' || typeof pidNamespace !== 'string') return undefined
    return { pid, startTicks, bootId, pidNamespace }
  } catch {
    return undefined
  }
}

function readText(path: string): string | undefined {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return undefined
  }
}
