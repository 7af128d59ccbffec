import { expect, test } from 'vitest'
import { nextRun } from './cron-schedule.ts'

const SINCE = '2026-03-04T10:17:30Z'

test.each([
  ['* * * * *', '2026-03-04T10:18:00Z'],
  ['*/15 * * * *', '2026-03-04T10:30:00Z'],
  ['17 10 * * *', '2026-03-05T10:17:00Z'],
  ['0 3 * * *', '2026-03-05T03:00:00Z'],
  ['5-10/5,50 22 * * *', '2026-03-04T22:05:00Z'],
  ['0 0 1 * *', '2026-04-01T00:00:00Z'],
  ['0 0 * * MON', '2026-03-09T00:00:00Z'],
  ['0 0 13 * fri', '2026-03-06T00:00:00Z'],
  ['0 0 29 2 *', '2028-02-29T00:00:00Z'],
  ['30/20 * * * *', '2026-03-04T10:30:00Z'],
  ['0 12 ? JAN-FEB *', '2027-01-01T12:00:00Z'],
  ['@hourly', '2026-03-04T11:00:00Z'],
  ['@daily', '2026-03-05T00:00:00Z'],
  ['@every 1h30m', '2026-03-04T11:47:30Z'],
])('%s comes next at %s', (schedule, at) => {
  expect(nextRun(schedule, Date.parse(SINCE) / 1000, '')).toBe(Date.parse(at) / 1000)
})

test('a time zone counts, with its summer time', () => {
  const since = Date.parse('2026-07-01T00:00:00Z') / 1000
  expect(nextRun('0 3 * * *', since, 'Europe/Berlin')).toBe(
    Date.parse('2026-07-01T01:00:00Z') / 1000,
  )
  const winter = Date.parse('2026-12-01T00:00:00Z') / 1000
  expect(nextRun('0 3 * * *', winter, 'Europe/Berlin')).toBe(
    Date.parse('2026-12-01T02:00:00Z') / 1000,
  )
})

test.each([
  '',
  '* * * *',
  '60 * * * *',
  '* 24 * * *',
  '* * 0 * *',
  '* * * * 7',
  '*/0 * * * *',
  'a',
])('%j is no schedule', (schedule) => {
  expect(nextRun(schedule, 0, '')).toBe('invalid')
})

test('a zone that nobody knows is invalid, a day that never comes is none', () => {
  expect(nextRun('0 0 * * *', 0, 'Mars/Olympus')).toBe('invalid')
  expect(nextRun('0 0 31 2 *', 0, '')).toBeUndefined()
})
