import { readdirSync, readFileSync } from 'node:fs'

export interface ProcessStats {
  readonly cpuSeconds: number
  readonly rssBytes: number
  /** Anonymous and shared memory: what the kernel cannot take back. */
  readonly anonymousBytes: number
}

const TICKS_PER_SECOND = 100

/** Figures of a process and all its descendants, from /proc. */
export function groupStats(pid: number): ProcessStats {
  let cpuSeconds = 0
  let rssBytes = 0
  let anonymousBytes = 0
  for (const member of [pid, ...descendants(pid)]) {
    try {
      const fields = readFileSync(`/proc/${member}/stat`, 'utf8').split(') ')[1]?.split(' ') ?? []
      cpuSeconds += (Number(fields[11]) + Number(fields[12])) / TICKS_PER_SECOND
      const memory = processMemory(member)
      rssBytes += memory.rssBytes
      anonymousBytes += memory.anonymousBytes
    } catch {
      // The process ended between the listing and the reading.
      continue
    }
  }
  return { cpuSeconds, rssBytes, anonymousBytes }
}

/** Of one process. Throws when it is gone. */
export function processMemory(pid: number): Pick<ProcessStats, 'rssBytes' | 'anonymousBytes'> {
  const status = readFileSync(`/proc/${pid}/status`, 'utf8')
  const bytes = (name: string): number =>
    Number(new RegExp(`^${name}:\\s+(\\d+)`, 'm').exec(status)?.[1] ?? 0) * 1024
  return { rssBytes: bytes('VmRSS'), anonymousBytes: bytes('RssAnon') + bytes('RssShmem') }
}

function descendants(pid: number): number[] {
  const children = new Map<number, number[]>()
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8')
      const parent = Number(stat.split(') ')[1]?.split(' ')[1])
      children.set(parent, [...(children.get(parent) ?? []), Number(name)])
    } catch {
      continue
    }
  }
  const out: number[] = []
  const queue = [pid]
  for (let next = queue.pop(); next !== undefined; next = queue.pop()) {
    for (const child of children.get(next) ?? []) {
      out.push(child)
      queue.push(child)
    }
  }
  return out
}
