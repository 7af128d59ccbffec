import { expect, it } from 'vitest'
import { describeMemory } from './status-memory.ts'

const MIB = 2 ** 20
const calm = {
  budgetBytes: 450 * MIB,
  residentBytes: 231 * MIB,
  anonymousBytes: 120 * MIB,
  level: 'calm',
  sinceMs: 0,
  givesBackCleanPages: true,
  shedQueries: 0,
  postponedPushes: 0,
} as const

it('tells how much of the budget is taken', () => {
  expect(describeMemory(calm)).toEqual([['memory', '231 MiB of 450 MiB, 120 MiB of it by data']])
})

it('tells what was refused and put off for it', () => {
  const over = { ...calm, residentBytes: 441 * MIB, level: 'over' } as const
  expect(describeMemory({ ...over, shedQueries: 12, postponedPushes: 3 })).toEqual([
    ['memory', '441 MiB of 450 MiB, 120 MiB of it by data; over: large queries are refused'],
    ['', '12 queries refused or ended, 3 pushes put off since the start, to save memory'],
  ])
})

it('tells nothing of a server that does not know', () => {
  expect(describeMemory(null)).toEqual([])
  expect(describeMemory({ ...calm, residentBytes: null })).toEqual([])
})
