import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { CleanPages } from './clean-pages.ts'
import { loadLibc, type Libc } from './libc.ts'
import { SinglePages } from './single-pages.ts'

const MAPPINGS = [
  { start: 0x1000, end: 0x3000 },
  { start: 0x8000, end: 0x9000 },
]

/** A kernel that answers so; `asked` are the numbers in the structures that it gets. */
function kernel(answers: { descriptor: number; api?: number; register?: number }): {
  libc: Libc
  asked: number[][]
} {
  const asked: number[][] = []
  const libc: Libc = {
    madvise: () => 0,
    userfaultfd: () => answers.descriptor,
    ioctl: (_descriptor, _request, structure) => {
      const numbers = [...new BigUint64Array(structure.slice().buffer)].map(Number)
      asked.push(numbers)
      return (numbers[0] === 0xaa ? answers.api : answers.register) ?? 0
    },
  }
  return { libc, asked }
}

describe('single pages', () => {
  it('are registered once for writes, which the kernel resolves by itself', () => {
    const { libc, asked } = kernel({ descriptor: 1_000_000 })
    const single = new SinglePages(libc)
    expect([single.cover(MAPPINGS), single.cover(MAPPINGS)]).toEqual([true, true])
    expect(asked).toEqual([
      [0xaa, 2 ** 15, 0],
      [0x1000, 0x2000, 2, 0],
      [0x8000, 0x1000, 2, 0],
    ])
  })

  it('are left as they are where the kernel does not let it, and it is asked once', () => {
    const { libc, asked } = kernel({ descriptor: -1 })
    const single = new SinglePages(libc)
    expect([single.cover(MAPPINGS), single.cover(MAPPINGS)]).toEqual([false, false])
    expect(asked).toEqual([])
    expect(new SinglePages(kernel({ descriptor: 9, register: -1 }).libc).cover(MAPPINGS)).toBe(
      false,
    )
  })

  it('are what this process has after its pages were given back', async () => {
    const libc = await loadLibc()
    if (libc === undefined || !new SinglePages(libc).cover([])) {
      console.log(
        'notice: not looked at; it takes Linux 6.7, koffi, and userfaultfd(2) to be allowed',
      )
      return
    }
    await new CleanPages().giveBack()
    const text = readFileSync('/proc/self/smaps', 'utf8')
      .split(/^(?=[0-9a-f]+-[0-9a-f]+ )/m)
      .filter((mapping) => /^\S+ r-xp .*/.test(mapping) && mapping.includes(process.execPath))
    // "uw" (proc(5)): a userfaultfd is asked before writes.
    expect(text.some((mapping) => /^VmFlags:.* uw\b/m.test(mapping))).toBe(true)
  })
})
