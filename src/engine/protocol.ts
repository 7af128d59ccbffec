import type { ArchiveDisk } from './archive-disk.ts'

/**
 * What the supervising process and the engine's process say to each other over Node's IPC channel. Statements and rows go over
 * HTTP, never here.
 */

/** The first thing the child is told. It stands in no environment and no argument list, where others could read a password. */
export interface ChildOptions {
  /** The server's data directory. */
  readonly dataDir: string
  readonly socketPath: string
  readonly memoryBudgetBytes: number
  readonly freeBytesWanted: number | undefined
  readonly listen: ListenOptions | undefined
  /** BACKUP and RESTORE may use files below this folder. */
  readonly backupDir: string
  /** Where parts may be that are not on the first disk; undefined: nothing of them is looked at. */
  readonly archive: ArchiveDisk | undefined
}

/** A TCP listener beside the unix socket. */
export interface ListenOptions {
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
  readonly user: string
  readonly password: string
}

export interface DiskState {
  readonly full: boolean
  readonly freeBytes: number
  readonly wantedBytes: number
}

export type ChildMessage =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'pong' }
  | { readonly type: 'disk'; readonly disk: DiskState }
  /** A statement met the cap on all memory, and caches were dropped for it. */
  | { readonly type: 'relieved' }
  /** The child cannot work and ends. */
  | { readonly type: 'failed'; readonly reason: string }

export type ParentMessage =
  | { readonly type: 'start'; readonly options: ChildOptions }
  | { readonly type: 'ping' }
  /** Clean pages of programs and libraries are to be given back. */
  | { readonly type: 'give-back' }
  | { readonly type: 'stop' }

/** Narrows what came over the channel by its `type`. Both ends are of one build: what has a known type has its fields. */
export function isChildMessage(value: unknown): value is ChildMessage {
  return hasType(value, ['ready', 'pong', 'disk', 'relieved', 'failed'])
}

export function isParentMessage(value: unknown): value is ParentMessage {
  return hasType(value, ['start', 'ping', 'give-back', 'stop'])
}

function hasType(value: unknown, types: readonly string[]): boolean {
  return (
    typeof value === 'object' &&
    value !== null &&
    'type' in value &&
    types.includes(String(value.type))
  )
}
