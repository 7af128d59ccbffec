import { expect, it } from 'vitest'
import { matcher } from '../../model/matcher.ts'
import { MatchCache } from './match-cache.ts'

const selection = (i: number) => [matcher('i', '=', String(i))]

it('answers the same matchers from memory until the index changes', () => {
  const cache = new MatchCache()
  let asked = 0
  const find = (): number[] => [++asked]
  expect(cache.get(selection(1), 1, find)).toEqual([1])
  expect(cache.get(selection(1), 1, find)).toEqual([1])
  expect(cache.get(selection(1), 2, find)).toEqual([2])
  expect(cache.get(selection(2), 2, find)).toEqual([3])
  expect(cache.refs).toBe(2)
})

it('holds no more than its bounds, the entries used last', () => {
  const cache = new MatchCache()
  const large = Array.from({ length: 200_000 }, (_, i) => i)
  for (let i = 0; i < 300; i++) cache.get(selection(i), 1, () => large)
  expect(cache.refs).toBe(1_000_000)
  let asked = 0
  cache.get(selection(299), 1, () => [++asked])
  cache.get(selection(0), 1, () => [++asked])
  expect(asked).toBe(1)
  cache.get(selection(1000), 1, () => Array.from({ length: 1_500_000 }, () => 0))
  expect(cache.refs).toBeLessThanOrEqual(1_000_000)
})
