import { execFileSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { measureMemory } from '../process-tree.ts'
import type { Server } from '../server.ts'

/** What the process group of a server takes. */
export interface Usage {
  rssMiB: number
  anonymousAndSharedMiB: number
  /** Processor time since the processes started. */
  cpuSeconds: number
}

const mebibyte = 1024 ** 2
const ticksPerSecond = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }))

export function measureUsage(server: Server): Usage {
  const pids = server.listProcesses().map(({ pid }) => pid)
  const { rssBytes, anonymousAndSharedBytes } = measureMemory(pids)
  return {
    rssMiB: Math.round(rssBytes / mebibyte),
    anonymousAndSharedMiB: Math.round(anonymousAndSharedBytes / mebibyte),
    cpuSeconds: pids.reduce((sum, pid) => sum + readCpuSeconds(pid), 0),
  }
}

/** User and system time; 0 for a process that ended meanwhile. */
function readCpuSeconds(pid: number): number {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
    // From the end of the program's name, which may hold anything, these are the 12th and 13th field (proc(5)).
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return (Number(fields[11]) + Number(fields[12])) / ticksPerSecond
  } catch {
    return 0
  }
}
