import { readFileSync, readdirSync } from 'node:fs'

/** A live process as /proc shows it. */
export interface ProcessEntry {
  pid: number
  parentPid: number
  groupPid: number
  /** `R`, `S`, `T` (stopped), … of proc(5). */
  state: string
  commandLine: string
}

/** Memory of one or several processes, from /proc/PID/smaps_rollup. */
export interface ProcessMemory {
  rssBytes: number
  /** Anonymous plus shared memory: what cannot be given back by dropping file pages. */
  anonymousAndSharedBytes: number
}

/** The processes of a group that still live (zombies do not), the leader first. */
export function listProcessGroup(groupPid: number): ProcessEntry[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => readProcess(Number(name)))
    .filter((entry) => entry !== null)
    .filter((entry) => entry.groupPid === groupPid && entry.state !== 'Z')
    .sort((a, b) => a.pid - b.pid)
}

/** The sum over the processes; one that has ended meanwhile counts as nothing. */
export function measureMemory(pids: readonly number[]): ProcessMemory {
  const sum = { rssBytes: 0, anonymousAndSharedBytes: 0 }
  for (const pid of pids) {
    const rollup = readProcFile(pid, 'smaps_rollup') ?? ''
    const status = readProcFile(pid, 'status') ?? ''
    sum.rssBytes += kilobytes(rollup, 'Rss') * 1024
    sum.anonymousAndSharedBytes +=
      (kilobytes(rollup, 'Anonymous') + kilobytes(status, 'RssShmem')) * 1024
  }
  return sum
}

function readProcess(pid: number): ProcessEntry | null {
  const stat = readProcFile(pid, 'stat')
  if (stat === null) return null
  // The second field is the program's name in parentheses and may hold anything: count from the last parenthesis.
  const [state = '', parentPid, groupPid] = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  const commandLine = (readProcFile(pid, 'cmdline') ?? '').replaceAll('\0', ' ').trimEnd()
  return { pid, parentPid: Number(parentPid), groupPid: Number(groupPid), state, commandLine }
}

function kilobytes(text: string, key: string): number {
  const line = text.split('\n').find((each) => each.startsWith(`${key}:`))
  return Number(line?.match(/\d+/)?.[0] ?? 0)
}

/** Null when the process ended between being listed and being read. */
function readProcFile(pid: number, name: string): string | null {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return null
  }
}
