import { describe, expect, it } from 'vitest'
import { parse } from './parse.ts'
import { resolveDurations } from './resolve-durations.ts'

const SCOPE = { stepMs: 15_000, queryRangeMs: 3_600_000 }

function read(query: string): Parameters<typeof resolveDurations>[0] {
  const parsed = parse(query, { durationExpressions: true })
  if (!parsed.ok) throw new Error(`${query}: ${parsed.faults[0]?.message}`)
  return parsed.expr
}

describe('duration expressions in an evaluation', () => {
  it.each([
    ['a[step()]', 15_000],
    ['a[range() / 2]', 1_800_000],
    ['a[max_of(step(), 1m)]', 60_000],
    ['a[min_of(step(), 1m) ^ 2]', 225_000],
    ['a[10s % 4s + 1]', 3000],
    ['a[-(-5)]', 5000],
    ['a[0.0019 + 0]', 1],
  ])('%s', (query, rangeMs) => {
    expect(resolveDurations(read(query), SCOPE)).toMatchObject({ rangeMs })
  })

  it('are found everywhere in the tree', () => {
    const query =
      'sum(-abs(rate((a)[0s + step():step()] offset -step())) + topk(2, a offset (step())))'
    const text = JSON.stringify(resolveDurations(read(query), SCOPE))
    expect(text.match(/"(rangeMs|stepMs|offsetMs)":-?15000/g)).toHaveLength(4)
  })

  it('leave a tree without them as it is', () => {
    const expr = read('sum(rate(a[5m]) + quantile(0.5, max_over_time(b[1h:1m])))')
    expect(resolveDurations(expr, SCOPE)).toBe(expr)
  })

  it.each([
    ['a[step() - 15]', '2:13: duration must be greater than 0'],
    ['a offset (5m / (step() - 15s))', '10:28: division by zero'],
    ['a offset (1 % (step() - 15s))', '10:27: modulo by zero'],
    ['a[(0-1)^0.5 + 1]', '3:15: duration is NaN or infinite'],
    ['a offset (range() ^ 5)', '10:21: duration is out of range'],
  ])('refuse %s', (query, message) => {
    const expr = read(query)
    expect(() => resolveDurations(expr, SCOPE)).toThrow(message)
  })
})
