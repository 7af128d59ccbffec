import { groupStats } from './process-stats.ts'

const MIB = 2 ** 20
const LOOK_MS = 200

/** What a process group used while something ran. */
export interface Used {
  readonly rssMiB: number
  readonly anonymousMiB: number
  readonly cpuSeconds: number
}

/** Runs something beside a watch of the memory of a process and all that it started. */
export async function watched<T>(
  pid: number,
  run: () => Promise<T>,
): Promise<Used & { readonly result: T }> {
  const before = groupStats(pid)
  let rss = 0
  let anonymous = 0
  const look = (): void => {
    const { rssBytes, anonymousBytes } = groupStats(pid)
    rss = Math.max(rss, rssBytes)
    anonymous = Math.max(anonymous, anonymousBytes)
  }
  const timer = setInterval(look, LOOK_MS)
  try {
    const result = await run()
    look()
    const cpuSeconds = groupStats(pid).cpuSeconds - before.cpuSeconds
    return { result, rssMiB: rss / MIB, anonymousMiB: anonymous / MIB, cpuSeconds }
  } finally {
    clearInterval(timer)
  }
}
