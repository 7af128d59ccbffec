import { defineConfig } from 'vitest/config'

const isShort = process.env['VEDETTE_E2E'] === 'short'

/** Black-box tests of bin/vedette: one at a time, because they measure memory, kill processes and fill disks. */
export default defineConfig({
  test: {
    include: ['test/e2e/**/*.test.ts'],
    pool: 'forks',
    maxWorkers: 1,
    fileParallelism: false,
    testTimeout: isShort ? 120_000 : 2 * 3_600_000,
    hookTimeout: 60_000,
  },
})
