import { describe, expect, it } from 'vitest'
import { MemoryJudge } from './judge-memory.ts'

const MIB = 1024 * 1024
const budgetBytes = 400 * MIB
const memory = (resident: number, anonymous: number) => ({
  residentBytes: resident * MIB,
  anonymousBytes: anonymous * MIB,
})

describe('the level of memory', () => {
  it('rises at once and falls step by step, each when its end has held for two seconds', () => {
    const judge = new MemoryJudge({ budgetBytes, givesBack: () => true })
    const steps: readonly (readonly [atS: number, resident: number, level: string])[] = [
      [0, 315, 'calm'],
      [1, 316, 'tight'],
      [2, 310, 'tight'],
      [3, 340, 'over'],
      [4, 330, 'over'],
      [5, 320, 'over'],
      [6, 335, 'over'],
      [7, 290, 'over'],
      [8, 290, 'over'],
      [9, 290, 'tight'],
      [10, 290, 'tight'],
      [11.9, 290, 'tight'],
      [12, 290, 'calm'],
    ]
    for (const [atS, resident, level] of steps)
      expect([atS, judge.look(memory(resident, 290), atS * 1000)]).toEqual([atS, level])
  })

  it('stays calm while what is resident is mostly programs: refusing would not help', () => {
    const small = 200 * MIB
    const judge = new MemoryJudge({ budgetBytes: small, givesBack: () => true })
    expect(judge.look(memory(199, 99), 0)).toBe('calm')
    expect(judge.look(memory(199, 110), 1)).toBe('over')
    expect([judge.isOver(memory(199, 110)), judge.isOver(memory(169, 110))]).toEqual([true, false])
  })

  it('counts as many clean pages as are in steady use: the others come and go', () => {
    const judge = new MemoryJudge({ budgetBytes, givesBack: () => true })
    expect(judge.count(memory(380, 250))).toBe(314 * MIB)
    expect(judge.count(memory(300, 250))).toBe(300 * MIB)
  })

  it('does not count clean pages that the kernel alone can take back', () => {
    const judge = new MemoryJudge({ budgetBytes, givesBack: () => false })
    expect(judge.count(memory(500, 200))).toBe(328 * MIB)
    expect(judge.count(memory(300, 200))).toBe(300 * MIB)
    expect(judge.look(memory(500, 199), 0)).toBe('calm')
    expect(judge.look(memory(500, 252), 1)).toBe('over')
  })
})

describe('clean pages', () => {
  it('are given back from seven tenths of the budget on, more often when it is nearly used', () => {
    const judge = new MemoryJudge({ budgetBytes, givesBack: () => true })
    const asked = [
      judge.shouldGiveBack(memory(279, 100), 0),
      judge.shouldGiveBack(memory(280, 100), 1000),
      judge.shouldGiveBack(memory(280, 100), 3000),
      judge.shouldGiveBack(memory(300, 100), 3000),
      judge.shouldGiveBack(memory(300, 100), 3500),
      judge.shouldGiveBack(memory(328, 100), 3500),
      judge.shouldGiveBack(memory(351, 100), 3600),
      judge.shouldGiveBack(memory(352, 100), 3600),
      judge.shouldGiveBack(memory(280, 100), 6000),
    ]
    expect(asked).toEqual([false, true, false, true, false, true, false, true, false])
  })

  it('are left alone where nothing can give them back', () => {
    const judge = new MemoryJudge({ budgetBytes, givesBack: () => false })
    expect(judge.shouldGiveBack(memory(500, 100), 0)).toBe(false)
  })
})
