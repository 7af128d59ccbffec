import { statSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../../model/problem.ts'

/** Editors write a file in several steps, and busy folders change all the time: so much passes between two calls at least. */
const SETTLE_MS = 100

interface Watched {
  readonly watcher: FSWatcher
  readonly inode: bigint
}

/**
 * Calls back soon after something changed in the folders of patterns. The folder is watched and not the file, since files are
 * replaced by renaming, and those of a Kubernetes volume through a link beside them.
 */
export class FolderWatch {
  readonly #folders: ReadonlySet<string>
  readonly #onChange: () => void
  readonly #onFault: (folder: string, message: string) => void
  readonly #watched = new Map<string, Watched>()
  readonly #faulty = new Set<string>()
  #settle: NodeJS.Timeout | undefined
  #isClosed = false

  constructor(
    patterns: readonly string[],
    onChange: () => void,
    onFault: (folder: string, message: string) => void,
  ) {
    this.#folders = new Set(patterns.map((pattern) => path.dirname(pattern)))
    this.#onChange = onChange
    this.#onFault = onFault
  }

  /** Watches folders that could not be watched before, and those that were replaced. A fault is reported once. */
  renew(): void {
    for (const folder of this.#folders) {
      try {
        this.#watch(folder)
        this.#faulty.delete(folder)
      } catch (thrown) {
        this.#forget(folder)
        if (!this.#faulty.has(folder)) this.#onFault(folder, messageOf(thrown))
        this.#faulty.add(folder)
      }
    }
  }

  close(): void {
    this.#isClosed = true
    clearTimeout(this.#settle)
    for (const folder of this.#watched.keys()) this.#forget(folder)
  }

  #watch(folder: string): void {
    if (this.#isClosed) return
    const { ino } = statSync(folder, { bigint: true })
    if (this.#watched.get(folder)?.inode === ino) return
    this.#forget(folder)
    const watcher = watch(folder, { persistent: false }, () => this.#note())
    watcher.on('error', () => this.#forget(folder))
    this.#watched.set(folder, { watcher, inode: ino })
  }

  #forget(folder: string): void {
    this.#watched.get(folder)?.watcher.close()
    this.#watched.delete(folder)
  }

  #note(): void {
    if (this.#settle !== undefined || this.#isClosed) return
    this.#settle = setTimeout(() => {
      this.#settle = undefined
      this.#onChange()
    }, SETTLE_MS)
  }
}
