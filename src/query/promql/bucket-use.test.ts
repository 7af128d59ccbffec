import { describe, expect, it } from 'vitest'
import { useOf } from './bucket-use.ts'

const HOUR = 3_600_000
const MINUTE = 60_000
const NOON = Date.UTC(2026, 4, 10, 12)

function look(firstMs: number, stepMs: number, rangeMs: number, func?: string, steps = 10) {
  return useOf({
    times: { firstMs, stepMs },
    steps,
    rangeMs,
    isExtended: false,
    ...(func !== undefined && { func }),
  })
}

describe('what is asked of buckets', () => {
  it.each([
    ['rate', NOON, HOUR, 2 * HOUR, [HOUR, 5 * MINUTE]],
    ['rate', NOON, HOUR, 5 * MINUTE, [5 * MINUTE]],
    ['rate', NOON, 5 * MINUTE, HOUR, [5 * MINUTE]],
    ['rate', NOON + 5 * MINUTE, HOUR, HOUR, [5 * MINUTE]],
    ['rate', NOON + 1, HOUR, HOUR, []],
    ['rate', NOON, HOUR, 7 * MINUTE, []],
    ['rate', NOON, 7 * MINUTE, HOUR, []],
    ['stddev_over_time', NOON, HOUR, HOUR, []],
  ])('%s from %i each %i ms over %i ms is exact at %j', (func, firstMs, stepMs, rangeMs, exact) => {
    expect(look(firstMs, stepMs, rangeMs, func).exactMs).toEqual(exact)
  })

  it('is exact for an instant selector on a border, and for a single step wherever the next would be', () => {
    expect(look(NOON, HOUR, 0)).toEqual({ reading: 'last', exactMs: [HOUR, 5 * MINUTE] })
    expect(look(NOON, 1, HOUR, 'rate', 1).exactMs).toEqual([HOUR, 5 * MINUTE])
    // `@` fixes the time.
    expect(look(NOON, 0, HOUR, 'rate').exactMs).toEqual([HOUR, 5 * MINUTE])
  })

  it('is never exact for a range by itself, and for anchored ones', () => {
    expect(look(NOON, HOUR, HOUR)).toEqual({ reading: 'last', exactMs: [] })
    const times = { firstMs: NOON, stepMs: HOUR }
    const anchored = { times, steps: 2, rangeMs: HOUR, func: 'rate', isExtended: true }
    expect(useOf(anchored)).toEqual({ reading: 'last', exactMs: [] })
  })
})
