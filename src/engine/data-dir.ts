import { join } from 'node:path'

/** A memory-backed file system, where the machine has one. */
export const memoryRoot = '/dev/shm'

/** The engine's own part of the server's data directory. */
export function engineFolderOf(dataDir: string): string {
  return join(dataDir, 'engine')
}

/** Rows of requests that are too large for memory; empty while the engine does not run. */
export function spoolFolderOf(dataDir: string): string {
  return join(engineFolderOf(dataDir), 'spool')
}
