import { describe, expect, it } from 'vitest'
import { withProgress } from './progress.ts'

const CLEAR = '\r\u001b[2K'

describe('progress', () => {
  it('is one line on a terminal, above which the log goes on, and vanishes at the end', async () => {
    let out = ''
    const stream = { isTTY: true, write: (text: string) => (out += text) }
    let late: (line: string) => void = () => undefined
    const result = await withProgress(
      'starting',
      async ({ writeLine }) => {
        writeLine('a line\n')
        late = writeLine
        return 7
      },
      stream,
    )
    late('later\n')
    expect(result).toBe(7)
    expect(out.replaceAll(/[0-9]+\.[0-9] s/g, 'N s')).toBe(
      `${CLEAR}vedette: starting · N s${CLEAR}a line\n${CLEAR}vedette: starting · N s${CLEAR}later\n`,
    )
  })

  it('is silent elsewhere', async () => {
    let out = ''
    const work = withProgress(
      'starting',
      async ({ writeLine }) => {
        writeLine('a line\n')
        throw new Error('no')
      },
      { write: (text: string) => (out += text) },
    )
    await expect(work).rejects.toThrow('no')
    expect(out).toBe('a line\n')
  })
})
