import { EventEmitter } from 'node:events'
import { Readable } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { readNewPassword } from './read-password.ts'

const PASSWORD = 'correct horse battery staple'

/** A terminal into which this is typed, one key after the other, whenever it is asked. */
function typing(...entries: readonly string[]) {
  const left = [...entries]
  const modes: boolean[] = []
  const input = Object.assign(new EventEmitter(), {
    isTTY: true,
    setRawMode: (raw: boolean) => modes.push(raw),
    resume: () => {
      const entry = left.shift() ?? ''
      queueMicrotask(() => {
        for (const key of entry) input.emit('data', Buffer.from(key))
      })
    },
    pause: () => undefined,
  })
  return { input, modes }
}

async function read(...entries: readonly string[]) {
  const { input, modes } = typing(...entries)
  let shown = ''
  const password = await readNewPassword(input, (text) => (shown += text)).catch(
    (thrown: unknown) => String(thrown),
  )
  return { password, shown, modes }
}

describe('a password', () => {
  it('is typed twice and never shown', async () => {
    expect(await read(`${PASSWORD}\r`, `${PASSWORD}\r`)).toEqual({
      password: PASSWORD,
      shown: 'New password: \nAgain: \n',
      modes: [true, false, true, false],
    })
  })

  it('can be corrected while it is typed', async () => {
    const typed = `${PASSWORD}xy\u007f\u007f\n`
    expect((await read(typed, `${PASSWORD}\n`)).password).toBe(PASSWORD)
  })

  it('is refused when it is too short, differs, or is interrupted', async () => {
    expect((await read('short\r')).password).toMatch(/at least 20 characters/)
    expect((await read(`${PASSWORD}\r`, 'another\r')).password).toMatch(/not the same/)
    const interrupted = await read('abc\u0003')
    expect(interrupted.password).toMatch(/interrupted/)
    expect(interrupted.modes).toEqual([true, false])
  })

  it('is the first line of what is piped in', async () => {
    const ask = (): never => {
      throw new Error('nobody is there to ask')
    }
    const from = (text: string) => readNewPassword(Readable.from([Buffer.from(text)]), ask)
    expect(await from(`${PASSWORD}\nmore\n`)).toBe(PASSWORD)
    await expect(from('')).rejects.toThrow(/--generate/)
    await expect(from('short\n')).rejects.toThrow(/at least 20/)
  })
})
