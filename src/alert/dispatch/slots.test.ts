import { expect, it } from 'vitest'
import { FakeClock } from '../testing/fake-clock.ts'
import { Slots } from './slots.ts'

const NEVER = new AbortController().signal

/** So many that want a slot, and the numbers of those that have one. */
function crowd(slots: Slots, clock: FakeClock, count: number, signal = NEVER) {
  const inside = new Map<number, () => void>()
  const refused: number[] = []
  const come = async (i: number): Promise<void> => {
    const leave = await slots.enter(clock, signal)
    if (leave === undefined) refused.push(i)
    else inside.set(i, leave)
  }
  for (let i = 0; i < count; i++) void come(i)
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve))
  return { inside, refused, settle }
}

it('lets in so many at once, the others in their order', async () => {
  const clock = new FakeClock(0)
  const slots = new Slots({ fresh: 2, most: 10, patienceMs: 1000 })
  const { inside, settle } = crowd(slots, clock, 4)
  await settle()
  expect([...inside.keys()]).toEqual([0, 1])
  inside.get(1)?.()
  await settle()
  expect([...inside.keys()]).toEqual([0, 1, 2])
})

it('does not wait for what takes long, up to a bound', async () => {
  const clock = new FakeClock(0)
  const slots = new Slots({ fresh: 2, most: 5, patienceMs: 1000 })
  const { inside, settle } = crowd(slots, clock, 8)
  await clock.advance(1000)
  await settle()
  expect(inside.size).toBe(4)
  await clock.advance(10_000)
  await settle()
  expect(inside.size).toBe(5)
  inside.get(0)?.()
  await settle()
  expect(inside.size).toBe(6)
})

it('lets go of who gives up', async () => {
  const clock = new FakeClock(0)
  const slots = new Slots({ fresh: 1, most: 1, patienceMs: 1000 })
  const first = crowd(slots, clock, 1)
  const giving = new AbortController()
  const second = crowd(slots, clock, 2, giving.signal)
  const third = crowd(slots, clock, 1)
  await first.settle()
  giving.abort()
  await second.settle()
  expect(second.refused).toEqual([0, 1])
  first.inside.get(0)?.()
  await third.settle()
  expect(third.inside.size).toBe(1)
  const late = crowd(slots, clock, 1, giving.signal)
  await late.settle()
  expect(late.refused).toEqual([0])
})
