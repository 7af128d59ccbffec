// The files of a release: what runs, and nothing that builds.
import { chmodSync, cpSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { nativePackages } from './bundle.mjs'

/**
 * What is copied as it is. The bundles hold every other dependency; their maps would double the size and name no source that is
 * there.
 */
const copied = ['LICENSE', 'NOTICE', 'README.md', 'CHANGELOG.md', 'packs', 'docs']

/**
 * Puts a release below a folder: `bin/`, `dist/`, `packs/`, `docs/` and a package.json that needs only what cannot be bundled.
 *
 * @param {string} root
 * @param {string} folder
 */
export function stageRelease(root, folder) {
  mkdirSync(folder, { recursive: true })
  for (const name of copied) cpSync(join(root, name), join(folder, name), { recursive: true })
  mkdirSync(join(folder, 'bin'))
  cpSync(join(root, 'bin/vedette'), join(folder, 'bin/vedette'))
  chmodSync(join(folder, 'bin/vedette'), 0o755)
  mkdirSync(join(folder, 'dist'))
  const built = [
    'main.js',
    'main.js.LEGAL.txt',
    'engine.js',
    'agent.js',
    'agent.js.LEGAL.txt',
    'web',
  ]
  for (const name of built) {
    cpSync(join(root, 'dist', name), join(folder, 'dist', name), { recursive: true })
  }
  const manifest = readManifest(join(root, 'package.json'))
  const released = {
    ...pick(manifest, [
      'name',
      'version',
      'description',
      'license',
      'bin',
      'os',
      'type',
      'engines',
    ]),
    dependencies: pick(manifest.dependencies ?? {}, nativePackages),
  }
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(released, null, 2)}\n`)
}

/**
 * Copies the packages that cannot be bundled, and what they need on this machine, out of node_modules.
 *
 * @param {string} root
 * @param {string} folder
 */
export function stageNativePackages(root, folder) {
  const waiting = [...nativePackages]
  const done = new Set()
  for (let name = waiting.pop(); name !== undefined; name = waiting.pop()) {
    const source = join(root, 'node_modules', name)
    if (done.has(name) || !existsSync(source)) continue
    done.add(name)
    // Builds for musl do not run where the engine runs, which needs glibc.
    if (name.endsWith('-musl')) continue
    cpSync(source, join(folder, 'node_modules', name), { recursive: true })
    const { dependencies = {}, optionalDependencies = {} } = readManifest(
      join(source, 'package.json'),
    )
    waiting.push(...Object.keys(dependencies), ...Object.keys(optionalDependencies))
  }
}

/**
 * @typedef {object} Manifest
 * @property {string} name
 * @property {string} version
 * @property {string} description
 * @property {Record<string, string>} [dependencies]
 * @property {Record<string, string>} [optionalDependencies]
 */

/**
 * @param {string} file
 * @returns {Manifest}
 */
export function readManifest(file) {
  return /** @type {Manifest} */ (JSON.parse(readFileSync(file, 'utf8')))
}

/**
 * @param {object} from
 * @param {string[]} names
 */
function pick(from, names) {
  return Object.fromEntries(Object.entries(from).filter(([name]) => names.includes(name)))
}
