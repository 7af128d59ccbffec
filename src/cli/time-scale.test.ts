import { describe, expect, it } from 'vitest'
import { chooseTimeTicks } from './time-scale.ts'

const startMs = Date.UTC(2026, 2, 1, 11, 58, 7)
const MINUTE = 60_000

const texts = (spanMs: number, columns: number, localOffsetMs = 0): string[] =>
  chooseTimeTicks({ startMs, endMs: startMs + spanMs, localOffsetMs }, columns).map(
    ({ text }) => text,
  )

describe('the axis of time', () => {
  it('has round times, as many as fit', () => {
    expect(texts(15 * MINUTE, 80)).toEqual([
      '12:00',
      '12:02',
      '12:04',
      '12:06',
      '12:08',
      '12:10',
      '12:12',
    ])
    expect(texts(15 * MINUTE, 30)).toEqual(['12:00', '12:05', '12:10'])
    expect(texts(20_000, 60)).toEqual(['11:58:10', '11:58:15', '11:58:20', '11:58:25'])
    expect(texts(2 * 1440 * MINUTE, 60)).toEqual([
      '03-01 12:00',
      '03-02 00:00',
      '03-02 12:00',
      '03-03 00:00',
    ])
    expect(texts(30 * 1440 * MINUTE, 60)).toEqual([
      '2026-03-05',
      '2026-03-12',
      '2026-03-19',
      '2026-03-26',
    ])
  })

  it('follows the local clock', () => {
    expect(texts(15 * MINUTE, 30, 5.75 * 60 * MINUTE)).toEqual(['17:45', '17:50', '17:55'])
  })

  it('puts labels where their times are', () => {
    const [first] = chooseTimeTicks({ startMs: 0, endMs: 10 * MINUTE, localOffsetMs: 0 }, 20)
    expect(first).toEqual({ at: 0, text: '00:00' })
  })

  it('survives an empty span and a very long one', () => {
    expect(chooseTimeTicks({ startMs: 0, endMs: 0, localOffsetMs: 0 }, 20)).toHaveLength(1)
    expect(texts(80 * 365 * 1440 * MINUTE, 10).length).toBeLessThan(10)
  })
})
