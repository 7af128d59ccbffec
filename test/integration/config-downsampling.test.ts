import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { loadConfig, type LoadedConfig } from '../../src/config.ts'
import { needsRestart } from '../../src/config-changes.ts'
import { formatFault } from '../../src/yaml/fault.ts'

const DAY_MS = 86_400_000
let file = ''

beforeEach(() => {
  file = path.join(mkdtempSync(path.join(tmpdir(), 'config-downsampling-')), 'vedette.yml')
})
afterEach(() => rmSync(path.dirname(file), { recursive: true }))

function load(text: string): LoadedConfig {
  writeFileSync(file, text)
  return loadConfig({ path: file, flags: {}, env: {} })
}

function configOf(text: string) {
  const loaded = load(text)
  if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join('\n'))
  return loaded.config
}

it('is nothing unless something is said', () => {
  expect(configOf('storage: {}').downsampling).toEqual([])
  expect(
    configOf(
      'storage: {downsampling: [{resolution: 5m, keep: 90d}, {resolution: 1h, after: 10d, keep: 2y}]}',
    ).downsampling,
  ).toEqual([
    { resolutionMs: 300_000, afterMs: 2 * DAY_MS, keepMs: 90 * DAY_MS },
    { resolutionMs: 3_600_000, afterMs: 10 * DAY_MS, keepMs: 730 * DAY_MS },
  ])
})

it('takes effect with a reload', () => {
  const before = configOf('storage: {}')
  const after = configOf('storage: {downsampling: [{resolution: 5m, keep: 90d}]}')
  expect(needsRestart(before, after)).toEqual([])
})

it.each([
  ['[{keep: 90d}]', '1:26: downsampling[0]: resolution must be set: 5m or 1h'],
  ['[{resolution: 10m, keep: 90d}]', '1:39: resolution: must be one of 5m, 1h, not "10m"'],
  ['[{resolution: 5m}]', 'keep must be set: how long the aggregates are kept, such as 1y'],
  [
    '[{resolution: 5m, after: 12h, keep: 90d}]',
    'after: must be at least 1d: late samples make a day be made again',
  ],
  [
    '[{resolution: 5m, after: 15d, keep: 90d}]',
    'after: after is 15d, and raw samples are kept for 15d (storage.retention_time): it must be shorter',
  ],
  ['[{resolution: 5m, after: 3d, keep: 3d}]', 'keep: must be longer than after, which is 3d'],
  ['[{resolution: 5m, keep: 90d, drop: 1}]', 'unknown key'],
  [
    '[{resolution: 5m, keep: 90d}, {resolution: 5m, keep: 1y}]',
    'downsampling[1]: resolution 5m stands twice',
  ],
  ['5m', 'downsampling: must be a list'],
])('refuses %s', (text, message) => {
  const loaded = load(`storage: {downsampling: ${text}}`)
  expect(loaded.ok ? [] : loaded.faults.map(formatFault)).toEqual([
    expect.stringContaining(message),
  ])
})

it('refuses a store that others write into', () => {
  const loaded = load(
    'storage: {downsampling: [{resolution: 5m, keep: 90d}]}\nclickhouse: {url: "https://clickhouse.example.org:8443"}',
  )
  expect(loaded.ok ? [] : loaded.faults.map(formatFault)).toEqual([
    expect.stringContaining('downsampling: is for the own store'),
  ])
})
