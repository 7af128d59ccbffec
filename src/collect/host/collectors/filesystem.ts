import { statfs } from 'node:fs/promises'
import type { StatsFs } from 'node:fs'
import { posix } from 'node:path'
import { messageOf } from '../../../model/problem.ts'
import type { CollectorKind, HostContext } from '../collector.ts'
import { gauge, type FamilyCollection } from '../families.ts'
import { isMissing, readText } from '../files.ts'
import { compileFilter } from '../name-filter.ts'
import { parseMounts, type Mount } from '../mounts.ts'
import { CallTimeout, type SlowKind } from '../slow-calls.ts'

const SIZE = gauge('node_filesystem_size_bytes', 'Filesystem size in bytes.')
const FREE = gauge('node_filesystem_free_bytes', 'Filesystem free space in bytes.')
const AVAIL = gauge(
  'node_filesystem_avail_bytes',
  'Filesystem space available to non-root users in bytes.',
)
const FILES = gauge('node_filesystem_files', 'Filesystem total file nodes.')
const FILES_FREE = gauge('node_filesystem_files_free', 'Filesystem total free file nodes.')
const READ_ONLY = gauge('node_filesystem_readonly', 'Filesystem read-only status.')
const DEVICE_ERROR = gauge(
  'node_filesystem_device_error',
  'Whether an error occurred while getting statistics for the given device.',
)
const MOUNT_INFO = gauge('node_filesystem_mount_info', 'Filesystem mount information.')

/** File systems whose statfs asks another machine, or another process. */
const REMOTE =
  /^(?:nfs|cifs|smb|9p|ceph|afs|lustre|beegfs|gfs2|ocfs2|gpfs|glusterfs|coda|ncp|davfs|fuse|virtiofs)/

/** What Go calls these errors, where libuv has other words. */
const ERROR_TEXTS: Readonly<Record<string, string>> = {
  EIO: 'input/output error',
  ENOTCONN: 'transport endpoint is not connected',
  ESTALE: 'stale NFS file handle',
  EHOSTDOWN: 'host is down',
}

/** "EACCES: permission denied, statfs '/x'" is `permission denied`. */
function describeError(error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  return ERROR_TEXTS[code] ?? /^[A-Z0-9]+: (.*?), statfs/.exec(messageOf(error))?.[1] ?? code
}

type Answer = { readonly stats: StatsFs } | { readonly error: string }

/** Asks mounts for their figures; knows which of them have not answered an earlier question yet. */
class MountAsker {
  readonly #host: HostContext
  readonly #unanswered = new Set<string>()

  constructor(host: HostContext) {
    this.#host = host
  }

  async ask(mount: Mount, deadlineMs: number): Promise<Answer> {
    const { mountPoint } = mount
    if (this.#unanswered.has(mountPoint)) return { error: 'mountpoint timeout' }
    const kind: SlowKind = REMOTE.test(mount.fsType) ? 'remote' : 'local'
    const path = posix.join(this.#host.options.paths.rootfs, mountPoint)
    const call = async (): Promise<StatsFs> => {
      this.#unanswered.add(mountPoint)
      try {
        return await statfs(path)
      } finally {
        this.#unanswered.delete(mountPoint)
      }
    }
    try {
      return { stats: await this.#host.slow.run(kind, deadlineMs, call) }
    } catch (error) {
      if (!(error instanceof CallTimeout)) return { error: describeError(error) }
      const asked = this.#unanswered.has(mountPoint)
      return { error: asked ? 'mountpoint timeout' : 'not asked: other mounts do not answer' }
    }
  }
}

function addMount(out: FamilyCollection, mount: Mount, answer: Answer): void {
  const { device, mountPoint, fsType } = mount
  const error = 'error' in answer ? answer.error : ''
  const labels = [
    ...['device', device, 'device_error', error, 'fstype', fsType, 'mountpoint', mountPoint],
  ]
  out.add(DEVICE_ERROR, error === '' ? 0 : 1, labels)
  out.add(READ_ONLY, mount.readOnly ? 1 : 0, labels)
  if ('error' in answer) return
  const { bsize, blocks, bfree, bavail, files, ffree } = answer.stats
  out.add(SIZE, blocks * bsize, labels)
  out.add(FREE, bfree * bsize, labels)
  out.add(AVAIL, bavail * bsize, labels)
  out.add(FILES, files, labels)
  out.add(FILES_FREE, ffree, labels)
  out.add(MOUNT_INFO, 1, [
    ...['device', device, 'major', mount.major, 'minor', mount.minor, 'mountpoint', mountPoint],
  ])
}

function readMounts(procfs: string): string {
  try {
    return readText(`${procfs}/1/mountinfo`)
  } catch (error) {
    // With hidepid, other processes are not to be seen: our own mounts are the next best.
    if (!isMissing(error)) throw error
    return readText(`${procfs}/self/mountinfo`)
  }
}

export const filesystem: CollectorKind = {
  name: 'filesystem',
  enabledByDefault: true,
  create: (host) => {
    const { paths, filesystem: options } = host.options
    const flag = 'collector.filesystem'
    const ignoredPoint = compileFilter(`${flag}.mount-points`, options.mountPoints)
    const ignoredType = compileFilter(`${flag}.fs-types`, options.fsTypes)
    const asker = new MountAsker(host)
    return async (out) => {
      const deadlineMs = performance.now() + options.mountTimeoutMs
      const seen = new Set<string>()
      const asked: Promise<readonly [Mount, Answer]>[] = []
      for (const mount of parseMounts(readMounts(paths.procfs), paths.rootfs)) {
        if (ignoredPoint(mount.mountPoint) || ignoredType(mount.fsType)) continue
        // The same device may be mounted twice at one place, one over the other.
        const key = `${mount.device}\n${mount.mountPoint}\n${mount.fsType}`
        if (seen.has(key)) continue
        seen.add(key)
        asked.push(asker.ask(mount, deadlineMs).then((answer) => [mount, answer] as const))
      }
      for (const [mount, answer] of await Promise.all(asked)) addMount(out, mount, answer)
    }
  },
}
