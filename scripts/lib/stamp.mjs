// A stamp lists the files that something was built from, so that "is it stale?" costs one `stat` a file.
import { createHash } from 'node:crypto'
import { existsSync, readFileSync, renameSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * @typedef {object} StampedFile
 * @property {string} path below the root
 * @property {number} sizeBytes
 * @property {number} mtimeMs
 * @property {string} sha256 of the content; empty for a file that changed while it was being built
 *
 * @typedef {{ inputs: StampedFile[], outputs: string[] }} Stamp
 */

/**
 * Whether what a stamp stands for was made from its sources as they are now. A file whose time changed but whose content did not
 * (a fresh checkout, a branch switched forth and back) is not a reason to build again; its new time is noted.
 *
 * @param {string} root
 * @param {string} stampFile below the root
 */
export function isStampFresh(root, stampFile) {
  const stampPath = join(root, stampFile)
  if (!existsSync(stampPath)) return false
  const stamp = /** @type {Stamp} */ (JSON.parse(readFileSync(stampPath, 'utf8')))
  if (!stamp.outputs.every((path) => existsSync(join(root, path)))) return false
  let isTouched = false
  for (const input of stamp.inputs) {
    const stat = statSync(join(root, input.path), { throwIfNoEntry: false })
    if (!stat || input.sha256 === '') return false
    if (stat.size === input.sizeBytes && stat.mtimeMs === input.mtimeMs) continue
    if (sha256Of(join(root, input.path)) !== input.sha256) return false
    input.mtimeMs = stat.mtimeMs
    isTouched = true
  }
  if (isTouched) writeAtomically(stampPath, JSON.stringify(stamp))
  return true
}

/**
 * Writes a stamp; inputs that do not exist are left out.
 *
 * @param {string} root
 * @param {string} stampFile
 * @param {{ inputs: string[], outputs: string[], startedMs: number }} built paths below the root, and when building began
 */
export function writeStamp(root, stampFile, { inputs, outputs, startedMs }) {
  const present = inputs.filter((path) => existsSync(join(root, path)))
  /** @type {Stamp} */
  const stamp = { inputs: present.map((path) => stampOf(root, path, startedMs)), outputs }
  writeAtomically(join(root, stampFile), JSON.stringify(stamp))
}

/**
 * @param {string} root
 * @param {string} path
 * @param {number} startedMs
 * @returns {StampedFile}
 */
function stampOf(root, path, startedMs) {
  const { size, mtimeMs } = statSync(join(root, path))
  const sha256 = mtimeMs < startedMs ? sha256Of(join(root, path)) : ''
  return { path, sizeBytes: size, mtimeMs, sha256 }
}

/** @param {string} path */
function sha256Of(path) {
  return createHash('sha256').update(readFileSync(path)).digest('hex')
}

/**
 * @param {string} path
 * @param {string | Uint8Array} content
 */
export function writeAtomically(path, content) {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}
