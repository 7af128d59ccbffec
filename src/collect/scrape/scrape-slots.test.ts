import { describe, expect, it } from 'vitest'
import { ScrapeSlots } from './scrape-slots.ts'

describe('the slots of a target', () => {
  const slots = new ScrapeSlots(10_000, 0.25)

  it('stand at the same place of every interval', () => {
    expect(slots.after(0)).toBe(2500)
    expect(slots.after(2499)).toBe(2500)
    expect(slots.after(2500)).toBe(12_500)
    expect(slots.next(2500, 2501, 2600)).toBe(12_500)
  })

  it('go on at once when a scrape took the whole interval', () => {
    expect(slots.next(2500, 2500, 12_501)).toBe(12_500)
    expect(slots.next(2500, 2499, 12_500)).toBe(12_500)
  })

  it('are left out when they are long over', () => {
    expect(slots.next(2500, 2500, 60_000)).toBe(52_500)
  })

  it('are not scraped twice when the clock was set forward', () => {
    expect(slots.next(2500, 52_600, 52_700)).toBe(62_500)
  })

  it('begin anew when the clock is set back', () => {
    expect(slots.next(1_002_500, 500_000, 500_100)).toBe(502_500)
    expect(slots.next(1_002_500, 1_002_500, 1_002_400)).toBe(1_002_500)
  })

  it('are whole milliseconds', () => {
    expect(new ScrapeSlots(1000, 1 / 3).after(0)).toBe(333)
  })

  it('give a scrape that begins in time their own time', () => {
    expect(slots.timestampMs(2500, 2502)).toBe(2500)
    expect(slots.timestampMs(2500, 2499)).toBe(2500)
    expect(slots.timestampMs(2500, 2503)).toBe(2503)
    expect(new ScrapeSlots(100, 0).timestampMs(200, 202)).toBe(202)
  })
})
