import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Page, PageSource } from './page-source.ts'
import { ScrapeLoop, type ScrapeLoopOptions } from './scrape-loop.ts'
import type { ScrapeResult } from './scrape-result.ts'
import { createScrapeParser } from '../../formats/prometheus-text/scrape-parser.ts'
import { readJob, type RecordingSink, TestTarget, testTarget, TEXT } from './test-scrape.ts'

const START_MS = 1_700_000_000_000

beforeEach(() => {
  vi.useFakeTimers({ now: START_MS })
})

afterEach(() => {
  vi.useRealTimers()
})

const page = (text: string): Page => ({ bytes: new TextEncoder().encode(text), contentType: TEXT })

/** A loop under a clock that the test moves, and what it does. */
class Bench {
  readonly sink: RecordingSink
  readonly results: ScrapeResult[] = []
  readonly sinceLast: (number | undefined)[] = []
  readonly defects: unknown[] = []
  readonly loop: ScrapeLoop
  /** When scrapes began, from the start of the test. */
  readonly begun: number[] = []
  clockShiftMs = 0

  constructor(
    source: PageSource,
    options: Partial<ScrapeLoopOptions> = {},
    keys = 'scrape_interval: 10s',
  ) {
    const target = new TestTarget(keys)
    this.sink = target.sink
    this.loop = new ScrapeLoop({
      target: testTarget(readJob(keys)),
      tracker: target.tracker,
      phase: 0,
      nowMs: () => Date.now() + this.clockShiftMs,
      onScrape: (result, sinceLastMs) => {
        this.results.push(result)
        this.sinceLast.push(sinceLastMs)
      },
      onDefect: (thrown) => this.defects.push(thrown),
      ...options,
      source: (signal) => {
        this.begun.push(Date.now() - START_MS)
        return source(signal)
      },
    })
  }

  /** The values of `up` so far, with their times from the start of the test. */
  get up(): string[] {
    return this.sink.lines
      .filter((line) => line.startsWith('up{'))
      .map((line) =>
        line.replace(
          /^.*\} (\S+) @(\d+)$/,
          (_, value: string, time: string) => `${value} @${Number(time) - START_MS}`,
        ),
      )
  }
}

async function shutDown(bench: Bench): Promise<void> {
  const stopped = bench.loop.stop()
  await vi.advanceTimersByTimeAsync(1)
  await stopped
}

const after =
  (delayMs: number, text = 'a 1\n'): PageSource =>
  async () => {
    await new Promise((resolve) => setTimeout(resolve, delayMs))
    return page(text)
  }

