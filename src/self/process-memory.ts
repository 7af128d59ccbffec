import { readFileSync } from 'node:fs'

/** Memory of one process in bytes, as Linux counts it (`/proc/PID/status`). */
export interface ProcessMemory {
  /** All that is in RAM, with the clean pages of programs and libraries, which the kernel takes back whenever it needs them. */
  readonly residentBytes: number
  /** The part that cannot be taken back: anonymous and shared memory. */
  readonly anonymousBytes: number
}

/** Undefined where /proc is not there (other systems), and for a process that has ended. */
export function readProcessMemory(pid: number | 'self'): ProcessMemory | undefined {
  try {
    return parseProcessMemory(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return undefined
  }
}

/** Undefined when the text of a `status` tells no memory, as that of a zombie. */
export function parseProcessMemory(status: string): ProcessMemory | undefined {
  const resident = bytesOf(/^VmRSS:\s+([0-9]+) kB$/m.exec(status))
  const anonymous = bytesOf(/^RssAnon:\s+([0-9]+) kB$/m.exec(status))
  const shared = bytesOf(/^RssShmem:\s+([0-9]+) kB$/m.exec(status))
  if (resident === undefined || anonymous === undefined || shared === undefined) return undefined
  return { residentBytes: resident, anonymousBytes: anonymous + shared }
}

function bytesOf(line: RegExpExecArray | null): number | undefined {
  return line === null ? undefined : Number(line[1]) * 1024
}
