// npm run check: everything that can be said about the code without running it. All steps run, whatever fails.
import { join } from 'node:path'
import { installWhenStale } from './lib/install.mjs'
import { requireSupportedNode, root } from './lib/project.mjs'
import { run } from './lib/run.mjs'

requireSupportedNode()
await installWhenStale(root)

const bin = join(root, 'node_modules/.bin')
const isUpdate = process.argv.includes('--update')

/** @type {[name: string, program: string, args: string[]][]} */
const steps = [
  ['types of the pure folders', join(bin, 'tsc'), ['-p', 'tsconfig.pure.json']],
  ['types', join(bin, 'tsc'), ['-p', 'tsconfig.json']],
  ['types of the web UI', join(bin, 'tsc'), ['-p', 'tsconfig.web.json']],
  [
    'lint',
    join(bin, 'oxlint'),
    ['--type-aware', '--deny-warnings', '--report-unused-disable-directives'],
  ],
  ['format', join(bin, 'oxfmt'), ['--check']],
  ['dead code', join(bin, 'knip'), []],
  ['architecture', join(bin, 'vitest'), ['run', 'test/architecture.test.ts']],
  [
    'ratchet',
    process.execPath,
    ['--import', 'tsx', 'test/house/ratchet.ts', ...(isUpdate ? ['--update'] : [])],
  ],
]

const failed = []
for (const [name, program, args] of steps) {
  const startedMs = Date.now()
  const { code, output } = await run(program, args, { cwd: root })
  const seconds = ((Date.now() - startedMs) / 1000).toFixed(1)
  process.stdout.write(`${code === 0 ? 'ok    ' : 'FAILED'} ${name} (${seconds} s)\n`)
  if (code === 0) continue
  failed.push(name)
  process.stdout.write(`${output.trimEnd()}\n\n`)
}
if (failed.length > 0) {
  process.stdout.write(`${failed.length} of ${steps.length} checks failed: ${failed.join(', ')}\n`)
  process.exitCode = 1
}
