import { accessSync, constants, existsSync } from 'node:fs'
import { findFiles } from '../../yaml/glob.ts'
import type { Finding } from './finding.ts'

/** What of this machine has to be readable for what is configured. */
export interface ReadableThings {
  /** Absolute patterns of log files. */
  readonly logPatterns: readonly string[]
  /** Whether containers are watched, whose names a socket tells. */
  readonly watchesContainers: boolean
  readonly readsJournal: boolean
}

const SOCKETS = [
  '/var/run/docker.sock',
  '/run/containerd/containerd.sock',
  '/run/podman/podman.sock',
]
const JOURNALS = ['/var/log/journal', '/run/log/journal']
const MOST_FILES = 500

/** What this user may not read although it is asked for. */
export function examineAccess(things: ReadableThings): readonly Finding[] {
  const files = things.logPatterns.flatMap((pattern) => findFiles(pattern)).slice(0, MOST_FILES)
  const closed = files.filter((file) => !isReadable(file))
  const sockets = SOCKETS.filter((socket) => existsSync(socket))
  const isDeaf = sockets.length > 0 && !sockets.some((socket) => isReadable(socket))
  const journals = JOURNALS.filter((folder) => existsSync(folder))
  return [
    ...(closed[0] === undefined
      ? []
      : [
          find(
            closed[0],
            `${closed.length === 1 ? 'it' : `it and ${closed.length - 1} more log files`} cannot be read by this user: add it to the group that may, usually adm`,
          ),
        ]),
    ...(things.watchesContainers && isDeaf
      ? [
          find(
            sockets[0] ?? '',
            'it cannot be asked by this user, so containers have no names: add it to the group docker (which may do everything on this host)',
          ),
        ]
      : []),
    ...(things.readsJournal && journals.length > 0 && !journals.some((folder) => isReadable(folder))
      ? [
          find(
            journals[0] ?? '',
            'the journal cannot be read by this user: add it to the group systemd-journal',
          ),
        ]
      : []),
  ]
}

function find(place: string, text: string): Finding {
  return { area: 'this machine', gravity: 'advice', place, text }
}

function isReadable(file: string): boolean {
  try {
    accessSync(file, constants.R_OK)
    return true
  } catch {
    return false
  }
}
