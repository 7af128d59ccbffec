import { describe, expect, it } from 'vitest'
import { parsePosixZone, zoneName } from './time-zone.ts'

describe('a POSIX time zone', () => {
  it.each([
    ['UTC0', 'UTC', 0, ''],
    ['CET-1CEST,M3.5.0,M10.5.0/3', 'CET', 3600, 'CEST'],
    ['EST5EDT,M3.2.0,M11.1.0', 'EST', -18_000, 'EDT'],
    ['<+0545>-5:45', '+0545', 20_700, ''],
    ['<-03>3', '-03', -10_800, ''],
    ['<+1030>-10:30<+11>-11,M10.1.0,M4.1.0', '+1030', 37_800, '+11'],
  ])('%s', (text, standard, standardOffsetSeconds, summer) => {
    expect(parsePosixZone(text)).toEqual({ standard, standardOffsetSeconds, summer })
  })

  it.each(['', 'CET', '-1', ',M3.5.0'])('%j is none', (text) => {
    expect(parsePosixZone(text)).toBeUndefined()
  })
})

describe('the name of the zone', () => {
  it('is that of this machine now, as date(1) calls it or as an offset', () => {
    const offsetSeconds = 0 - new Date().getTimezoneOffset() * 60
    expect(zoneName(offsetSeconds)).toMatch(/^(?:[A-Za-z]{3,}|[+-]\d+|GMT[+-].*)$/)
  })
})
