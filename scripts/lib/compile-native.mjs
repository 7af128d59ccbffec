// src/self/memory/clean-pages.c → dist/clean-pages.node, where there is a C compiler. Without it the program runs as well, only that it
// cannot give back clean pages of its libraries (docs/operating.md, "Memory").
import { renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { run } from './run.mjs'

export const nativeSource = 'src/self/memory/clean-pages.c'
const output = 'dist/clean-pages.node'

/**
 * Compiles it with the compiler of the machine (`$CC`, by default `cc`). A running program keeps the file that it has loaded.
 *
 * @param {string} root
 * @returns {Promise<string[]>} what was made, from the root: nothing without a compiler
 */
export async function compileNative(root) {
  const compiler = process.env['CC'] ?? 'cc'
  const made = join(root, `${output}.${process.pid}`)
  const options = ['-O2', '-Wall', '-shared', '-fPIC', '-s', '-o', made]
  const { code } = await run(compiler, [...options, join(root, nativeSource)], { cwd: root })
  if (code !== 0) {
    rmSync(made, { force: true })
    rmSync(join(root, output), { force: true })
    return []
  }
  renameSync(made, join(root, output))
  return [output]
}
