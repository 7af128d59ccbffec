import { expect, it } from 'vitest'
import { Latencies } from './latencies.ts'
import { choosePath } from './scenario.ts'

it('tells quantiles to two percent', () => {
  const latencies = new Latencies()
  expect(latencies.quantileMs(0.5)).toBeUndefined()
  for (let i = 1; i <= 1000; i++) latencies.add(i)
  for (const share of [0.5, 0.95, 0.99]) {
    const found = latencies.quantileMs(share) ?? 0
    expect(Math.abs(found / (share * 1000) - 1)).toBeLessThan(0.03)
  }
  expect(latencies.quantileMs(1)).toBe(1000)
  expect(latencies.mostMs).toBe(1000)
})

it('chooses paths by their shares', () => {
  expect(choosePath('normal', 0)).toBe('/')
  expect(choosePath('slow', 0.999)).toBe('/status/200?seconds_sleep=2')
  expect(choosePath('errors', 0.31)).toBe('/status/400')
})
