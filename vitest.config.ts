import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.{ts,tsx}'],
    exclude: ['test/e2e/**', 'test/browser/**', 'node_modules/**'],
    pool: 'forks',
    // Files of one worker share their modules: to load these anew for each of 570 files took more than half of the time. So a test
    // leaves nothing behind: no stub, no timer, no variable of the environment.
    isolate: false,
    // Its ES modules name exports that Node does not find in their CommonJS dependencies.
    server: { deps: { inline: ['@grafana/data'] } },
    maxWorkers: 2,
    // Limits end what hangs and measure nothing: a machine that is shared may be five times as slow as it was a minute ago.
    testTimeout: 90_000,
    hookTimeout: 180_000,
  },
})
