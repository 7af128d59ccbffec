import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type LoadedConfig, type StartFlags } from '../../src/config.ts'
import { needsRestart } from '../../src/config-changes.ts'
import { formatMatcher } from '../../src/model/matcher.ts'
import { retentionOfLogs, retentionOfTraces } from '../../src/signal-retention.ts'
import { formatFault } from '../../src/yaml/fault.ts'

const GIB = 1024 ** 3
const DAY_MS = 86_400_000
let file = ''

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'config-disk-')), 'vedette.yml')
})
afterEach(() => rmSync(path.dirname(file), { recursive: true }))

function load(text: string, flags: StartFlags = {}): LoadedConfig {
  writeFileSync(file, text)
  return loadConfig({ path: file, flags, env: {} })
}

function configOf(text: string, flags: StartFlags = {}) {
  const loaded = load(text, flags)
  if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join('\n'))
  return loaded.config
}

/** Errors and warnings, without the folder. */
function faultsOf(text: string, flags: StartFlags = {}): string[] {
  const loaded = load(text, flags)
  const faults = loaded.ok ? loaded.warnings : loaded.faults
  return faults.map((fault) => formatFault(fault).replace(`${path.dirname(file)}/`, ''))
}

describe('storage.disk_budget', () => {
  it('is none unless something is said; the flag goes before the file', () => {
    expect(configOf('storage: {}').diskBudget).toBeUndefined()
    expect(configOf('storage: {disk_budget: 20GB}').diskBudget).toEqual({
      budgetBytes: 20 * GIB,
      shares: { metrics: 0.5, logs: 0.3, traces: 0.2 },
      order: ['traces', 'logs', 'metrics'],
    })
    expect(
      configOf('storage: {disk_budget: 20GB}', { diskBudget: '1GB' }).diskBudget,
    ).toMatchObject({
      budgetBytes: GIB,
    })
    expect(configOf('storage: {disk_budget: 20GB}', { diskBudget: '0' }).diskBudget).toBeUndefined()
    expect(configOf('flags: {disk.budget: 2GB}').diskBudget).toMatchObject({ budgetBytes: 2 * GIB })
  })

  it('has what is not named share the rest, and come last', () => {
    const read = configOf(
      'storage: {disk_budget: 1GB, disk_shares: {logs: 75%}, disk_order: [logs]}',
    )
    expect(read.diskBudget?.order).toEqual(['logs', 'traces', 'metrics'])
    const { shares } = read.diskBudget ?? {}
    expect(shares?.logs).toBe(0.75)
    expect(shares?.metrics).toBeCloseTo(0.25 * (5 / 7))
    expect(shares?.traces).toBeCloseTo(0.25 * (2 / 7))
  })

  it.each([
    [
      'storage: {disk_budget: 5}',
      'vedette.yml:1:24: disk_budget: must be a size with its unit, such as 512MB, not 5',
    ],
    [
      'storage: {disk_budget: 5MB}',
      'vedette.yml:1:24: disk_budget: must be at least 32MiB: the engine does not run with less',
    ],
    [
      'storage:\n  disk_budget: 1GB\n  disk_shares: {logs: 30}',
      'vedette.yml:3:23: logs: must be a part of the budget such as 30%, not "30"',
    ],
    [
      'storage:\n  disk_budget: 1GB\n  disk_shares: {logs: 130%}',
      'vedette.yml:3:23: logs: must be a part of the budget such as 30%, not "130%"',
    ],
    [
      'storage:\n  disk_budget: 1GB\n  disk_shares: {logs: 60%, metrics: 50%}',
      'vedette.yml:3:16: disk_shares: together the shares are 110%: at most 100%',
    ],
    [
      'storage:\n  disk_shares: {lines: 60%}',
      'vedette.yml:2:17: lines: unknown key. Allowed here: logs, metrics, traces',
    ],
    [
      'storage: {disk_order: [spans]}',
      'vedette.yml:1:24: disk_order[0]: must be one of metrics, logs, traces, not "spans"',
    ],
    ['storage: {disk_order: [logs, logs]}', 'vedette.yml:1:30: disk_order[1]: logs stands twice'],
    [
      'storage: {disk_budget: 1GB}\nclickhouse: {url: "http://ch:8123"}',
      'vedette.yml:1:11: warning: disk_budget: has no effect: the data is in the ClickHouse at clickhouse.url',
    ],
  ])('%s', (text, message) => {
    expect(faultsOf(text)).toContain(message)
  })

  it('has a flag that says what is wrong with it', () => {
    expect(faultsOf('storage: {}', { diskBudget: '5MB' })).toEqual([
      '--disk.budget: must be at least 32MiB: the engine does not run with less',
    ])
    expect(faultsOf('storage: {}', { diskBudget: 'much' })).toEqual([
      '--disk.budget: must be a size with its unit, such as 512MB, not "much"',
    ])
  })

  it('changes with a reload', () => {
    const before = configOf('storage: {disk_budget: 1GB}')
    const after = configOf('storage: {disk_budget: 2GB, logs: {retention_time: 1d}}')
    expect(needsRestart(before, after)).toEqual([])
  })
})

