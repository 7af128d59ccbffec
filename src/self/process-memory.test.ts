import { describe, expect, it } from 'vitest'
import { parseProcessMemory, readProcessMemory } from './process-memory.ts'

describe('the memory of a process', () => {
  it('is what the kernel says, in bytes; shared memory counts as anonymous', () => {
    const status = [
      'Name:\tnode',
      'VmHWM:\t  142000 kB',
      'VmRSS:\t  104136 kB',
      'RssAnon:\t   48668 kB',
      'RssFile:\t   55452 kB',
      'RssShmem:\t      16 kB',
      '',
    ].join('\n')
    expect(parseProcessMemory(status)).toEqual({
      residentBytes: 104136 * 1024,
      anonymousBytes: 48684 * 1024,
    })
  })

  it('is unknown for a zombie, which has none, and for a process that is not there', () => {
    expect(parseProcessMemory('Name:\tnode\nState:\tZ (zombie)\n')).toBeUndefined()
    // Above the largest number that a Linux gives to a process (2 ** 22).
    expect(readProcessMemory(2 ** 22 + 1)).toBeUndefined()
  })

  it.runIf(process.platform === 'linux')('of this process is what Node says, about', () => {
    const memory = readProcessMemory('self')
    expect(memory?.anonymousBytes).toBeGreaterThan(1e6)
    const ratio = (memory?.residentBytes ?? 0) / process.memoryUsage.rss()
    expect(ratio).toBeGreaterThan(0.5)
    expect(ratio).toBeLessThan(2)
  })
})
