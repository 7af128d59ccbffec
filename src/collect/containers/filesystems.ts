import { statfs } from 'node:fs/promises'
import { posix } from 'node:path'
import { splitFields } from '../host/fields.ts'
import { readTextIfPresent } from '../host/files.ts'
import { parseMounts, type Mount } from '../host/mounts.ts'
import { SlowCalls } from '../host/slow-calls.ts'
import { quoteLabel } from './quote-label.ts'
import type { FilesystemRow } from './reading.ts'

/** File systems of a disk of this machine. */
const LOCAL = /^(?:ext[234]|xfs|btrfs|zfs|f2fs|reiserfs|jfs|bcachefs)$/
const MAX_MOUNTS = 256
const STATFS_TIMEOUT_MS = 1000
/** How long the list of mounts and the sizes of file systems are believed. */
const BELIEVE_MS = 15_000

interface Filesystem {
  readonly mount: Mount
  readonly row: FilesystemRow
}

/** The local file systems of the machine, each device once. */
export class Filesystems {
  readonly #procRoot: string
  readonly #rootfs: string
  readonly #slow = new SlowCalls()
  #known: readonly Filesystem[] = []
  #readMs = Number.NEGATIVE_INFINITY

  constructor(procRoot: string, rootfs: string) {
    this.#procRoot = procRoot
    this.#rootfs = rootfs
  }

  /** Reads them anew when they are old. A file system that does not answer in time is left out. */
  async refresh(): Promise<void> {
    const nowMs = performance.now()
    if (nowMs - this.#readMs < BELIEVE_MS) return
    this.#readMs = nowMs
    const disks = parseDiskstats(readTextIfPresent(`${this.#procRoot}/diskstats`) ?? '')
    const read = this.#mounts().map((mount) => this.#read(mount, disks, nowMs + STATFS_TIMEOUT_MS))
    this.#known = (await Promise.all(read)).filter((one) => one !== undefined)
  }

  rows(): FilesystemRow[] {
    return this.#known.map(({ row }) => row)
  }

  /** The file system that a folder is on, by the longest mount point above it. */
  find(folder: string): FilesystemRow | undefined {
    let best: Filesystem | undefined
    for (const one of this.#known) {
      const { mountPoint } = one.mount
      const prefix = mountPoint === '/' ? '/' : `${mountPoint}/`
      if (!folder.startsWith(prefix)) continue
      if (best === undefined || mountPoint.length > best.mount.mountPoint.length) best = one
    }
    return best?.row
  }

  /** A device that is mounted in several places is taken where it was mounted first. */
  #mounts(): Mount[] {
    const text =
      readTextIfPresent(`${this.#procRoot}/1/mountinfo`) ??
      readTextIfPresent(`${this.#procRoot}/self/mountinfo`)
    if (text === undefined) return []
    const out = new Map<string, Mount>()
    let mounts: readonly Mount[]
    try {
      mounts = parseMounts(text, this.#rootfs)
    } catch {
      return []
    }
    for (const mount of mounts) {
      if (!LOCAL.test(mount.fsType) || out.size >= MAX_MOUNTS) continue
      if (!out.has(mount.device)) out.set(mount.device, mount)
    }
    return [...out.values()]
  }

  async #read(
    mount: Mount,
    disks: ReadonlyMap<string, readonly number[]>,
    deadlineMs: number,
  ): Promise<Filesystem | undefined> {
    const path = posix.join(this.#rootfs, mount.mountPoint)
    try {
      const stats = await this.#slow.run('local', deadlineMs, () => statfs(path))
      const disk = disks.get(`${mount.major}:${mount.minor}`)
      const row = {
        labels: `device="${quoteLabel(mount.device)}"`,
        limitBytes: stats.blocks * stats.bsize,
        usageBytes: (stats.blocks - stats.bfree) * stats.bsize,
        ...{ inodes: stats.files, inodesFree: stats.ffree },
        ...(disk === undefined ? {} : { disk }),
      }
      return { mount, row }
    } catch {
      return undefined
    }
  }
}

/** The counters of /proc/diskstats by `major:minor`, from the number of reads on. */
function parseDiskstats(text: string): Map<string, number[]> {
  const out = new Map<string, number[]>()
  for (const line of text.split('\n')) {
    const fields = splitFields(line)
    const counters = fields.slice(3).map(Number)
    if (counters.length >= 11 && !counters.some(Number.isNaN))
      out.set(`${fields[0]}:${fields[1]}`, counters)
  }
  return out
}
