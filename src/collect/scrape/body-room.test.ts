import { describe, expect, it } from 'vitest'
import { BodyRoom, SMALL_BYTES } from './body-room.ts'
import { PageBuffer } from './page-buffer.ts'
import { BodySizeFault } from './page-source.ts'

const MIB = 1024 * 1024

/** What became of a page that wants its room: at once, waiting, admitted after waiting, or refused. */
function watch(wanting: Promise<void> | undefined): { state: string } {
  const seen = { state: wanting === undefined ? 'at once' : 'waiting' }
  wanting?.then(
    () => (seen.state = 'admitted'),
    (fault: unknown) => (seen.state = fault instanceof BodySizeFault ? 'refused' : String(fault)),
  )
  return seen
}

describe('the room of pages', () => {
  it('keeps a part for small ones, however much large ones want', async () => {
    const room = new BodyRoom(8 * MIB)
    expect(room.largestBytes).toBe(6 * MIB)
    const large = room.open()
    expect(large.reserve(6 * MIB)).toBeUndefined()
    const small = Array.from({ length: 8 }, () => room.open())
    expect(small.map((share) => share.count(SMALL_BYTES))).toEqual(small.map(() => undefined))
    expect(room.usedBytes).toBe(8 * MIB)
    for (const share of [large, ...small]) share.release()
    expect(room.usedBytes).toBe(0)
  })

  it('lets a page wait until another ends', async () => {
    const room = new BodyRoom(8 * MIB)
    const [first, second] = [room.open(), room.open()]
    expect(first.reserve(4 * MIB)).toBeUndefined()
    const waiting = watch(second.reserve(3 * MIB))
    await Promise.resolve()
    expect(waiting.state).toBe('waiting')
    first.release()
    await Promise.resolve()
    expect(waiting.state).toBe('admitted')
    expect(second.bytes.length).toBe(3 * MIB)
    second.release()
  })

  it('ends the largest when all wait for one another, at once', async () => {
    const room = new BodyRoom(8 * MIB)
    const [one, two] = [room.open(), room.open()]
    void one.reserve(4 * MIB)
    void two.reserve(2 * MIB)
    const growing = watch(two.reserve(5 * MIB))
    const larger = watch(one.reserve(6 * MIB))
    await expect.poll(() => larger.state).toBe('refused')
    one.release()
    await expect.poll(() => growing.state).toBe('admitted')
    two.release()
  })

  it('ends the one that was refused most often, for one that was not', async () => {
    const room = new BodyRoom(8 * MIB)
    const endless = room.open({ refusals: 7 })
    const told: string[] = []
    endless.onEvicted = (fault) => {
      told.push(fault.message)
      endless.release()
    }
    const good = room.open()
    void good.reserve(4 * MIB)
    void endless.reserve(2 * MIB)
    // The endless one does not wait: it has to go when patience is over.
    const growing = watch(good.reserve(6 * MIB))
    await expect.poll(() => growing.state).toBe('admitted')
    expect(told).toEqual([
      'body size limit exceeded: large pages that are scraped at the same time may take 6.0 MiB together (a part of --memory.budget)',
    ])
    good.release()
  })

  it('refuses at once what will never fit', async () => {
    const share = new BodyRoom(4 * MIB).open()
    await expect(share.reserve(3 * MIB + 1)).rejects.toThrow(BodySizeFault)
    share.release()
  })

  it('leaves nothing behind, whatever happens', async () => {
    const room = new BodyRoom(8 * MIB)
    let state = 1
    const random = (below: number): number => {
      state = (state * 48_271) % 2_147_483_647
      return state % below
    }
    const pages = Array.from({ length: 60 }, async (_, i) => {
      const share = room.open({ refusals: random(3) })
      const text = Buffer.alloc(random(4) === 0 ? random(4 * MIB) : random(SMALL_BYTES), i % 251)
      const page = new PageBuffer(share, random(2) * text.length)
      try {
        for (let at = 0; at < text.length; at += 64 * 1024) {
          await page.add(text.subarray(at, at + 64 * 1024))
          if (random(5) === 0) await new Promise(setImmediate)
        }
        expect(page.finish().equals(text)).toBe(true)
        return 'good'
      } catch (thrown) {
        if (!(thrown instanceof BodySizeFault)) throw thrown
        return 'refused'
      } finally {
        share.release()
      }
    })
    const results = await Promise.all(pages)
    expect(results).toContain('good')
    expect(room.usedBytes).toBe(0)
    const whole = room.open()
    expect(whole.reserve(room.largestBytes)).toBeUndefined()
    whole.release()
  })
})
