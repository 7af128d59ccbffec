import { execFile } from 'node:child_process'
import { closeSync, constants, openSync, readSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

const run = promisify(execFile)
const pipeBytes = 64 * 1024
const smallAnswerMs = 3
const reopenMs = 100

/**
 * Makes named pipes. Results flow through them (`INTO OUTFILE`): the engine's thread writes, this process reads as fast as the
 * client does. Of chDB's own ways, `queryAsync` holds a large answer several times over, and `queryStream` plans the query on
 * the thread that serves everybody, which stands still meanwhile (1.5 s for a sub-query that takes 1.5 s). A plain file would not
 * do: chDB does not report that the disk was full.
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

/**
 * Reads a named pipe until `settled`, the promise of the statement that writes into it, and gives every part to `take`. When that
 * fails, the rest is read and dropped, for a writer without a reader would wait for ever in `open`. Resolves with what `take`
 * threw, if anything, after everything that was written has been taken.
 */
export async function drainPipe(
  path: string,
  settled: Promise<unknown>,
  take: (chunk: Buffer) => Promise<void>,
): Promise<{ failure: unknown } | undefined> {
  const holder = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  let failed: { failure: unknown } | undefined
  let over = false
  let isReading = false
  const end = Promise.allSettled([settled]).then(() => {
    over = true
    return isReading ? finishPipe(path) : undefined
  })
  const takeOrDrop = async (chunk: Buffer): Promise<void> => {
    if (failed !== undefined) return
    try {
      await take(chunk)
    } catch (failure) {
      failed = { failure }
    }
  }
  try {
    // A small answer fits into the pipe: it is complete before a reader would have been set up, and taken at once below.
    await within(end, smallAnswerMs)
    isReading = !over
    while (!over) {
      for await (const chunk of readPipe(path)) await takeOrDrop(chunk)
      // A statement that fails may open the pipe once more after it has closed it.
      if (!over) await within(end, reopenMs)
    }
    for (const chunk of readRest(holder)) await takeOrDrop(chunk)
  } finally {
    closeSync(holder)
  }
  return failed
}

/** Resolves when `event` does, but not later than after `timeoutMs`. */
function within(event: Promise<unknown>, timeoutMs: number): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, timeoutMs)
    void event.then(() => {
      clearTimeout(timer)
      return resolve()
    })
  })
}

/** Opening the reading end does not wait for a writer. */
function readPipe(path: string): AsyncIterable<Buffer> {
  const fd = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK)
  return new Socket({ fd, readable: true, writable: false })
}

/**
 * Tells the reader about the end: a pipe does that by itself only if it had a writer, and a statement may finish without ever
 * opening it.
 */
function finishPipe(path: string): void {
  try {
    closeSync(openSync(path, constants.O_WRONLY | constants.O_NONBLOCK))
  } catch {
    // Nobody reads any more: there is nobody to tell.
  }
}

/** What is left in a pipe that nobody writes to any more. */
function* readRest(fd: number): Generator<Buffer> {
  for (;;) {
    const chunk = Buffer.alloc(pipeBytes)
    const size = readSync(fd, chunk)
    if (size === 0) return
    yield chunk.subarray(0, size)
  }
}
