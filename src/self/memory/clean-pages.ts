import { readFileSync } from 'node:fs'
import { loadLibc, type Libc } from './libc.ts'
import { SinglePages } from './single-pages.ts'

/** A mapping of a file in the memory of this process. */
export interface Mapping {
  readonly start: number
  readonly end: number
  readonly path: string
  /** As the kernel writes them: `r-xp`. */
  readonly rights: string
  readonly residentBytes: number
  /** Pages that were written to, and are copies since: nothing but memory holds them. */
  readonly copiedBytes: number
}

const MADV_DONTNEED = 4
/** Below this a mapping is not worth the faults. */
const LEAST_BYTES = 1024 * 1024
/** So long a list of mappings holds: they stay as long as the process, and to list them costs more than to give them back. */
const LISTED_MS = 10_000

/**
 * Gives back the clean pages of the programs and libraries of this process: what start-up has touched once stays mapped until the
 * kernel itself is short of memory, and nothing but a call of madvise(2) by the process can say that it is not needed. They stay in the
 * kernel's cache of files, from where they come back when they are touched again; nothing is read from the disk for it.
 */
export class CleanPages {
  #isPossible = process.platform === 'linux'
  #loading: Promise<{ readonly libc: Libc; readonly single: SinglePages } | undefined> | undefined
  #mappings: readonly Mapping[] = []
  #listedMs = -Infinity

  /** False once it is known that this machine does not let it. */
  get isPossible(): boolean {
    return this.#isPossible
  }

  async giveBack(): Promise<void> {
    // Loaded when it is needed first: it takes some memory itself.
    this.#loading ??= load()
    const loaded = await this.#loading
    if (loaded === undefined) {
      this.#isPossible = false
      return
    }
    const { libc, single } = loaded
    const nowMs = performance.now()
    if (nowMs - this.#listedMs > LISTED_MS) {
      this.#mappings = chooseMappings(readMappings())
      this.#listedMs = nowMs
      // Otherwise most of what is given back comes again with the first pages that are touched.
      single.cover(this.#mappings)
    }
    for (const { start, end } of this.#mappings) libc.madvise(start, end - start, MADV_DONTNEED)
  }
}

async function load(): Promise<{ readonly libc: Libc; readonly single: SinglePages } | undefined> {
  const libc = await loadLibc()
  return libc && { libc, single: new SinglePages(libc) }
}

/**
 * Those that may be given back: of Node and of the engine's library, which stay loaded until the process ends, so that between the look
 * and the call nothing else can come to lie there. A page that was ever written to is a copy, and dropping it would lose what was
 * written: so only mappings that cannot be written, in which the kernel counts not one copy.
 */
export function chooseMappings(mappings: readonly Mapping[]): readonly Mapping[] {
  return mappings.filter(
    ({ path, rights, residentBytes, copiedBytes }) =>
      (path === process.execPath ||
        /\/libchdb[^/]*\.so$/.test(path) ||
        /\/chdb[^/]*\.node$/.test(path)) &&
      /^r-.p$/.test(rights) &&
      residentBytes >= LEAST_BYTES &&
      copiedBytes === 0,
  )
}

function readMappings(): readonly Mapping[] {
  return parseMappings(readFileSync('/proc/self/smaps', 'latin1'))
}

const HEADER = /^([0-9a-f]+)-([0-9a-f]+) (\S{4}) \S+ \S+ [1-9]\d*\s+(\/.*)$/

/** Of `/proc/PID/smaps` (proc(5)) the mappings of files. */
export function parseMappings(smaps: string): readonly Mapping[] {
  const mappings: Mapping[] = []
  let now: Mapping | undefined
  for (const line of smaps.split('\n')) {
    if (/^[0-9a-f]+-/.test(line)) {
      const [, start = '', end = '', rights = '', path = ''] = HEADER.exec(line) ?? []
      now = { ...EMPTY, start: parseInt(start, 16), end: parseInt(end, 16), path, rights }
      if (path === '') now = undefined
    } else if (now !== undefined && line.startsWith('Rss:')) {
      now = { ...now, residentBytes: kibibytes(line) }
    } else if (now !== undefined && line.startsWith('Anonymous:')) {
      mappings.push({ ...now, copiedBytes: kibibytes(line) })
      now = undefined
    }
  }
  return mappings
}

const EMPTY = { residentBytes: 0, copiedBytes: 0 }

function kibibytes(line: string): number {
  return Number(/\d+/.exec(line)?.[0] ?? 0) * 1024
}
