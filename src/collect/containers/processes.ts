import { readdirSync, readlinkSync } from 'node:fs'
import { readTextIfPresent } from '../host/files.ts'
import { splitFields } from '../host/fields.ts'
import type { Reading } from './reading.ts'

/** Processes and threads of one group that are looked at; a group with more tells of so many. */
const MAX_TASKS = 2000
/** Handles of one process whose kind is looked at. */
const MAX_HANDLES = 20_000

/** The numbers of a file such as cgroup.procs. */
export function parseIds(text: string | undefined): number[] {
  const out: number[] = []
  for (const line of text?.split('\n') ?? []) {
    const id = Number(line)
    // 0 is a process that this namespace does not see.
    if (line !== '' && id > 0 && out.length < MAX_TASKS) out.push(id)
  }
  return out
}

/** Counts the processes of a group with their handles and sockets. What may not be looked into is not there. */
export function readProcesses(procRoot: string, ids: readonly number[], reading: Reading): void {
  reading.processes = ids.length
  let handles = 0
  let sockets = 0
  let seen = 0
  for (const id of ids) {
    const folder = `${procRoot}/${id}/fd`
    const names = listIfAllowed(folder)
    if (names === undefined) continue
    seen++
    handles += names.length
    for (const name of names.slice(0, MAX_HANDLES)) {
      if (linkOf(`${folder}/${name}`)?.startsWith('socket:') === true) sockets++
    }
  }
  if (seen === 0 && ids.length > 0) return
  reading.fileDescriptors = handles
  reading.sockets = sockets
}

/** The soft bound of open files of a process; -1 is no bound. */
export function readOpenFilesLimit(procRoot: string, id: number): number {
  const text = readTextIfPresent(`${procRoot}/${id}/limits`)
  const found = /^Max open files\s+(\d+|unlimited)\s/m.exec(text ?? '')?.[1]
  if (found === undefined) return Number.NaN
  return found === 'unlimited' ? -1 : Number(found)
}

/** How many threads sleep, run, are stopped, wait uninterruptibly; the kernel tells of none apart that waits for a disk. */
export function readTasks(procRoot: string, threads: readonly number[]): number[] {
  const counts = [0, 0, 0, 0, 0]
  for (const id of threads) {
    const text = readTextIfPresent(`${procRoot}/${id}/stat`)
    // The name of a process may contain anything, parentheses as well.
    const state = text?.[text.lastIndexOf(')') + 2]
    const column = state === undefined ? -1 : 'SRTD'.indexOf(state === 't' ? 'T' : state)
    if (column >= 0) counts[column] = (counts[column] ?? 0) + 1
    else if (state === 'I') counts[0] = (counts[0] ?? 0) + 1
  }
  return counts
}

/** The network namespace of a process, e.g. `net:[4026531840]`; undefined when it is gone or may not be looked into. */
export function networkOf(procRoot: string, id: number): string | undefined {
  return linkOf(`${procRoot}/${id}/ns/net`)
}

/** Interfaces that have nothing to say of a container, or say again what others do (cAdvisor, isIgnoredDevice). */
const IGNORED = /^(?:lo|veth|docker|nerdctl)/i
const MAX_INTERFACES = 256

/** The interfaces of /proc/PID/net/dev with the counters that cAdvisor gives; undefined when the process is gone. */
export function readInterfaces(
  procRoot: string,
  id: number,
): { readonly name: string; readonly counts: Float64Array }[] | undefined {
  let text
  try {
    text = readTextIfPresent(`${procRoot}/${id}/net/dev`)
  } catch {
    // The kernel's answer for a process that ended: EINVAL.
    return undefined
  }
  if (text === undefined) return undefined
  const out = []
  for (const line of text.split('\n')) {
    const colon = line.lastIndexOf(':')
    const name = line.slice(0, colon).trim()
    if (colon < 0 || IGNORED.test(name)) continue
    const fields = splitFields(line.slice(colon + 1)).map(Number)
    if (fields.length < 16 || fields.some(Number.isNaN) || out.length >= MAX_INTERFACES) continue
    out.push({ name, counts: Float64Array.from([...fields.slice(0, 4), ...fields.slice(8, 12)]) })
  }
  return out
}

function listIfAllowed(folder: string): string[] | undefined {
  try {
    return readdirSync(folder)
  } catch {
    return undefined
  }
}

function linkOf(path: string): string | undefined {
  try {
    return readlinkSync(path)
  } catch {
    return undefined
  }
}
