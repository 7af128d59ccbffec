import { afterEach, beforeEach, expect, it, vi } from 'vitest'
import type { PageSource } from './page-source.ts'
import { ScrapeLoop } from './scrape-loop.ts'
import { readJob, TestTarget, testTarget, TEXT } from './test-scrape.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_700_000_000_000 })
})

afterEach(() => {
  vi.useRealTimers()
})

const KEYS = 'scrape_interval: 10s'
const PAGE = { bytes: new TextEncoder().encode('a 1\n'), contentType: TEXT }

/** A loop of a target that a test gives to a member and takes away. */
function createLoop(source: PageSource = () => Promise.resolve(PAGE)) {
  const target = new TestTarget(KEYS)
  const work = { isMine: false, idleMs: Number.POSITIVE_INFINITY }
  const loop = new ScrapeLoop({
    target: testTarget(readJob(KEYS)),
    tracker: target.tracker,
    phase: 0.5,
    nowMs: Date.now,
    onScrape: () => undefined,
    onDefect: (thrown) => {
      throw thrown
    },
    source,
    work: { isMine: () => work.isMine, idleMs: () => work.idleMs },
  })
  loop.start()
  const scrapes = (): number => target.sink.lines.filter((line) => line.startsWith('up{')).length
  return { loop, work, scrapes, lines: () => target.sink.lines }
}

it('leaves a target alone that another member scrapes', async () => {
  const { loop, scrapes } = createLoop()
  await vi.advanceTimersByTimeAsync(60_000)
  expect(scrapes()).toBe(0)
  expect(loop.state.health).toBe('unknown')
  await loop.stop()
})

it('scrapes at once what nobody scraped at its last slot, and then at its slots', async () => {
  const { loop, work, scrapes } = createLoop()
  await vi.advanceTimersByTimeAsync(18_000)
  Object.assign(work, { isMine: true, idleMs: 4000 })
  await loop.follow()
  await vi.advanceTimersByTimeAsync(0)
  expect(scrapes()).toBe(1)
  await vi.advanceTimersByTimeAsync(17_500)
  expect(scrapes()).toBe(3)
  await loop.stop()
})

it('waits for the next slot when the last one was seen to', async () => {
  const { loop, work, scrapes } = createLoop()
  await vi.advanceTimersByTimeAsync(18_000)
  Object.assign(work, { isMine: true, idleMs: 1000 })
  await loop.follow()
  await vi.advanceTimersByTimeAsync(6000)
  expect(scrapes()).toBe(0)
  await vi.advanceTimersByTimeAsync(2000)
  expect(scrapes()).toBe(1)
  await loop.stop()
})

it('gives up a scrape that is under way, writes nothing of it, and ends no series', async () => {
  let isSlow = false
  const { loop, work, scrapes, lines } = createLoop((signal) =>
    isSlow
      ? new Promise((_, reject) => {
          signal.addEventListener('abort', () => reject(new Error('aborted')))
        })
      : Promise.resolve(PAGE),
  )
  work.isMine = true
  await loop.follow()
  await vi.advanceTimersByTimeAsync(16_000)
  expect(scrapes()).toBe(2)
  isSlow = true
  await vi.advanceTimersByTimeAsync(10_000)
  work.isMine = false
  const followed = loop.follow()
  await vi.advanceTimersByTimeAsync(0)
  await followed
  await vi.advanceTimersByTimeAsync(30_000)
  expect(scrapes()).toBe(2)
  expect(lines().filter((line) => line.includes('stale'))).toEqual([])
  await loop.stop()
})
