import { describe, expect, it } from 'vitest'
import { chartDataOf, gridFor } from './chart-data-of.ts'

describe('the grid of a chart', () => {
  it('stands still while time moves; its last point is drawn where the range ends', () => {
    const grid = gridFor(
      { fromMs: 1_000_000, toMs: 1_052_000 },
      { points: 300, leastStepMs: 15_000 },
    )
    expect(grid).toMatchObject({ startMs: 990_000, endMs: 1_065_000, stepMs: 15_000 })
    const values = [
      [1050, '1'],
      [1065, '2'],
    ] as const
    const data = { resultType: 'matrix', result: [{ metric: { a: 'b' }, values }] } as const
    const { timesMs, series } = chartDataOf({ data }, grid)
    expect([...timesMs].slice(-2)).toEqual([1_050_000, 1_052_000])
    expect([...(series[0]?.values ?? [])].slice(-2)).toEqual([1, 2])
  })
})
