import { readdir, readFile, stat } from 'node:fs/promises'
import type { CollectorKind, HostContext } from '../collector.ts'
import { gauge, type FamilyCollection } from '../families.ts'
import { expandGlob } from '../glob.ts'
import { CallTimeout } from '../slow-calls.ts'
import { addFamilies, type TextFamily } from './textfile-families.ts'
import { readFamilies } from './textfile-page.ts'

const MTIME = gauge('node_textfile_mtime_seconds', 'Unixtime mtime of textfiles successfully read.')
const SCRAPE_ERROR = gauge(
  'node_textfile_scrape_error',
  '1 if there was an error opening or reading a file, 0 otherwise',
)

const MAX_FILE_BYTES = 16 * 1024 * 1024
const MAX_FILES = 1000

/** A file as it was when it was last read. */
interface KnownFile {
  /** Equal as long as the file is. */
  readonly state: string
  readonly families: readonly TextFamily[]
  readonly mtimeSeconds: number
}

/** Reads files, and only those that have changed since. Whatever it does is bounded by the deadline of the collection. */
class TextFiles {
  readonly #host: HostContext
  #known = new Map<string, KnownFile>()

  constructor(host: HostContext) {
    this.#host = host
  }

  /** Every `*.prom` file below the folders, in order. `onError` is told of what cannot be read. */
  async read(
    deadlineMs: number,
    onError: (path: string, error: unknown) => void,
  ): Promise<ReadonlyMap<string, KnownFile>> {
    const files = new Map<string, KnownFile>()
    for (const path of await this.#listFiles(deadlineMs, onError)) {
      try {
        files.set(path, await this.#readFile(path, deadlineMs))
      } catch (error) {
        onError(path, error)
      }
    }
    this.#known = files
    return files
  }

  async #listFiles(
    deadlineMs: number,
    onError: (path: string, error: unknown) => void,
  ): Promise<string[]> {
    const { slow, options } = this.#host
    const list = (folder: string): Promise<string[]> =>
      slow.run('local', deadlineMs, async () => await readdir(folder))
    const paths: string[] = []
    for (const pattern of options.textfile.directories) {
      const found = await expandGlob(pattern, list)
      // A pattern without a match is an error that names it, as a folder that is missing is.
      for (const folder of found.length > 0 ? found : [pattern]) {
        try {
          const names = (await list(folder)).filter((name) => name.endsWith('.prom')).sort()
          paths.push(...names.map((name) => `${folder.replace(/\/+$/, '')}/${name}`))
        } catch (error) {
          onError(folder, error)
        }
      }
    }
    if (paths.length <= MAX_FILES) return paths
    onError(paths[MAX_FILES] ?? '', new Error(`there are more than ${MAX_FILES} files`))
    return paths.slice(0, MAX_FILES)
  }

  async #readFile(path: string, deadlineMs: number): Promise<KnownFile> {
    return await this.#host.slow.run('local', deadlineMs, async () => {
      const { ino, size, mtimeMs, ctimeMs } = await stat(path)
      const state = `${ino} ${size} ${mtimeMs} ${ctimeMs}`
      const known = this.#known.get(path)
      if (known?.state === state) return known
      if (size > MAX_FILE_BYTES) throw new Error(`larger than ${MAX_FILE_BYTES} bytes`)
      const families = readFamilies(await readFile(path))
      return { state, families, mtimeSeconds: Math.floor(mtimeMs / 1000) }
    })
  }
}

export const textfile: CollectorKind = {
  name: 'textfile',
  enabledByDefault: true,
  create: (host) => {
    const files = new TextFiles(host)
    let failing = new Set<string>()
    return async (out: FamilyCollection, deadlineMs) => {
      const failed = new Set<string>()
      const onError = (path: string, error: unknown): void => {
        failed.add(path)
        const shown = error instanceof CallTimeout ? new Error(`${path}: ${error.message}`) : error
        host.failures.note(`textfile ${path}`, shown)
      }
      const read = await files.read(deadlineMs, onError)
      for (const [path, file] of read) out.add(MTIME, file.mtimeSeconds, ['file', path])
      addFamilies(out, read, onError)
      for (const path of failing) {
        if (!failed.has(path)) host.failures.note(`textfile ${path}`, undefined)
      }
      failing = failed
      out.add(SCRAPE_ERROR, failed.size > 0 ? 1 : 0)
    }
  },
}
