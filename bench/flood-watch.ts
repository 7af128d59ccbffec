import { lstatSync, readdirSync } from 'node:fs'
import path from 'node:path'
import { groupStats, processMemory } from './process-stats.ts'

const LOOK_MS = 250
const LOOKS_PER_DATA_LOOK = 8

export interface FloodUse {
  /** Bytes of the process group at each look: all that is resident, and what of it cannot be taken back. */
  readonly memory: readonly { readonly name: string; readonly values: readonly number[] }[]
  readonly mostDataBytes: number
  /** Of the process group. */
  readonly cpuSeconds: number
}

/** Looks at the memory of a process group four times a second, and at the size of its data every other second. */
export function watchFlood(pid: number, dataFolder: string): { end(): FloodUse } {
  const resident: number[] = []
  const anonymous: number[] = []
  const main: number[] = []
  const mainFiles: number[] = []
  const otherFiles: number[] = []
  let mostDataBytes = 0
  const { cpuSeconds: before } = groupStats(pid)
  const look = (): void => {
    const { rssBytes, anonymousBytes } = groupStats(pid)
    resident.push(rssBytes)
    anonymous.push(anonymousBytes)
    const { rssBytes: mainBytes, anonymousBytes: mainAnonymousBytes } = processMemory(pid)
    main.push(mainBytes)
    mainFiles.push(mainBytes - mainAnonymousBytes)
    otherFiles.push(rssBytes - anonymousBytes - (mainBytes - mainAnonymousBytes))
    if (resident.length % LOOKS_PER_DATA_LOOK === 0)
      mostDataBytes = Math.max(mostDataBytes, occupiedBytes(dataFolder))
  }
  const timer = setInterval(look, LOOK_MS)
  return {
    end: () => {
      clearInterval(timer)
      return {
        memory: [
          { name: 'resident', values: resident },
          { name: 'anonymous and shared', values: anonymous },
          { name: 'resident, the main process alone', values: main },
          { name: 'pages of files, the main process', values: mainFiles },
          { name: 'pages of files, the engine', values: otherFiles },
        ],
        mostDataBytes,
        cpuSeconds: groupStats(pid).cpuSeconds - before,
      }
    },
  }
}

/** What a folder occupies on the disk while files and folders in it come and go. */
function occupiedBytes(place: string): number {
  try {
    const found = lstatSync(place)
    if (!found.isDirectory()) return found.blocks * 512
    return readdirSync(place).reduce((sum, name) => sum + occupiedBytes(path.join(place, name)), 0)
  } catch {
    return 0
  }
}
