// web/ → dist/web/: hashed files for the browser, each with its gzip and brotli forms beside it, made once instead of a request.
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'
import { isStampFresh, writeStamp } from './stamp.mjs'

const webStamp = 'dist/web-stamp.json'

/** What decides about the output besides the modules that the bundler reports. */
const webSettings = [
  'package.json',
  'package-lock.json',
  'tsconfig.web.json',
  'tsconfig.base.json',
  'vite.config.ts',
  'scripts/lib/bundle-web.mjs',
  'scripts/lib/stamp.mjs',
]

/** A checkout without web/ (the scripts' own tests) has nothing to build. */
const hasWeb = (/** @type {string} */ root) => existsSync(join(root, 'web/index.html'))

/**
 * Whether dist/web was made from the sources as they are now.
 *
 * @param {string} root
 */
export function isWebFresh(root) {
  return !hasWeb(root) || isStampFresh(root, webStamp)
}

/**
 * Builds dist/web beside itself and puts it in place by renames, so that a server that starts meanwhile sees a whole one.
 *
 * @param {string} root
 * @throws {Error} with the bundler's messages (file:line:col) when a source does not compile
 */
export async function buildWeb(root) {
  if (!hasWeb(root)) return
  const startedMs = Date.now()
  const dist = join(root, 'dist')
  const fresh = join(dist, `web.${process.pid}.tmp`)
  const old = join(dist, `web.${process.pid}.old`)
  mkdirSync(dist, { recursive: true })
  rmSync(join(root, webStamp), { force: true })
  const { build } = await import('vite')
  const sources = new Set(listFiles(join(root, 'web/public')).map((path) => relative(root, path)))
  sources.add('web/index.html')
  try {
    await build({
      root: join(root, 'web'),
      configFile: join(root, 'vite.config.ts'),
      logLevel: 'error',
      build: { outDir: fresh },
      plugins: [noteModules(root, sources)],
    })
    await Promise.all(listFiles(fresh).map(compress))
    swapIn(fresh, join(dist, 'web'), old)
  } finally {
    rmSync(fresh, { recursive: true, force: true })
  }
  const outputs = listFiles(join(dist, 'web')).map((path) => relative(root, path))
  writeStamp(root, webStamp, { inputs: [...sources, ...webSettings], outputs, startedMs })
}

const mostSwaps = 5

/**
 * Puts a folder in the place of another, which is moved away first; another build may do the same at this moment.
 *
 * @param {string} fresh
 * @param {string} place
 * @param {string} old
 */
function swapIn(fresh, place, old) {
  for (let swap = 1; ; swap += 1) {
    try {
      if (existsSync(place)) renameSync(place, `${old}${swap}`)
      renameSync(fresh, place)
      return
    } catch (error) {
      if (swap === mostSwaps) throw error
    } finally {
      rmSync(`${old}${swap}`, { recursive: true, force: true })
    }
  }
}

/**
 * A plugin that notes which files of ours went into the bundle.
 *
 * @param {string} root
 * @param {Set<string>} sources
 * @returns {import('vite').Plugin}
 */
function noteModules(root, sources) {
  return {
    name: 'vedette-note-modules',
    buildEnd() {
      for (const id of this.getModuleIds()) {
        const path = relative(root, id.replace(/\?.*$/, ''))
        if (!path.startsWith('.') && !path.includes('node_modules')) sources.add(path)
      }
    },
  }
}

/** Files that are compressed already, or are filled in for each answer. */
const keptAsTheyAre = /(?:\.(?:png|woff2|gz|br)|index\.html)$/
const minBytes = 512

/** @param {string} path */
async function compress(path) {
  if (keptAsTheyAre.test(path)) return
  const content = readFileSync(path)
  if (content.length < minBytes) return
  const quality = { [constants.BROTLI_PARAM_QUALITY]: 9 }
  const [small, smaller] = await Promise.all([
    promisify(gzip)(content, { level: 9 }),
    promisify(brotliCompress)(content, { params: quality }),
  ])
  writeFileSync(`${path}.gz`, small)
  writeFileSync(`${path}.br`, smaller)
}

/** @param {string} folder */
function listFiles(folder) {
  if (!existsSync(folder)) return []
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
