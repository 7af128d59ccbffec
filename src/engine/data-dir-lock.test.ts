import { spawn } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { lockDataDir } from './data-dir-lock.ts'

let dataDir = ''

beforeEach(() => {
  dataDir = mkdtempSync(join(tmpdir(), 'vedette-lock-'))
})

afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

const lockFile = (): string => join(dataDir, 'vedette.lock')

it('is held once and free again after its release', () => {
  const lock = lockDataDir(dataDir)
  expect(() => lockDataDir(dataDir)).toThrow(
    `the data directory ${dataDir} is in use by process ${process.pid}: stop`,
  )
  lock.release()
  lock.release()
  lockDataDir(dataDir).release()
  expect(readdirSync(dataDir)).toEqual([])
})

it('is taken over from a process that is gone', async () => {
  lockDataDir(dataDir)
  const gone = spawn('true')
  await new Promise((resolve) => gone.once('exit', resolve))
  const holder: unknown = JSON.parse(readFileSync(lockFile(), 'utf8'))
  writeFileSync(lockFile(), JSON.stringify(Object.assign({}, holder, { pid: gone.pid })))
  lockDataDir(dataDir).release()
})

it.each([
  ['a process of the same number that started at another time', { startTicks: '1' }],
  ['a process before the last boot', { bootId: 'another boot' }],
])('is taken over from %s', (_who, difference) => {
  lockDataDir(dataDir)
  const holder: unknown = JSON.parse(readFileSync(lockFile(), 'utf8'))
  writeFileSync(lockFile(), JSON.stringify(Object.assign({}, holder, difference)))
  lockDataDir(dataDir).release()
})

it.each(['', 'not json', '{"pid":"x"}'])('is taken over when it cannot be read: %j', (text) => {
  writeFileSync(lockFile(), text)
  lockDataDir(dataDir).release()
})

it('does not free what another process holds', () => {
  const lock = lockDataDir(dataDir)
  writeFileSync(lockFile(), '{"somebody":"else"}')
  lock.release()
  expect(readFileSync(lockFile(), 'utf8')).toBe('{"somebody":"else"}')
})
