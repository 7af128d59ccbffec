import { describe, expect, it } from 'vitest'
import { FaultList } from '../yaml/fault.ts'
import { parseYaml } from '../yaml/parse.ts'
import { readTimeIntervals } from './config/time-intervals.ts'
import { localTime } from './time-interval-zone.ts'
import { isActive, type TimeInterval } from './time-interval.ts'

function intervalsOf(text: string): readonly TimeInterval[] {
  const faults = new FaultList()
  const node = parseYaml(`[{name: a, time_intervals: [${text}]}]`, { file: 'a.yml', faults })
  const read = node ? readTimeIntervals(node, new Map()) : []
  expect(faults.items).toEqual([])
  return read[0]?.intervals ?? []
}

describe('isActive', () => {
  it.each([
    // Nothing said: always.
    ['{}', '2026-03-01T12:00:00Z', true],
    // Minutes of the day; the end is not included.
    ["{times: [{start_time: '09:00', end_time: '17:00'}]}", '2026-03-01T09:00:00Z', true],
    ["{times: [{start_time: '09:00', end_time: '17:00'}]}", '2026-03-01T16:59:59Z', true],
    ["{times: [{start_time: '09:00', end_time: '17:00'}]}", '2026-03-01T17:00:00Z', false],
    ["{times: [{start_time: '23:00', end_time: '24:00'}]}", '2026-03-01T23:59:59Z', true],
    ['{times: [{start_time: 09:00, end_time: 17:00}]}', '2026-03-01T08:59:59Z', false],
    ['{times: []}', '2026-03-01T12:00:00Z', false],
    // 2026-03-01 is a Sunday.
    ['{weekdays: [sunday]}', '2026-03-01T12:00:00Z', true],
    ["{weekdays: ['Monday:Friday']}", '2026-03-01T12:00:00Z', false],
    ["{weekdays: ['monday:friday', saturday]}", '2026-02-28T12:00:00Z', true],
    // Days, also from the end, in months of all lengths.
    ['{days_of_month: [1]}', '2026-03-01T12:00:00Z', true],
    ["{days_of_month: ['-1']}", '2026-02-28T12:00:00Z', true],
    ["{days_of_month: ['-1']}", '2024-02-28T12:00:00Z', false],
    ["{days_of_month: ['-1']}", '2024-02-29T12:00:00Z', true],
    ["{days_of_month: ['-3:-1']}", '2026-03-28T23:59:00Z', false],
    ["{days_of_month: ['-3:-1']}", '2026-03-29T00:00:00Z', true],
    ["{days_of_month: ['31']}", '2026-04-30T12:00:00Z', false],
    ["{days_of_month: ['30:31']}", '2026-04-30T12:00:00Z', true],
    ["{days_of_month: ['29:31']}", '2026-02-28T12:00:00Z', false],
    ["{days_of_month: ['1:-1']}", '2026-02-28T12:00:00Z', true],
    // Months and years.
    ["{months: ['january:march']}", '2026-03-31T23:59:00Z', true],
    ["{months: ['1:2', 'December']}", '2026-03-01T12:00:00Z', false],
    ["{months: ['1:2', 'December']}", '2026-12-01T12:00:00Z', true],
    ["{years: ['2020:2025', 2027]}", '2026-03-01T12:00:00Z', false],
    ["{years: ['2020:2025', 2027]}", '2027-03-01T12:00:00Z', true],
    // All that is said must hold.
    ["{weekdays: [sunday], months: ['may']}", '2026-03-01T12:00:00Z', false],
    // Places: summer and winter time, and the day that is another one there.
    [
      "{location: Europe/Paris, times: [{start_time: '09:00', end_time: '10:00'}]}",
      '2026-01-15T08:30:00Z',
      true,
    ],
    [
      "{location: Europe/Paris, times: [{start_time: '09:00', end_time: '10:00'}]}",
      '2026-07-15T07:30:00Z',
      true,
    ],
    [
      "{location: Europe/Paris, times: [{start_time: '09:00', end_time: '10:00'}]}",
      '2026-07-15T08:30:00Z',
      false,
    ],
    ['{location: Australia/Sydney, weekdays: [monday]}', '2026-03-01T13:30:00Z', true],
    ['{location: America/New_York, years: [2025]}', '2026-01-01T04:59:59Z', true],
    [
      "{location: Asia/Kolkata, times: [{start_time: '05:30', end_time: '05:31'}]}",
      '2026-01-01T00:00:30Z',
      true,
    ],
    [
      "{location: UTC, times: [{start_time: '00:00', end_time: '00:01'}]}",
      '2026-01-01T00:00:30Z',
      true,
    ],
  ])('%s at %s: %s', (text, at, wanted) => {
    expect(isActive(intervalsOf(text), Date.parse(at))).toBe(wanted)
  })

  it('holds when one of several intervals does', () => {
    const intervals = intervalsOf('{weekdays: [monday]}, {weekdays: [sunday]}')
    expect(isActive(intervals, Date.parse('2026-03-01T12:00:00Z'))).toBe(true)
    expect(isActive([], 0)).toBe(false)
  })

  it('crosses the change to summer time without a gap', () => {
    // In Paris it is 01:59 and then 03:00.
    const at = (text: string): number => localTime('Europe/Paris', Date.parse(text)).minute
    expect([at('2026-03-29T00:59:59Z'), at('2026-03-29T01:00:00Z')]).toEqual([119, 180])
    expect(localTime('Europe/Paris', Date.parse('2026-03-31T21:59:00Z'))).toMatchObject({
      day: 31,
      daysInMonth: 31,
    })
  })

  it('takes the zone of this machine for Local', () => {
    const atMs = Date.parse('2026-03-01T12:34:00Z')
    const here = new Date(atMs)
    expect(localTime('Local', atMs).minute).toBe(here.getHours() * 60 + here.getMinutes())
  })
})
