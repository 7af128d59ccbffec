import { defineConfig } from 'vitest/config'

/** Tests of the web UI in Debian's Chromium over bin/vedette: one at a time, because they draw and are looked at. */
export default defineConfig({
  test: {
    include: ['test/browser/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: 400_000,
    hookTimeout: 300_000,
  },
})
