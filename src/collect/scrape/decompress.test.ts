import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { BodyRoom } from './body-room.ts'
import { decompress } from './decompress.ts'
import { BodySizeFault } from './page-source.ts'

const unpack = async (body: Buffer, maxBytes = 100_000_000): Promise<string> =>
  Buffer.from(await decompress(body, 'gzip', maxBytes, new BodyRoom(4e8).open())).toString()

describe('a gzip body', () => {
  it.each([0, 1, 63, 64, 65, 16_384, 1_000_000, 5_000_000])(
    'of %i bytes is unpacked',
    async (length) => {
      const text = 'a 1\n'.repeat(length / 4 + 1).slice(0, length)
      expect(await unpack(gzipSync(text))).toBe(text)
    },
  )

  it('may have several members', async () => {
    const members = ['a 1\n'.repeat(50_000), 'b 2\n'].map((text) => gzipSync(text))
    expect(await unpack(Buffer.concat(members))).toHaveLength(200_004)
  })

  it('is bounded, whatever it says of its length', async () => {
    const bomb = gzipSync(Buffer.alloc(20_000_000))
    await expect(unpack(bomb, 1_000_000)).rejects.toThrow(BodySizeFault)
    bomb.writeUInt32LE(10, bomb.length - 4)
    await expect(unpack(bomb, 1_000_000)).rejects.toThrow(BodySizeFault)
    await expect(unpack(bomb)).rejects.toThrow('gzip: invalid checksum')
  })

  it.each([
    ['nothing', Buffer.alloc(0), 'EOF'],
    ['text', Buffer.from('a 1\n'), 'gzip: invalid header'],
    ['less than a header', Buffer.from([0x1f, 0x8b]), 'unexpected EOF'],
    ['a header alone', gzipSync('').subarray(0, 10), 'unexpected EOF'],
  ])('that is %s is refused', async (_, body, message) => {
    await expect(unpack(body)).rejects.toThrow(new Error(message))
  })
})

describe('another body', () => {
  const share = new BodyRoom(100).open()

  it('is taken as it is', async () => {
    for (const encoding of ['', 'identity', 'utf-8']) {
      expect(await decompress(Buffer.from('a 1\n'), encoding, 1, share)).toEqual(
        Buffer.from('a 1\n'),
      )
    }
  })

  it('is refused when it is compressed otherwise', async () => {
    for (const encoding of ['br', 'deflate', 'ZSTD']) {
      await expect(decompress(Buffer.from('x'), encoding, 10, share)).rejects.toThrow(
        'only gzip was asked for',
      )
    }
  })
})
