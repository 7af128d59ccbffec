import { closeSync, openSync, readSync } from 'node:fs'
import { hasCode, isForbidden, isMissing } from '../host/files.ts'

/** Files of control groups are a few KiB at most; what is longer is cut, and its last line is not used. */
const MAX_FILE_BYTES = 1024 * 1024

/** How long a file that is not there is believed to be absent: controllers are hardly ever switched on later. */
const ABSENT_MS = 60_000

/** The group of these files is gone: it ended between the listing and the reading. */
export class GroupGone extends Error {
  override readonly name = 'GroupGone'
}

let buffer = Buffer.allocUnsafe(64 * 1024)

/**
 * Files that are read at every scrape, with their handles kept open: one system call a file instead of three, and no walk
 * through the path. The kernel makes the text anew whenever it is read from its beginning. At most `maxHandles` are kept; files
 * beyond them are opened each time.
 */
export class KernelFiles {
  readonly #maxHandles: number
  #handles = 0

  constructor(maxHandles: number) {
    this.#maxHandles = maxHandles
  }

  /** The number of handles that are held. */
  get handles(): number {
    return this.#handles
  }

  /** The files of one folder, e.g. of a control group in one hierarchy. */
  open(folder: string): GroupFiles {
    return new GroupFiles(folder, this)
  }

  /** A handle was opened; true when it may stay open. */
  keep(): boolean {
    if (this.#handles >= this.#maxHandles) return false
    this.#handles++
    return true
  }

  release(): void {
    this.#handles--
  }
}

/** The files of one folder by name. */
export class GroupFiles {
  readonly folder: string
  readonly #pool: KernelFiles
  readonly #handles = new Map<string, number>()
  readonly #absentUntilMs = new Map<string, number>()

  constructor(folder: string, pool: KernelFiles) {
    this.folder = folder
    this.#pool = pool
  }

  /** The text of a file; undefined when it is not there or may not be read. Throws `GroupGone` when its group ended. */
  read(file: string): string | undefined {
    const kept = this.#handles.get(file)
    if (kept !== undefined) return this.#readKept(kept)
    const absentUntilMs = this.#absentUntilMs.get(file)
    if (absentUntilMs !== undefined && performance.now() < absentUntilMs) return undefined
    let handle
    try {
      handle = openSync(`${this.folder}/${file}`, 'r')
    } catch (error) {
      if (hasCode(error, 'ENODEV')) throw new GroupGone(this.folder)
      if (!isMissing(error) && !isForbidden(error)) throw error
      this.#absentUntilMs.set(file, performance.now() + ABSENT_MS)
      return undefined
    }
    this.#absentUntilMs.delete(file)
    if (this.#pool.keep()) {
      this.#handles.set(file, handle)
      return this.#readKept(handle)
    }
    try {
      return readWhole(handle)
    } finally {
      closeSync(handle)
    }
  }

  close(): void {
    for (const handle of this.#handles.values()) {
      closeSync(handle)
      this.#pool.release()
    }
    this.#handles.clear()
  }

  #readKept(handle: number): string | undefined {
    try {
      return readWhole(handle)
    } catch (error) {
      // The kernel's answer for a file whose group was removed.
      if (hasCode(error, 'ENODEV', 'ENOENT')) throw new GroupGone(this.folder)
      // A controller that answers so has nothing to say here, e.g. pressure that was switched off.
      if (hasCode(error, 'EOPNOTSUPP', 'EINVAL', 'EPERM', 'EACCES')) return undefined
      throw error
    }
  }
}

function readWhole(handle: number): string {
  let length = 0
  for (;;) {
    const count = readSync(handle, buffer, length, buffer.length - length, length)
    length += count
    if (count === 0 || (length < buffer.length && length < 4000)) break
    if (length === buffer.length) {
      if (buffer.length >= MAX_FILE_BYTES) break
      const larger = Buffer.allocUnsafe(buffer.length * 2)
      buffer.copy(larger)
      buffer = larger
    }
  }
  return buffer.toString('latin1', 0, length)
}