describe('a loop', () => {
  it('scrapes at its place in each interval', async () => {
    const bench = new Bench(after(50), { phase: 0.25 })
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(25_000)
    expect(bench.begun).toEqual([2500, 12_500, 22_500])
    expect(bench.up).toEqual(['1 @2500', '1 @12500', '1 @22500'])
    expect(bench.sinceLast).toEqual([undefined, 10_000, 10_000])
    expect(bench.loop.state).toEqual({
      health: 'up',
      lastError: '',
      lastScrapeMs: START_MS + 22_500,
      lastDurationMs: 50,
    })
    await shutDown(bench)
  })

  it('never overlaps itself, and goes on at once after a scrape that took the whole interval', async () => {
    const bench = new Bench(after(10_000), {}, 'scrape_interval: 10s, scrape_timeout: 10s')
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(40_005)
    // Each begins a moment after the one before has ended.
    expect(bench.begun).toEqual([10_000, 20_001, 30_002, 40_003])
    expect(bench.up).toEqual(['1 @10000', '1 @20000', '1 @30000'])
    await shutDown(bench)
  })

  it('ends a scrape at its time-out, though its source heeds nothing', async () => {
    const bench = new Bench(
      () => new Promise(() => undefined),
      {},
      'scrape_interval: 10s, scrape_timeout: 3s',
    )
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(24_000)
    expect(bench.begun).toEqual([10_000, 20_000])
    expect(bench.results.map(({ fault }) => fault?.message)).toEqual([
      'context deadline exceeded',
      'context deadline exceeded',
    ])
    expect(bench.loop.state).toMatchObject({
      health: 'down',
      lastError: 'context deadline exceeded',
      lastDurationMs: 3001,
    })
    await shutDown(bench)
  })

  it('lets a source end in its own words', async () => {
    const source: PageSource = (signal) =>
      new Promise((_, reject) => {
        signal.addEventListener('abort', () => reject(new Error('own words')))
      })
    const bench = new Bench(source)
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(20_001)
    expect(bench.loop.state.lastError).toBe('own words')
    await shutDown(bench)
  })

  it('survives a store that is broken', async () => {
    const bench = new Bench(after(0))
    bench.sink.answer = () => {
      if (Date.now() < START_MS + 15_000) throw new Error('broken')
      return {}
    }
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(20_001)
    expect(bench.defects).toEqual([new Error('broken')])
    expect(bench.results).toHaveLength(1)
    await shutDown(bench)
  })

  it('shows what the store refuses, while the target is up', async () => {
    const bench = new Bench(after(0))
    bench.sink.answer = ({ series }) =>
      series[0]?.name === 'a'
        ? {
            rejected: [
              {
                series: series[0],
                timestampMs: 0,
                reason: 'series_limit',
                message: 'too many series',
              },
            ],
            rejectedCount: 1,
          }
        : {}
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(10_001)
    expect(bench.loop.state).toMatchObject({
      health: 'up',
      lastError: '1 samples were refused: too many series',
    })
    await shutDown(bench)
  })

  it('sleeps longer than a timer can', async () => {
    const bench = new Bench(after(0), {}, 'scrape_interval: 60d, scrape_timeout: 1s')
    bench.loop.start()
    const day = 86_400_000
    const first = 60 * day - (START_MS % (60 * day))
    await vi.advanceTimersByTimeAsync(first + 60 * day + 1)
    expect(bench.begun).toEqual([first, first + 60 * day])
    await shutDown(bench)
  })
})

describe('a clock that is set', () => {
  it('back does not stop the scrapes', async () => {
    const bench = new Bench(after(0))
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(10_001)
    bench.clockShiftMs = -3_600_000
    await vi.advanceTimersByTimeAsync(30_000)
    expect(bench.begun).toEqual([10_000, 20_000, 30_000, 40_000])
    expect(bench.up).toEqual(['1 @10000', '1 @-3580000', '1 @-3570000', '1 @-3560000'])
    await shutDown(bench)
  })

  it('forward leaves out what was missed', async () => {
    const bench = new Bench(after(0))
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(10_001)
    bench.clockShiftMs = 3_600_000
    await vi.advanceTimersByTimeAsync(20_000)
    expect(bench.begun).toEqual([10_000, 20_000, 30_000])
    await shutDown(bench)
  })
})

