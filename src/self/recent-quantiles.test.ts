import { describe, expect, it } from 'vitest'
import { RecentQuantiles } from './recent-quantiles.ts'

describe('quantiles of late', () => {
  it('are not a number before anything was observed', () => {
    expect(new RecentQuantiles().quantiles(0)).toEqual([NaN, NaN, NaN, NaN, NaN])
  })

  it('are observed values', () => {
    const summary = new RecentQuantiles()
    for (let i = 100; i >= 1; i--) summary.observe(i, 0)
    expect(summary.quantiles(0)).toEqual([1, 5, 50, 90, 99])
  })

  it('forget what is older than ten minutes, and all but the last thousand', () => {
    const summary = new RecentQuantiles()
    summary.observe(1000, 0)
    for (let i = 0; i < 999; i++) summary.observe(1, 300_000)
    expect(summary.quantiles(600_000)[4]).toBe(1)
    expect(summary.quantiles(600_001).slice(0, 2)).toEqual([1, 1])
    for (let i = 0; i < 1000; i++) summary.observe(2, 600_001)
    expect(summary.quantiles(600_001)).toEqual([2, 2, 2, 2, 2])
    expect(summary.quantiles(1_200_002)).toEqual([NaN, NaN, NaN, NaN, NaN])
  })

  it('are exposed with sum and count of all time', () => {
    const summary = new RecentQuantiles()
    summary.observe(15, 0)
    summary.observe(15.5, 0)
    const lines = summary.metrics(['interval', '15s'], 0)
    expect(lines[2]).toEqual({ labels: ['interval', '15s', 'quantile', '0.5'], value: 15 })
    expect(lines.slice(5)).toEqual([
      { labels: ['interval', '15s'], value: 30.5, suffix: '_sum' },
      { labels: ['interval', '15s'], value: 2, suffix: '_count' },
    ])
  })
})
