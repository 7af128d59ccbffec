// npm test: every unit and integration test, then the web UI in a browser, then the shortened end-to-end suite.
// npm test -- FILTER…: only the unit and integration tests whose path contains a filter.
import { runSuites } from './lib/test-run.mjs'

const filters = process.argv.slice(2)
const unit = { args: filters, needsBuild: false }
const browser = {
  args: ['--config', 'vitest.browser.config.ts'],
  folder: 'test/browser',
  needsBuild: true,
}
const shortEndToEnd = {
  args: ['--config', 'vitest.e2e.config.ts'],
  folder: 'test/e2e',
  env: { VEDETTE_E2E: 'short' },
  needsBuild: true,
}
await runSuites(filters.length > 0 ? [unit] : [unit, browser, shortEndToEnd])
