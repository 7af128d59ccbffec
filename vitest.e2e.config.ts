import { defineConfig } from 'vitest/config'

const isShort = process.env['VEDETTE_E2E'] === 'short'

/** They measure memory, processor time or pauses, fill a disk, or take the whole machine: nothing runs beside them. */
const ALONE = [
  ...['agent', 'backup', 'cardinality', 'clock', 'cluster', 'conformance', 'crowd', 'disk-budget'],
  ...['disk-full', 'documented-commands', 'engine-stopped', 'flood', 'fsync', 'lone-push'],
  ...['logql-conformance', 'memory', 'move', 'power-cut', 'shutdown', 'start', 'tail'],
].map((name) => `test/e2e/${name}.test.ts`)

/** Black-box tests of bin/vedette. Most of them wait more than they compute, so that two run at a time. */
export default defineConfig({
  test: {
    pool: 'forks',
    globalSetup: 'scripts/lib/build-for-tests.mjs',
    testTimeout: isShort ? 900_000 : 2 * 3_600_000,
    hookTimeout: 300_000,
    projects: [
      {
        extends: true,
        test: {
          name: 'beside',
          include: ['test/e2e/**/*.test.ts'],
          exclude: ALONE,
          maxWorkers: 2,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'alone',
          include: ALONE,
          fileParallelism: false,
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
