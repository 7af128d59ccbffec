import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts', 'web/src/**/*.test.{ts,tsx}'],
    exclude: ['test/e2e/**', 'test/browser/**', 'node_modules/**'],
    pool: 'forks',
    // Its ES modules name exports that Node does not find in their CommonJS dependencies.
    server: { deps: { inline: ['@grafana/data'] } },
    maxWorkers: 2,
    testTimeout: 20_000,
    hookTimeout: 60_000,
  },
})
