import { statSync, watch, type FSWatcher } from 'node:fs'
import path from 'node:path'
import { messageOf } from '../../../model/problem.ts'
import type { Log } from '../../../self/log.ts'

/** `isNew` when files came, went or were renamed. */
export type FileListener = (file: string, isNew: boolean) => void

interface Watched {
  readonly watcher: FSWatcher
  readonly inode: bigint
  readonly listeners: Set<FileListener>
  /** The folder itself was moved or removed: another one may be in its place, even with its inode. */
  isOver: boolean
}

/** What following folders has come to. */
export interface Following {
  /** False where some cannot be watched. */
  readonly isWhole: boolean
  /** True where some were not watched before: what happened in them meanwhile was not told. */
  readonly hasNew: boolean
}

/** Tells of changes of files by watching their folders, each once however many want to know. */
export class FileEvents {
  readonly #log: Log
  readonly #watched = new Map<string, Watched>()
  readonly #wanted = new Map<FileListener, ReadonlySet<string>>()
  #hasSaid = false

  constructor(log: Log) {
    this.#log = log
  }

  /** From now on the listener hears of these folders and no others. */
  follow(listener: FileListener, folders: ReadonlySet<string>): Following {
    for (const folder of this.#wanted.get(listener) ?? []) {
      if (!folders.has(folder)) this.#leave(folder, listener)
    }
    this.#wanted.set(listener, folders)
    const joined = new Set(Array.from(folders, (folder) => this.#join(folder, listener)))
    return { isWhole: !joined.has('impossible'), hasNew: joined.has('new') }
  }

  leave(listener: FileListener): void {
    this.follow(listener, new Set())
    this.#wanted.delete(listener)
  }

  #join(folder: string, listener: FileListener): 'new' | 'known' | 'impossible' {
    try {
      const { ino } = statSync(folder, { bigint: true })
      const known = this.#watched.get(folder)
      if (known?.inode === ino && !known.isOver) {
        if (known.listeners.has(listener)) return 'known'
        known.listeners.add(listener)
        return 'new'
      }
      // Another folder is in its place now.
      this.#forget(folder)
      const listeners = new Set(known?.listeners).add(listener)
      const watcher = watch(folder, { persistent: false }, (event, name) => {
        if (name === null) return
        // So the end of a folder is told, and a change of what has its name in it.
        if (event === 'rename' && name === path.basename(folder)) watched.isOver = true
        const file = path.join(folder, name)
        for (const each of listeners) each(file, event === 'rename')
      })
      watcher.on('error', () => this.#forget(folder))
      const watched: Watched = { watcher, inode: ino, listeners, isOver: false }
      this.#watched.set(folder, watched)
      // The others have missed as much.
      for (const each of listeners) if (each !== listener) each(folder, true)
      return 'new'
    } catch (thrown) {
      const code = thrown instanceof Error && 'code' in thrown ? thrown.code : ''
      // Where there is no folder, or none that may be read, there is nothing to miss.
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'EACCES') return 'known'
      this.#say(folder, thrown)
      return 'impossible'
    }
  }

  /** Once: mostly no further folder can be watched either. */
  #say(folder: string, thrown: unknown): void {
    if (this.#hasSaid) return
    this.#hasSaid = true
    this.#log.warn('folders of log files cannot be watched: they are looked at every second', {
      folder,
      reason: messageOf(thrown),
    })
  }

  #leave(folder: string, listener: FileListener): void {
    const watched = this.#watched.get(folder)
    watched?.listeners.delete(listener)
    if (watched?.listeners.size === 0) this.#forget(folder)
  }

  #forget(folder: string): void {
    this.#watched.get(folder)?.watcher.close()
    this.#watched.delete(folder)
  }
}