describe('a mistake of this program', () => {
  const planted = new Error('planted')
  const broken: ReadonlyArray<readonly [string, PageSource]> = [
    [
      'that a page source throws',
      () => {
        throw planted
      },
    ],
    ['that a page source rejects with', () => Promise.reject(planted)],
  ]

  it.each(broken)('%s costs the scrape, and the next one comes', async (_what, source) => {
    let isBroken = true
    const good = after(0)
    const bench = new Bench((signal) => (isBroken ? source(signal) : good(signal)))
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(15_000)
    expect(bench.loop.state).toMatchObject({ health: 'down', lastError: 'planted' })
    isBroken = false
    await vi.advanceTimersByTimeAsync(10_000)
    expect(bench.up).toEqual(['0 @10000', '1 @20000'])
    await shutDown(bench)
  })

  it('in the parser is told, and ends the series as a bad page does', async () => {
    const parser = createScrapeParser()
    let isBroken = false
    const target = new TestTarget('scrape_interval: 10s', undefined, {
      parse: (...given) => {
        if (isBroken) throw planted
        return parser.parse(...given)
      },
    })
    const bench = new Bench(after(0), { tracker: target.tracker })
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(15_000)
    isBroken = true
    await vi.advanceTimersByTimeAsync(10_000)
    expect(bench.defects).toEqual([planted])
    expect(bench.loop.state).toMatchObject({
      health: 'down',
      lastError: 'this page met a defect of Vedette: planted',
    })
    isBroken = false
    await vi.advanceTimersByTimeAsync(10_000)
    expect(target.sink.take()).toEqual([
      `a 1 @${START_MS + 10_000}`,
      `a stale @${START_MS + 20_000}`,
      `a 1 @${START_MS + 30_000}`,
    ])
    await shutDown(bench)
  })

  it('in what is told of scrapes costs nothing but that', async () => {
    const told = vi.fn<() => void>(() => {
      throw planted
    })
    const bench = new Bench(after(0), { onScrape: told })
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(25_000)
    expect(bench.up).toEqual(['1 @10000', '1 @20000'])
    expect(bench.defects).toEqual([planted, planted])
    await shutDown(bench)
  })

  it('gives the room of a page back, and that of one that comes too late', async () => {
    const release = vi.fn<() => void>()
    const parser = {
      parse: () => {
        throw planted
      },
    }
    const target = new TestTarget('scrape_interval: 10s, scrape_timeout: 10s', undefined, parser)
    let delayMs = 0
    const bench = new Bench(
      async () => {
        await new Promise((resolve) => setTimeout(resolve, delayMs))
        return { ...page('a 1\n'), release }
      },
      { tracker: target.tracker },
      'scrape_interval: 10s, scrape_timeout: 10s',
    )
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(11_000)
    expect(release).toHaveBeenCalledTimes(1)
    delayMs = 15_000
    await vi.advanceTimersByTimeAsync(20_000)
    expect(bench.loop.state.lastError).toBe('context deadline exceeded')
    await vi.advanceTimersByTimeAsync(6_000)
    expect(release).toHaveBeenCalledTimes(2)
    await shutDown(bench)
  })
})

describe('a loop that is stopped', () => {
  it('before its first scrape does nothing', async () => {
    const bench = new Bench(after(0))
    bench.loop.start()
    await bench.loop.stop()
    bench.loop.end()
    await vi.advanceTimersByTimeAsync(60_000)
    expect(bench.begun).toEqual([])
    expect(bench.sink.lines).toEqual([])
  })

  it('at shutdown gives up the scrape under way, and leaves its series as they are', async () => {
    const bench = new Bench(after(5000))
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(16_000)
    expect(bench.up).toEqual(['1 @10000'])
    bench.sink.lines = []
    await vi.advanceTimersByTimeAsync(6000)
    const stopped = bench.loop.stop()
    await vi.advanceTimersByTimeAsync(0)
    await stopped
    await vi.advanceTimersByTimeAsync(60_000)
    expect(bench.begun).toEqual([10_000, 20_000])
    expect(bench.sink.lines).toEqual([])
  })

  it('because its target is gone ends its series now, once', async () => {
    const bench = new Bench(after(0))
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(12_000)
    bench.sink.takeAll()
    await Promise.all([bench.loop.stop(), bench.loop.stop()])
    bench.loop.end()
    bench.loop.end()
    expect(bench.sink.takeAll().slice(0, 2)).toEqual([
      `a stale @${START_MS + 12_000}`,
      `up stale @${START_MS + 12_000}`,
    ])
    expect(bench.sink.lines).toEqual([])
  })

  it('because another goes on lets the scrape under way end', async () => {
    const bench = new Bench(after(5000))
    bench.loop.start()
    await vi.advanceTimersByTimeAsync(12_000)
    const stopped = bench.loop.finish()
    await vi.advanceTimersByTimeAsync(5000)
    await stopped
    expect(bench.up).toEqual(['1 @10000'])
    const next = new Bench(after(0), { predecessor: bench.loop })
    expect(next.loop.state).toMatchObject({ health: 'up', lastScrapeMs: START_MS + 10_000 })
    next.loop.start()
    await vi.advanceTimersByTimeAsync(5000)
    expect(next.sink.take()).toEqual([`a 1 @${START_MS + 20_000}`])
    await shutDown(next)
  })
})
