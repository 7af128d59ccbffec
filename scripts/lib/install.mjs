// Brings node_modules in line with package-lock.json, and does nothing at all when it is so already.
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { withProgress } from './progress.mjs'
import { run } from './run.mjs'

/**
 * @typedef {object} LockedPackage
 * @property {string} version
 * @property {string} [integrity]
 * @property {boolean} [optional]
 * @property {string[]} [os]
 * @property {string[]} [cpu]
 * @property {string[]} [libc]
 */

/**
 * Runs `npm ci` when node_modules is missing or is not what package-lock.json says. Development dependencies are
 * always included, because the build needs them.
 *
 * @param {string} root
 * @throws {Error} with npm's own output when the installation fails
 */
export async function installWhenStale(root) {
  if (isInstalled(root)) return
  const wanted = Object.entries(readLock(join(root, 'package-lock.json')))
    .filter(([, locked]) => isForHere(locked))
    .map(([path]) => path)
  await withProgress('installing dependencies, about 1.3 GB on disk', async (report) => {
    const timer = setInterval(() => {
      const unpacked = wanted.filter((path) => existsSync(join(root, path, 'package.json')))
      report(`${unpacked.length} of ${wanted.length} packages`)
    }, 1000)
    try {
      const [program, args] = npmCommand()
      const { code, output } = await run(
        program,
        [...args, 'ci', '--include=dev', '--no-audit', '--no-fund'],
        {
          cwd: root,
        },
      )
      if (code !== 0) throw new Error(`npm ci failed with exit code ${code}:\n${output.trimEnd()}`)
    } finally {
      clearInterval(timer)
    }
  })
}

/**
 * npm writes node_modules/.package-lock.json as the last act of an installation; so its absence means "missing or
 * interrupted", and a package in package-lock.json that it does not hold with the same version and checksum means
 * "stale". This also recognises an installation made by hand.
 *
 * @param {string} root
 */
export function isInstalled(root) {
  const installedPath = join(root, 'node_modules/.package-lock.json')
  if (!existsSync(installedPath)) return false
  const installed = readLock(installedPath)
  return Object.entries(readLock(join(root, 'package-lock.json'))).every(([path, wanted]) => {
    const found = installed[path]
    return found
      ? found.version === wanted.version && found.integrity === wanted.integrity
      : !isForHere(wanted)
  })
}

/**
 * Optional packages hold binaries for one platform each; only ours is expected. Those that name no platform belong
 * to a foreign one (the WebAssembly variants) and are never expected.
 *
 * @param {LockedPackage} locked
 */
function isForHere(locked) {
  if (!locked.optional) return true
  if (!locked.os || !locked.cpu) return false
  const glibc = process.platform === 'linux' && (locked.libc?.includes('glibc') ?? true)
  return locked.os.includes(process.platform) && locked.cpu.includes(process.arch) && glibc
}

/**
 * @param {string} path
 * @returns {Record<string, LockedPackage>} every package by its path below the root
 */
function readLock(path) {
  /** @type {unknown} */
  const lock = JSON.parse(readFileSync(path, 'utf8'))
  const { packages } = /** @type {{ packages: Record<string, LockedPackage> }} */ (lock)
  return Object.fromEntries(Object.entries(packages).filter(([name]) => name !== ''))
}

/**
 * The npm that started us, so that version managers keep working; otherwise the one on the PATH.
 *
 * @returns {[string, string[]]}
 */
function npmCommand() {
  const running = process.env['npm_execpath']
  return running && /npm-cli\.c?js$/.test(running) ? [process.execPath, [running]] : ['npm', []]
}
