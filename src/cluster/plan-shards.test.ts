import { expect, it } from 'vitest'
import { planShards, type JudgedLease } from './plan-shards.ts'

const lease = (shard: number, holder: string, isFree = holder === ''): JudgedLease => ({
  lease: { shard, holder, fence: 1, beat: 1, sinceMs: 0, touchedMs: 0 },
  isFree,
})
const shards = (leases: readonly { readonly shard: number }[]): readonly number[] =>
  leases.map(({ shard }) => shard)

it('takes everything for who is alone', () => {
  const plan = planShards('a', ['a'], [lease(0, ''), lease(1, ''), lease(2, 'dead', true)])
  expect(shards(plan.claim)).toEqual([0, 1, 2])
  expect(plan.release).toEqual([])
})

it('takes only its part, and leaves what others hold', () => {
  const leases = [lease(0, 'b'), lease(1, ''), lease(2, ''), lease(3, 'b')]
  expect(shards(planShards('a', ['a', 'b'], leases).claim)).toEqual([1, 2])
  expect(planShards('b', ['a', 'b'], leases)).toEqual({ claim: [], release: [] })
})

it('gives back what is too much', () => {
  const leases = [lease(0, 'a'), lease(1, 'a'), lease(2, 'a'), lease(3, 'a')]
  expect(shards(planShards('a', ['a', 'b'], leases).release)).toEqual([2, 3])
})

it('gives the first in order what cannot be divided', () => {
  const leases = [lease(0, ''), lease(1, ''), lease(2, '')]
  expect(planShards('a', ['a', 'b'], leases).claim).toHaveLength(2)
  expect(planShards('b', ['a', 'b'], leases).claim).toHaveLength(1)
})
