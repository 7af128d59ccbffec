import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { loadConfig, type StartFlags } from '../../src/config.ts'
import { formatFault } from '../../src/yaml/fault.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'config-retention-'))
})
afterEach(() => {
  rmSync(folder, { recursive: true })
})

describe('retention', () => {
  const DAY_MS = 86_400_000
  const of = (text: string, flags: StartFlags = {}): number[] => {
    const file = path.join(folder, 'vedette.yml')
    writeFileSync(file, text)
    const loaded = loadConfig({ path: file, flags, env: {} })
    if (!loaded.ok) throw new Error(loaded.faults.map(formatFault).join('\n'))
    const { retention } = loaded.config
    return [retention.timeMs / DAY_MS, retention.sizeBytes]
  }
  it('is 15 days unless something is said, and unbounded in time when only a size is', () => {
    const inPrometheus = (text: string): string =>
      `prometheus: {storage: {tsdb: {retention: ${text}}}}`
    expect(of('storage: {}')).toEqual([15, 0])
    expect(of(inPrometheus('{time: 3d}'))).toEqual([3, 0])
    expect(of(inPrometheus('{size: 1KB}'))).toEqual([36_500, 1024])
    expect(of(`${inPrometheus('{time: 3d}')}\nstorage: {retention_time: 4d}`)).toEqual([4, 0])
    expect(of(inPrometheus('{time: 3d}'), { retentionSize: '1KB' })).toEqual([3, 1024])
    expect(of('storage: {retention_time: 0s}')).toEqual([15, 0])
    expect(of('storage: {retention_time: 200y}')).toEqual([36_500, 0])
  })
})
