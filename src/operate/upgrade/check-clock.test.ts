import { mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { checkClock } from './check-clock.ts'

const LAST_MS = Date.UTC(2026, 9, 1)
let folder = ''
beforeAll(() => {
  folder = mkdtempSync(path.join(tmpdir(), 'vedette-clock-'))
  const file = path.join(folder, 'metadata.sqlite')
  writeFileSync(file, '')
  utimesSync(file, LAST_MS / 1000, LAST_MS / 1000)
})
afterAll(() => rmSync(folder, { recursive: true, force: true }))

it.each([
  ['1970-01-01T00:10:00Z', /says 1970-01-01T00:10:00.000Z, which cannot be: set it/],
  [
    '2036-01-01T00:00:00Z',
    /last written to at 2026-10-01.*retention would drop.*VEDETTE_CLOCK_IS_RIGHT=yes/,
  ],
])('a clock that says %s is refused, but not for who knows better', (text, message) => {
  expect(() => checkClock(folder, Date.parse(text), {})).toThrow(message)
  const env = { VEDETTE_CLOCK_IS_RIGHT: 'yes' }
  expect(checkClock(folder, Date.parse(text), env)).toBeUndefined()
})

it('a clock that is behind the data is told of, one that goes on is not', () => {
  expect(checkClock(folder, LAST_MS - 86_400_000, {})).toMatch(/lies before what is there/)
  expect(checkClock(folder, LAST_MS + 86_400_000, {})).toBeUndefined()
  expect(checkClock(path.join(folder, 'new'), LAST_MS, {})).toBeUndefined()
})
