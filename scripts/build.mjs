// npm run build: installs when needed and builds dist/, stale or not; with --stale only what is stale, and silently.
import { build, buildStale } from './lib/bundle.mjs'
import { installWhenStale } from './lib/install.mjs'
import { withProgress } from './lib/progress.mjs'
import { requireSupportedNode, root } from './lib/project.mjs'

requireSupportedNode()
try {
  if (process.argv.includes('--stale')) await buildStale(root)
  else {
    await installWhenStale(root)
    await withProgress('building', () => build(root))
  }
} catch (error) {
  process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`)
  process.exitCode = 1
}
