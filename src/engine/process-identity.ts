import { readFileSync, readlinkSync } from 'node:fs'

/** A process, told from a later one with the same number by its start time and the boot. */
export interface ProcessIdentity {
  readonly pid: number
  /** Clock ticks after boot, from `/proc/<pid>/stat`. */
  readonly startTicks: string
  readonly bootId: string
  /** Numbers of processes mean something only inside their namespace (a container has its own). */
  readonly pidNamespace: string
}

export function identifySelf(): ProcessIdentity {
  return { pid: process.pid, ...describeProcess(process.pid) }
}

/** True for a process of this boot and namespace that runs. */
export function isAlive(identity: ProcessIdentity): boolean {
  const now = describeProcess(identity.pid)
  if (identity.bootId !== now.bootId || identity.pidNamespace !== now.pidNamespace) return false
  return now.startTicks !== '' && now.startTicks === identity.startTicks
}

/** True for a process that has certainly ended: one of another namespace cannot be looked at, and may run. */
export function isDead(identity: ProcessIdentity): boolean {
  const now = describeProcess(identity.pid)
  if (identity.bootId !== now.bootId) return identity.bootId !== '' && now.bootId !== ''
  return identity.pidNamespace === now.pidNamespace && !isAlive(identity)
}

/** Reads what JSON.stringify made of an identity; undefined for anything else. */
export function parseIdentity(text: string): ProcessIdentity | undefined {
  try {
    const value: unknown = JSON.parse(text)
    if (typeof value !== 'object' || value === null) return undefined
    const {
      pid,
      startTicks,
      bootId,
      pidNamespace,
    }: Partial<Record<keyof ProcessIdentity, unknown>> = value
    if (typeof pid !== 'number' || typeof startTicks !== 'string') return undefined
    if (typeof bootId !== 'string' || typeof pidNamespace !== 'string') return undefined
    return { pid, startTicks, bootId, pidNamespace }
  } catch {
    return undefined
  }
}

/** Empty strings where the system does not tell; a process that is gone has no start time. */
function describeProcess(pid: number): Omit<ProcessIdentity, 'pid'> {
  // The second field is the command's name in brackets and may contain anything, so the count starts behind the last bracket.
  const stat = readText(`/proc/${pid}/stat`)
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const isGone = fields[0] === undefined || fields[0] === '' || fields[0] === 'Z'
  return {
    startTicks: isGone ? '' : (fields[19] ?? ''),
    bootId: readText('/proc/sys/kernel/random/boot_id').trim(),
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

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch {
    return ''
  }
}
