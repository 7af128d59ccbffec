import type { Stats } from 'node:fs'
import { readdir, realpath, stat } from 'node:fs/promises'
import path from 'node:path'
import { messageOf } from '../../model/problem.ts'

/** A file that may hold a dashboard. */
export interface FoundFile {
  /** Absolute. */
  readonly file: string
  /** Below the folder of the provider, with `/`. */
  readonly name: string
  /** Changes when the file does. */
  readonly stamp: string
  readonly sizeBytes: number
}

export interface ScanFault {
  readonly file: string
  readonly message: string
}

const MAX_FILES = 5000
const MAX_DEPTH = 16

/**
 * The JSON files below a folder, sorted by name. Links are followed as long as they stay below it, as those of a mounted
 * ConfigMap do; names that begin with a dot are left out. A folder that is not there has no files.
 */
export async function scanFolder(
  root: string,
): Promise<{ readonly files: readonly FoundFile[]; readonly faults: readonly ScanFault[] }> {
  const scan = new Scan()
  try {
    const own = await stat(root)
    scan.home = await realpath(own.isDirectory() ? root : path.dirname(root))
    if (own.isDirectory()) await scan.folder(root, '', 0)
    else scan.add(root, path.basename(root), own)
  } catch (thrown) {
    if (codeOf(thrown) !== 'ENOENT') scan.faults.push({ file: root, message: messageOf(thrown) })
  }
  return { files: scan.files, faults: scan.faults }
}

class Scan {
  readonly files: FoundFile[] = []
  readonly faults: ScanFault[] = []
  home = ''
  readonly #visited = new Set<string>()
  #isFull = false

  async folder(folder: string, name: string, depth: number): Promise<void> {
    if (depth > MAX_DEPTH) return this.#fault(folder, `more than ${MAX_DEPTH} folders deep`)
    const names = (await readdir(folder)).filter((each) => !each.startsWith('.'))
    for (const each of names.sort()) {
      await this.#entry(path.join(folder, each), name === '' ? each : `${name}/${each}`, depth)
    }
  }

  add(file: string, name: string, { mtimeMs, size, ino }: Stats): void {
    if (this.files.length >= MAX_FILES) {
      if (!this.#isFull) this.#fault(file, `at most ${MAX_FILES} files of one provider are read`)
      this.#isFull = true
      return
    }
    this.files.push({ file, name, stamp: `${mtimeMs}:${size}:${ino}`, sizeBytes: size })
  }

  async #entry(file: string, name: string, depth: number): Promise<void> {
    try {
      const stats = await stat(file)
      const isWanted = stats.isDirectory() || (stats.isFile() && name.endsWith('.json'))
      if (!isWanted) return
      const real = await realpath(file)
      // A link to the folder itself, in which we are.
      if (real === this.home) return
      if (!real.startsWith(`${this.home}${path.sep}`)) {
        this.#fault(file, `leads out of the folder, to ${real}: it is not read`)
      } else if (stats.isDirectory()) {
        // A link to a folder above would lead round and round.
        if (this.#visited.has(real)) return
        this.#visited.add(real)
        await this.folder(file, name, depth + 1)
      } else this.add(file, name, stats)
    } catch (thrown) {
      // It went away meanwhile, or is a link that leads nowhere.
      if (codeOf(thrown) !== 'ENOENT') this.#fault(file, messageOf(thrown))
    }
  }

  #fault(file: string, message: string): void {
    this.faults.push({ file, message })
  }
}

function codeOf(thrown: unknown): unknown {
  return thrown instanceof Error && 'code' in thrown ? thrown.code : undefined
}
