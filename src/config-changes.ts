import { isDeepStrictEqual } from 'node:util'
import type { VedetteConfig } from './config.ts'

/** Sections that are read once, when the program starts. */
const READ_AT_START = [
  'listen',
  'access',
  'dataFolder',
  'storage',
  'archive',
  'clickhouse',
  'cluster',
  'memoryBudgetBytes',
  'aliases',
  'addresses',
] as const satisfies readonly (keyof VedetteConfig)[]

/** The sections of a new configuration that take effect at the next start only. */
export function needsRestart(before: VedetteConfig, after: VedetteConfig): string[] {
  return READ_AT_START.filter((key) => JSON.stringify(after[key]) !== JSON.stringify(before[key]))
}

/** Whether queries mean or may do something else under another configuration. */
export function queryChanged(before: VedetteConfig, after: VedetteConfig): boolean {
  return (
    !isDeepStrictEqual(before.query, after.query) ||
    before.prometheus.global.evaluationIntervalMs !== after.prometheus.global.evaluationIntervalMs
  )
}
