// npm run e2e [-- FILTER…]: the end-to-end suite at full length (VEDETTE_E2E=short shortens it, as `npm test` does).
import { runSuites } from './lib/test-run.mjs'

await runSuites([
  { args: ['--config', 'vitest.e2e.config.ts', ...process.argv.slice(2)], needsBuild: true },
])
