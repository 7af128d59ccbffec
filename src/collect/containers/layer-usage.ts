import { lstat, opendir } from 'node:fs/promises'
import { join } from 'node:path'

/** What a folder holds. */
export interface FolderUsage {
  readonly bytes: number
  readonly inodes: number
}

/** At least this long passes between two counts of a folder, as in cAdvisor. */
const LEAST_PAUSE_MS = 60_000
/** Counting may take this share of the time. */
const SHARE = 1 / 200
/** What may be saved up for it, and what there is at the beginning. */
const MOST_CREDIT_MS = 500
/** A layer with more files than this is not counted to its end, and has no figure. */
const MAX_FILES = 50_000
const BLOCK_BYTES = 512

interface Entry {
  usage: FolderUsage | undefined
  nextMs: number
}

/**
 * Sizes of the writable layers of containers, counted file by file beside the scrapes: one folder at a time, and together for a
 * small share of the time.
 */
export class LayerUsage {
  readonly #entries = new Map<string, Entry>()
  #isCounting = false
  #creditMs = MOST_CREDIT_MS
  #keptMs = performance.now()

  /** What is known of a folder. Its turn comes with `keep`. */
  find(folder: string): FolderUsage | undefined {
    return this.#entries.get(folder)?.usage
  }

  /** The folders that exist now; counts those whose turn it is, and forgets the others. Does not wait. */
  keep(folders: ReadonlySet<string>): void {
    for (const folder of this.#entries.keys()) {
      if (!folders.has(folder)) this.#entries.delete(folder)
    }
    for (const folder of folders) {
      if (!this.#entries.has(folder)) this.#entries.set(folder, { usage: undefined, nextMs: 0 })
    }
    const nowMs = performance.now()
    const earnedMs = (nowMs - this.#keptMs) * SHARE
    this.#creditMs = Math.min(MOST_CREDIT_MS, this.#creditMs + earnedMs)
    this.#keptMs = nowMs
    if (!this.#isCounting) void this.#countDue()
  }

  async #countDue(): Promise<void> {
    this.#isCounting = true
    for (const [folder, entry] of [...this.#entries]) {
      const begunMs = performance.now()
      if (entry.nextMs > begunMs) continue
      if (this.#creditMs <= 0) break
      entry.usage = await countFolder(folder)
      this.#creditMs -= performance.now() - begunMs
      entry.nextMs = begunMs + LEAST_PAUSE_MS
      // Whoever was counted goes to the end, so that all have their turn.
      this.#entries.delete(folder)
      this.#entries.set(folder, entry)
    }
    this.#isCounting = false
  }
}

/** Undefined when the folder may not be read, or holds too many files. */
async function countFolder(folder: string): Promise<FolderUsage | undefined> {
  const waiting = [folder]
  const linked = new Set<number>()
  let bytes = 0
  let inodes = 0
  try {
    for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
      const own = await lstat(next)
      bytes += own.blocks * BLOCK_BYTES
      inodes++
      for await (const item of await opendir(next)) {
        const path = join(next, item.name)
        if (inodes + waiting.length > MAX_FILES) return undefined
        if (item.isDirectory()) {
          waiting.push(path)
          continue
        }
        const stat = await lstat(path).catch(() => undefined)
        if (stat === undefined || (stat.nlink > 1 && linked.has(stat.ino))) continue
        if (stat.nlink > 1) linked.add(stat.ino)
        bytes += stat.blocks * BLOCK_BYTES
        inodes++
      }
    }
  } catch {
    return undefined
  }
  return { bytes, inodes }
}