describe('retention of logs and traces', () => {
  it('stands in vedette.yml, before what files of Loki and Tempo say', () => {
    const config = configOf(`storage:
  retention_time: 90d
  retention_size: 9GB
  logs:
    retention_time: 60d
    retention:
      - {match: '{app="x"}', time: 2d}
  traces:
    retention_size: 2GB
    retention:
      - {service: payments, time: 30d}
      - {match: '{"deployment.environment"=~"dev.*"}', time: 1d}
loki: {limits_config: {retention_period: 10d, retention_stream: [{selector: '{app="y"}', period: 3d}]}}
`)
    const logs = retentionOfLogs(config)
    expect([logs.timeMs / DAY_MS, logs.sizeBytes / GIB]).toEqual([60, 9])
    expect(
      logs.rules.map(({ matchers, timeMs }) => [matchers.map(formatMatcher), timeMs / DAY_MS]),
    ).toEqual([
      [['app="x"'], 2],
      [['app="y"'], 3],
    ])
    const traces = retentionOfTraces(config)
    expect([traces.timeMs / DAY_MS, traces.sizeBytes / GIB]).toEqual([90, 2])
    // Attributes of resources are texts that know their type.
    const days = (value: string, name: string): number | undefined => {
      const rule = traces.rules.find(({ matchers }) =>
        matchers.every((one) => one.matches(one.name === name ? value : '')),
      )
      return rule && rule.timeMs / DAY_MS
    }
    expect(days('spayments', 'service.name')).toBe(30)
    expect(days('sother', 'service.name')).toBeUndefined()
    expect(days('sdevelopment', 'deployment.environment')).toBe(1)
  })

  it.each([
    ['logs: {retention: [{time: 1d}]}', 'vedette.yml:2:22: retention[0]: match must be set'],
    ['logs: {retention: [{match: "{app=}", time: 1d}]}', 'parse error'],
    [
      'logs: {retention: [{match: \'{app="a"} |= "b"\', time: 1d}]}',
      'vedette.yml:2:30: match: must be a stream selector such as {namespace="dev"}',
    ],
    [
      'logs: {retention: [{match: \'{app="a"}\'}]}',
      'vedette.yml:2:22: retention[0]: time must be set',
    ],
    ['logs: {retention_size: -1GB}', 'vedette.yml:2:26: retention_size: must not be negative'],
    [
      'traces: {retention: [{time: 1d}]}',
      'vedette.yml:2:24: retention[0]: either service or match must be set',
    ],
    [
      'traces: {retention: [{service: a, match: \'{b="c"}\', time: 1d}]}',
      'vedette.yml:2:24: retention[0]: either service or match must be set',
    ],
    ['traces: {retention: [{service: a, time: 0s}]}', 'vedette.yml:2:43: time: must be above 0'],
    ['traces: {keep: 1d}', 'unknown key'],
  ])('%s', (text, message) => {
    expect(faultsOf(`storage:\n  ${text}`).join('\n')).toContain(message)
  })
})
