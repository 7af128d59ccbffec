// src/ → dist/: one file for each process, and a stamp that tells whether dist/ still belongs to src/.
import { createHash } from 'node:crypto'
import {
  existsSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { join, relative } from 'node:path'
import { installWhenStale } from './install.mjs'
import { withProgress } from './progress.mjs'

/**
 * One bundle a process: the server with its verbs, and the child that hosts the engine, which the server finds as
 * `engine.js` beside itself (src/engine/fork-arguments.ts).
 */
const entryPoints = { main: 'src/main.ts', engine: 'src/engine/child.ts' }

/** Packages with native code cannot be bundled; they are loaded from node_modules at run time. */
const nativePackages = ['chdb']

/** What decides about the output besides the sources that esbuild reports. The lock file stands for node_modules. */
const buildSettings = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'scripts/lib/bundle.mjs',
]

/** CommonJS dependencies call `require` for Node's own modules, which an ES module does not have by itself. */
const requireBanner =
  "import { createRequire as createRequireForBundle } from 'node:module'\n" +
  'const require = createRequireForBundle(import.meta.url)'

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
 * Installs and builds what is missing or stale. When nothing is, it costs one `stat` a source file (a few ms).
 *
 * @param {string} root
 */
export async function prepareDist(root) {
  if (isFresh(root) && existsSync(join(root, 'node_modules/.package-lock.json'))) return
  await installWhenStale(root)
  if (!isFresh(root)) await withProgress('building', () => build(root))
}

/**
 * Whether dist/ was made from the sources as they are now. A file whose time changed but whose content did not
 * (a fresh checkout, a branch switched forth and back) is not a reason to build again; its new time is noted.
 *
 * @param {string} root
 */
export function isFresh(root) {
  const stampPath = join(root, 'dist/stamp.json')
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
 * Bundles every entry point into dist/ and writes the stamp last. Each file is replaced by a rename, so a Vedette
 * that starts at the same moment sees an old or a new file, never half of one.
 *
 * @param {string} root
 * @throws {Error} with esbuild's messages (file:line:col) when a source does not compile
 */
export async function build(root) {
  for (const path of Object.values(entryPoints)) {
    if (!existsSync(join(root, path))) throw new Error(`cannot build: ${path} is missing`)
  }
  const startedMs = Date.now()
  const dist = join(root, 'dist')
  mkdirSync(dist, { recursive: true })
  rmSync(join(dist, 'stamp.json'), { force: true })
  const { build: bundle, formatMessages, stop } = await import('esbuild')
  const { metafile, outputFiles, warnings } = await bundle({
    absWorkingDir: root,
    entryPoints,
    outdir: 'dist',
    bundle: true,
    platform: 'node',
    format: 'esm',
    target: 'node20',
    external: nativePackages,
    banner: { js: requireBanner },
    sourcemap: true,
    legalComments: 'linked',
    logLevel: 'silent',
    metafile: true,
    write: false,
  })
  for (const text of await formatMessages(warnings, { kind: 'warning' })) process.stderr.write(text)
  await stop()
  for (const file of outputFiles) writeAtomically(file.path, file.contents)
  const sources = Object.keys(metafile.inputs).filter(
    (path) => !path.split('/').includes('node_modules'),
  )
  const settings = buildSettings.filter((path) => existsSync(join(root, path)))
  /** @type {Stamp} */
  const stamp = {
    inputs: [...sources, ...settings].map((path) => stampFile(root, path, startedMs)),
    outputs: outputFiles.map((file) => relative(root, file.path)),
  }
  writeAtomically(join(dist, 'stamp.json'), JSON.stringify(stamp))
}

/**
 * @param {string} root
 * @param {string} path
 * @param {number} startedMs
 * @returns {StampedFile}
 */
function stampFile(root, path, startedMs) {
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
function writeAtomically(path, content) {
  const temporary = `${path}.${process.pid}.tmp`
  writeFileSync(temporary, content)
  renameSync(temporary, path)
}
