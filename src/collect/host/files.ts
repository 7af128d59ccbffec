import { closeSync, openSync, read, readdirSync, readSync } from 'node:fs'

/** Past this, a kernel file is not one that we understand. */
const MAX_FILE_BYTES = 32 * 1024 * 1024

let buffer = Buffer.allocUnsafe(64 * 1024)

/**
 * The whole text of a kernel file. Synchronous on purpose: procfs and most of sysfs are answered from memory, in about 10 µs,
 * while the thread pool costs about 200 µs of CPU a file. What a device or a remote file system answers goes through
 * `SlowCalls` instead. Reads until the end because seq files come in pieces and say nothing of their size.
 * Throws the system's error (see `isMissing`), or an Error when the file is larger than 32 MiB.
 */
export function readText(path: string): string {
  const fd = openSync(path, 'r')
  try {
    let length = 0
    for (;;) {
      if (length === buffer.length) buffer = grown(path)
      const count = readSync(fd, buffer, length, buffer.length - length, null)
      if (count <= 0) return buffer.toString('utf8', 0, length)
      length += count
    }
  } finally {
    closeSync(fd)
  }
}

function grown(path: string): Buffer<ArrayBuffer> {
  const sizeBytes = buffer.length * 2
  if (sizeBytes > MAX_FILE_BYTES) throw new Error(`${path} is larger than ${MAX_FILE_BYTES} bytes`)
  const larger = Buffer.allocUnsafe(sizeBytes)
  buffer.copy(larger)
  return larger
}

/** Like `readText`; undefined when the file does not exist or may not be read. */
export function readTextIfPresent(path: string): string | undefined {
  try {
    return readText(path)
  } catch (error) {
    if (isMissing(error) || isForbidden(error)) return undefined
    throw error
  }
}

/** A sysfs attribute is at most one page long, and comes whole in one read. */
const ATTRIBUTE_BYTES = 4096

/** The trimmed text of a sysfs attribute, or undefined when it cannot be read for whatever reason. */
export function readAttribute(path: string): string | undefined {
  try {
    const fd = openSync(path, 'r')
    try {
      const length = readSync(fd, buffer, 0, ATTRIBUTE_BYTES, null)
      return buffer.toString('utf8', 0, length).trim()
    } finally {
      closeSync(fd)
    }
  } catch {
    return undefined
  }
}

/** The entries of a folder, sorted; throws when it cannot be listed. */
export function listNames(path: string): string[] {
  return readdirSync(path).sort()
}

/** The entries of a folder, sorted; none when it does not exist. */
export function listNamesIfPresent(path: string): string[] {
  try {
    return listNames(path)
  } catch (error) {
    if (isMissing(error)) return []
    throw error
  }
}

/** The entries whose names are `prefix` and then a digit (`cpu0`, `mc1`), sorted as text like a glob's answer. */
export function listNumbered(path: string, prefix: string): string[] {
  return listNamesIfPresent(path).filter((name) => {
    const code = name.charCodeAt(prefix.length)
    return name.startsWith(prefix) && code >= 48 && code <= 57
  })
}

/** Whether something thrown is a system error with one of these codes. */
export function hasCode(error: unknown, ...codes: readonly string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(String(error.code))
}

export function isMissing(error: unknown): boolean {
  return hasCode(error, 'ENOENT', 'ENOTDIR')
}

export function isForbidden(error: unknown): boolean {
  return hasCode(error, 'EACCES', 'EPERM')
}

/**
 * The trimmed text of a sysfs attribute that a driver answers, for use through `SlowCalls`: opening asks only the kernel and is
 * synchronous, the read asks the device and is not. (All of fs.promises.readFile costs five times the CPU.)
 */
export function readDevice(path: string): Promise<string> {
  const fd = openSync(path, 'r')
  const bytes = Buffer.allocUnsafe(ATTRIBUTE_BYTES)
  return new Promise((resolve, reject) => {
    read(fd, bytes, 0, bytes.length, null, (error, count) => {
      closeSync(fd)
      if (error) reject(error)
      else resolve(bytes.toString('utf8', 0, count).trim())
    })
  })
}
