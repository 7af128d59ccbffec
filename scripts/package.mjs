// npm run package [-- --without-node]: a Debian package and an npm package of this version, in dist/packages.
// npm run package -- --folder DIR: only the files of a release, with what cannot be bundled, as images carry them.
import {
  chmodSync,
  cpSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  rmSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { prepareDist } from './lib/bundle.mjs'
import { withProgress } from './lib/progress.mjs'
import { requireSupportedNode, root } from './lib/project.mjs'
import { run } from './lib/run.mjs'
import { readManifest, stageNativePackages, stageRelease } from './lib/stage-release.mjs'

/** The Node that a package carries: the newest line with long support, from npm, as `npx node@24` would fetch it. */
const carriedNode = '24.9.0'

/** Debian's names of the machines that the engine is built for. */
const architectures = new Map([
  ['x64', 'amd64'],
  ['arm64', 'arm64'],
])

requireSupportedNode()
try {
  await prepareDist(root)
  const folder = process.argv[process.argv.indexOf('--folder') + 1]
  if (process.argv.includes('--folder')) {
    if (folder === undefined || existsSync(folder))
      throw new Error('--folder: name a folder that is not there yet')
    stageRelease(root, folder)
    stageNativePackages(root, folder)
  } else await makePackages(!process.argv.includes('--without-node'))
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}

/** @param {boolean} withNode */
async function makePackages(withNode) {
  const work = mkdtempSync(join(tmpdir(), 'vedette-package-'))
  const packages = join(root, 'dist/packages')
  mkdirSync(packages, { recursive: true })
  try {
    await withProgress('packing for npm', () => packForNpm(work, packages))
    await withProgress('packing for Debian', () => packForDebian(work, packages, withNode))
  } finally {
    rmSync(work, { recursive: true, force: true })
  }
}

/**
 * @param {string} work
 * @param {string} packages
 */
async function packForNpm(work, packages) {
  const folder = join(work, 'npm')
  stageRelease(root, folder)
  await must('npm', ['pack', '--silent', '--pack-destination', packages], folder)
}

/**
 * @param {string} work
 * @param {string} packages
 * @param {boolean} withNode
 */
async function packForDebian(work, packages, withNode) {
  const { version, description } = readManifest(join(root, 'package.json'))
  const architecture = architectures.get(process.arch)
  if (architecture === undefined) throw new Error(`there is no engine for ${process.arch}`)
  const tree = join(work, 'debian')
  const program = join(tree, 'usr/lib/vedette')
  stageRelease(root, program)
  stageNativePackages(root, program)
  if (withNode) await fetchNode(work, join(program, 'bin/node'))
  mkdirSync(join(tree, 'usr/bin'), { recursive: true })
  writeFileSync(join(tree, 'usr/bin/vedette'), launcher(withNode), { mode: 0o755 })
  cpSync(join(root, 'deploy/debian'), join(tree, 'DEBIAN'), { recursive: true })
  for (const script of ['postinst', 'prerm', 'postrm'])
    chmodSync(join(tree, 'DEBIAN', script), 0o755)
  const depends = ['libc6 (>= 2.31)', 'adduser | passwd', ...(withNode ? [] : ['nodejs (>= 20)'])]
  const control = [
    'Package: vedette',
    `Version: ${version}`,
    `Architecture: ${architecture}`,
    'Maintainer: The Vedette authors <vedette@localhost>',
    `Depends: ${depends.join(', ')}`,
    'Section: admin',
    'Priority: optional',
    `Description: ${description}`,
    '',
  ]
  writeFileSync(join(tree, 'DEBIAN/control'), control.join('\n'))
  const file = join(packages, `vedette_${version}_${architecture}.deb`)
  await must('dpkg-deb', ['-Zzstd', '-z6', '--root-owner-group', '--build', tree, file], work)
}

/**
 * The binary of Node as npm carries it.
 *
 * @param {string} work
 * @param {string} target
 */
async function fetchNode(work, target) {
  const name = `node-linux-${process.arch}`
  const folder = join(work, 'node')
  mkdirSync(folder)
  await must('npm', ['pack', '--silent', `${name}@${carriedNode}`], folder)
  await must('tar', ['-xzf', `${name}-${carriedNode}.tgz`], folder)
  const binary = join(folder, 'package/bin/node')
  if (!existsSync(binary)) throw new Error(`${name}@${carriedNode} holds no bin/node`)
  cpSync(binary, target)
  chmodSync(target, 0o755)
}

/**
 * What bin/vedette says in its first line, with the Node of the package.
 *
 * @param {boolean} withNode
 */
function launcher(withNode) {
  const node = withNode ? '/usr/lib/vedette/bin/node' : 'node'
  return (
    '#!/bin/sh\n' +
    'exec env MALLOC_ARENA_MAX=1 MALLOC_MMAP_THRESHOLD_=32768 MALLOC_TRIM_THRESHOLD_=524288 \\\n' +
    `  ${node} --max-semi-space-size=2 /usr/lib/vedette/dist/main.js "$@"\n`
  )
}

/**
 * @param {string} program
 * @param {string[]} args
 * @param {string} cwd
 */
async function must(program, args, cwd) {
  const { code, output } = await run(program, args, { cwd })
  if (code !== 0)
    throw new Error(`${program} ${args.join(' ')} ended with ${code}:\n${output.trim()}`)
}
