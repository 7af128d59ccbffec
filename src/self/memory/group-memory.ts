import { readFileSync } from 'node:fs'
import { readProcessMemory, type ProcessMemory } from '../process-memory.ts'

/** More processes than this are not looked for: a collector that starts many shall not make the look itself expensive. */
const MOST_PROCESSES = 64

/**
 * The memory of a process and of all that it has started, added up: a page that two of them have in common counts twice, as in what
 * `ps` says of each. A look costs about 50 µs a process. Undefined where /proc is not there.
 */
export function readGroupMemory(leader: number = process.pid): ProcessMemory | undefined {
  let residentBytes = 0
  let anonymousBytes = 0
  let found = 0
  const waiting = [leader]
  for (let pid = waiting.pop(); pid !== undefined; pid = waiting.pop()) {
    const memory = readProcessMemory(pid)
    // It has ended since it was listed.
    if (memory === undefined) continue
    residentBytes += memory.residentBytes
    anonymousBytes += memory.anonymousBytes
    found += 1
    if (found + waiting.length < MOST_PROCESSES) waiting.push(...childrenOf(pid))
  }
  return found === 0 ? undefined : { residentBytes, anonymousBytes }
}

/** Those that the main thread has started: Node starts none from another one. */
function childrenOf(pid: number): number[] {
  try {
    const list = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    return list.split(' ').filter(Boolean).map(Number)
  } catch {
    return []
  }
}
