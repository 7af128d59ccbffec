import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)

/**
 * Makes named pipes. Results flow through them (`INTO OUTFILE`): the engine's thread writes, this process reads as fast as the
 * client does. Of chDB's own ways, `queryAsync` holds a large answer several times over, and `queryStream` plans the query on
 * the thread that serves everybody, which stands still meanwhile (1.5 s for a sub-query that takes 1.5 s).
 *
 * Answers false where the machine has no `mkfifo`.
 */
export async function makePipes(paths: readonly string[]): Promise<boolean> {
  try {
    await Promise.all(paths.map((path) => rm(path, { force: true })))
    await run('mkfifo', ['-m', '600', ...paths])
    return true
  } catch {
    return false
  }
}

/** The reading end of a named pipe. Opening it does not wait for a writer. */
export function openPipe(path: string): Socket {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

/**
 * Ends what `openPipe` reads after everything that was written: a pipe tells its reader about the end only if it had a writer,
 * and a statement may finish without ever opening it.
 */
export function finishPipe(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
  } catch {
    // Nobody reads any more: there is nobody to tell.
  }
}
