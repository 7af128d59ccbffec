import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { chooseMappings, CleanPages, parseMappings } from './clean-pages.ts'

const SMAPS = `00400000-00c00000 r--p 00000000 fe:00 1234                               ${process.execPath}
Size:               8192 kB
Rss:                6712 kB
Pss:                6712 kB
Anonymous:             0 kB
VmFlags: rd mr mw me sd
00c00000-02c00000 r-xp 00800000 fe:00 1234                               ${process.execPath}
Rss:               16888 kB
Anonymous:             4 kB
02c00000-02d00000 rw-p 02800000 fe:00 1234                               ${process.execPath}
Rss:                1024 kB
Anonymous:             0 kB
7f0000000000-7f0020000000 r-xp 00000000 fe:00 99                         /opt/my app/libchdb.so
Rss:              200000 kB
Anonymous:             0 kB
7f0030000000-7f0030100000 r--p 00000000 fe:00 98                         /usr/lib/x86_64-linux-gnu/libother.so
Rss:                1024 kB
Anonymous:             0 kB
7f0040000000-7f0040100000 rw-p 00000000 00:00 0 
Rss:                1024 kB
Anonymous:          1024 kB
7ffc00000000-7ffc00021000 rw-p 00000000 00:00 0                          [stack]
Rss:                  40 kB
Anonymous:            40 kB
`

describe('clean pages', () => {
  it('are those of programs that cannot be written and were never copied', () => {
    expect(parseMappings(SMAPS)).toHaveLength(5)
    expect(
      chooseMappings(parseMappings(SMAPS)).map(({ start, end, path }) => [start, end, path]),
    ).toEqual([
      [0x40_0000, 0xc0_0000, process.execPath],
      [0x7f00_0000_0000, 0x7f00_2000_0000, '/opt/my app/libchdb.so'],
    ])
  })

  it('are given back, and the program goes on', async () => {
    const pages = new CleanPages()
    if (!pages.isPossible) {
      console.log('notice: clean pages are given back on Linux only')
      return
    }
    const filesKib = (): number =>
      Number(/^RssFile:\s+(\d+)/m.exec(readFileSync('/proc/self/status', 'utf8'))?.[1])
    await pages.giveBack()
    expect(pages.isPossible).toBe(true)
    const before = filesKib()
    // What was needed to come here is touched again at once; it is less than what a start touches.
    await pages.giveBack()
    expect(filesKib()).toBeLessThan(before + 20_000)
  })
})
