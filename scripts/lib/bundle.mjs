// src/ → dist/: one file for each process; web/ → dist/web/. A stamp each tells whether it still belongs to its sources.
import { existsSync, mkdirSync, rmSync } from 'node:fs'
import { join, relative } from 'node:path'
import { buildWeb, isWebFresh } from './bundle-web.mjs'
import { installWhenStale } from './install.mjs'
import { withProgress } from './progress.mjs'
import { run } from './run.mjs'
import { isStampFresh, writeAtomically, writeStamp } from './stamp.mjs'

const serverStamp = 'dist/stamp.json'

/**
 * One bundle a process: the server with its verbs; the child that hosts the engine, which the server finds as `engine.js` beside itself
 * (src/engine/fork-arguments.ts); and the agent, which bin/vedette runs alone: it shall not hold the program of a server in memory.
 */
const entryPoints = {
  main: 'src/main.ts',
  engine: 'src/engine/child.ts',
  agent: 'src/agent-main.ts',
}

/** Packages with native code cannot be bundled; they are loaded from node_modules at run time. */
export const nativePackages = ['chdb', 'koffi', 'libsql', '@node-rs/argon2']

/** What decides about the output besides the sources that esbuild reports. The lock file stands for node_modules. */
const buildSettings = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'tsconfig.base.json',
  'scripts/lib/bundle.mjs',
  'scripts/lib/stamp.mjs',
]

/** CommonJS dependencies call `require` for Node's own modules, which an ES module does not have by itself. */
const requireBanner =
  "import { createRequire as createRequireForBundle } from 'node:module'\n" +
  'const require = createRequireForBundle(import.meta.url)'

/**
 * Installs and builds what is missing or stale. When nothing is, it costs one `stat` a source file (a few ms).
 *
 * @param {string} root
 */
export async function prepareDist(root) {
  if (isFresh(root) && existsSync(join(root, 'node_modules/.package-lock.json'))) return
  await installWhenStale(root)
  if (isFresh(root)) return
  await withProgress('building', async () => {
    // In a process of its own: the caller becomes the server, and would keep the gigabyte that bundlers take.
    const script = [join(root, 'scripts/build.mjs'), '--stale']
    const { code, output } = await run(process.execPath, script, { cwd: root })
    if (code !== 0) throw new Error(output.trim())
    process.stderr.write(output)
  })
}

/**
 * Builds what is stale.
 *
 * @param {string} root
 */
export async function buildStale(root) {
  if (!isStampFresh(root, serverStamp)) await buildServer(root)
  if (!isWebFresh(root)) await buildWeb(root)
}

/**
 * Whether dist/ was made from the sources as they are now, the server's and the web UI's.
 *
 * @param {string} root
 */
export function isFresh(root) {
  return isStampFresh(root, serverStamp) && isWebFresh(root)
}

/**
 * Builds everything, stale or not.
 *
 * @param {string} root
 */
export async function build(root) {
  await buildServer(root)
  await buildWeb(root)
}

/**
 * Bundles every entry point into dist/ and writes the stamp last. Each file is replaced by a rename, so a Vedette
 * that starts at the same moment sees an old or a new file, never half of one.
 *
 * @param {string} root
 * @throws {Error} with esbuild's messages (file:line:col) when a source does not compile
 */
async function buildServer(root) {
  for (const path of Object.values(entryPoints)) {
    if (!existsSync(join(root, path))) throw new Error(`cannot build: ${path} is missing`)
  }
  const startedMs = Date.now()
  const dist = join(root, 'dist')
  mkdirSync(dist, { recursive: true })
  rmSync(join(root, serverStamp), { force: true })
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
    // V8 keeps the text of a program in memory for as long as it runs. Names stay: stack traces can be read.
    minifyWhitespace: true,
    minifySyntax: true,
    lineLimit: 200,
    logLevel: 'silent',
    metafile: true,
    write: false,
  })
  for (const text of await formatMessages(warnings, { kind: 'warning' })) process.stderr.write(text)
  await stop()
  for (const file of outputFiles) {
    writeAtomically(file.path, file.path.endsWith('.js') ? escapeText(file.text) : file.contents)
  }
  const sources = Object.keys(metafile.inputs).filter(
    (path) => !path.split('/').includes('node_modules'),
  )
  writeStamp(root, serverStamp, {
    inputs: [...sources, ...buildSettings],
    outputs: outputFiles.map((file) => relative(root, file.path)),
    startedMs,
  })
}

/**
 * One character outside of Latin-1 doubles what the whole text takes in memory. esbuild escapes them in strings, and leaves them in
 * regular expressions, where the same escape means the same.
 *
 * @param {string} text a bundle without comments
 */
function escapeText(text) {
  return text.replace(
    /[\u0080-\uffff]/g,
    (character) => `\\u${character.charCodeAt(0).toString(16).padStart(4, '0')}`,
  )
}
