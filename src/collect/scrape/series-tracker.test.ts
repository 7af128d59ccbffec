import { describe, expect, it } from 'vitest'
import type { RejectReason } from '../../model/samples.ts'
import { BodySizeFault } from './page-source.ts'
import type { Page } from './page-source.ts'
import { type RecordingSink, TestTarget, TEXT } from './test-scrape.ts'

describe('a page', () => {
  it('becomes samples with the labels of the target', () => {
    const { sink, tracker } = new TestTarget()
    const bytes = new TextEncoder().encode('up_to_now{path="/a"} 1.5\nplain NaN\n')
    tracker.record({ bytes, contentType: TEXT }, 1000, () => 250)
    expect(sink.lines).toEqual([
      'up_to_now{instance="web:80", job="j", path="/a"} 1.5 @1000',
      'plain{instance="web:80", job="j"} NaN @1000',
      'up{instance="web:80", job="j"} 1 @1000',
      'scrape_duration_seconds{instance="web:80", job="j"} 0.25 @1000',
      'scrape_samples_scraped{instance="web:80", job="j"} 2 @1000',
      'scrape_samples_post_metric_relabeling{instance="web:80", job="j"} 2 @1000',
      'scrape_series_added{instance="web:80", job="j"} 2 @1000',
    ])
  })

  it('is told about in more series where the job asks for it', () => {
    const target = new TestTarget('extra_scrape_metrics: true, sample_limit: 7, scrape_timeout: 3s')
    target.page('a 1', 1000)
    expect(target.sink.takeAll().slice(-3)).toEqual([
      'scrape_timeout_seconds 3 @1000',
      'scrape_sample_limit 7 @1000',
      'scrape_body_size_bytes 4 @1000',
    ])
    target.fail(2000)
    expect(target.sink.takeAll().at(-1)).toBe('scrape_body_size_bytes 0 @2000')
    target.fail(3000, new BodySizeFault())
    expect(target.sink.takeAll().at(-1)).toBe('scrape_body_size_bytes -1 @3000')
  })

  it('without a byte is good, whatever it says to be, and ends the series', () => {
    const target = new TestTarget()
    target.page('a 1', 1000)
    target.sink.take()
    expect(target.page('', 2000, '')).toMatchObject({
      up: true,
      fault: undefined,
      samplesScraped: 0,
    })
    expect(target.sink.take()).toEqual(['a stale @2000'])
  })

  it('of an unknown type is refused with the words of Prometheus', () => {
    const target = new TestTarget()
    const result = target.page('<html></html>', 1000, 'text/html')
    expect(result.up).toBe(false)
    expect(result.fault?.message).toBe(
      'received unsupported Content-Type "text/html" and no fallback_scrape_protocol specified for target',
    )
    expect(target.sink.takeAll()[0]).toBe('up 0 @1000')
  })

  it('counts the series that the one before did not have', () => {
    const target = new TestTarget()
    expect(target.page('a 1; b 1', 1000).seriesAdded).toBe(2)
    expect(target.page('a 1; b 1', 2000).seriesAdded).toBe(0)
    expect(target.page('b 1; c 1', 3000).seriesAdded).toBe(1)
    expect(target.page('a 1; b 1', 4000).seriesAdded).toBe(1)
    target.fail(5000)
    expect(target.page('a 1; b 1', 6000).seriesAdded).toBe(0)
  })
})

describe('series that are gone', () => {
  it('end with the next page', () => {
    const target = new TestTarget()
    target.page('a 1; b 1; c 1', 1000)
    target.sink.take()
    target.page('c 2; a 2', 2000)
    expect(target.sink.take()).toEqual(['c 2 @2000', 'a 2 @2000', 'b stale @2000'])
    target.page('a 3; c 3', 3000)
    expect(target.sink.take()).toEqual(['a 3 @3000', 'c 3 @3000'])
  })

  it('come again', () => {
    const target = new TestTarget()
    target.page('a 1; b 1', 1000)
    target.page('a 1', 2000)
    target.sink.take()
    target.page('b 2; a 1', 3000)
    expect(target.sink.take()).toEqual(['b 2 @3000', 'a 1 @3000'])
    target.page('a 1', 4000)
    expect(target.sink.take()).toEqual(['a 1 @4000', 'b stale @4000'])
  })

  it('all end when the target fails, once', () => {
    const target = new TestTarget()
    target.page('a 1; b 1', 1000)
    target.sink.take()
    expect(target.fail(2000)).toMatchObject({ up: false, samplesScraped: 0 })
    expect(target.sink.takeAll()).toEqual([
      'a stale @2000',
      'b stale @2000',
      'up 0 @2000',
      'scrape_duration_seconds 0.25 @2000',
      'scrape_samples_scraped 0 @2000',
      'scrape_samples_post_metric_relabeling 0 @2000',
      'scrape_series_added 0 @2000',
    ])
    target.fail(3000)
    expect(target.sink.take()).toEqual([])
    target.page('b 1; a 1', 4000)
    expect(target.sink.take()).toEqual(['b 1 @4000', 'a 1 @4000'])
  })

  it('end with the target, and its up with them, once', () => {
    const target = new TestTarget()
    target.page('a 1', 1000)
    target.sink.takeAll()
    target.tracker.end(1500)
    expect(target.sink.takeAll()).toEqual([
      'a stale @1500',
      'up stale @1500',
      'scrape_duration_seconds stale @1500',
      'scrape_samples_scraped stale @1500',
      'scrape_samples_post_metric_relabeling stale @1500',
      'scrape_series_added stale @1500',
    ])
    target.tracker.end(1600)
    expect(target.sink.takeAll()).toEqual([])
  })

  it('of a target that was never scraped are none', () => {
    const target = new TestTarget()
    target.tracker.end(1500)
    expect(target.sink.takeAll()).toEqual([])
  })

  it('with timestamps of their own do not end', () => {
    const target = new TestTarget()
    target.page('a 1 500; b 1', 1000)
    target.page('c 1 1500', 2000)
    target.sink.take()
    target.page('d 1', 3000)
    expect(target.sink.take()).toEqual(['d 1 @3000'])
    target.page('d 1 3500', 4000)
    expect(target.sink.take()).toEqual(['d 1 @3500', 'd stale @4000'])
  })

  it('with timestamps end where track_timestamps_staleness is set', () => {
    const target = new TestTarget('track_timestamps_staleness: true')
    target.page('a 1 500; a 2 600', 1000)
    target.sink.take()
    target.page('b 1', 2000)
    expect(target.sink.take()).toEqual(['b 1 @2000', 'a stale @2000'])
  })

  it('lose their timestamps where honor_timestamps is off, and end', () => {
    const target = new TestTarget('honor_timestamps: false')
    target.page('a 1 500', 1000)
    target.page('b 1', 2000)
    expect(target.sink.take()).toEqual(['a 1 @1000', 'b 1 @2000', 'a stale @2000'])
  })

  it('go on while another line of the page becomes the same series', () => {
    const target = new TestTarget('metric_relabel_configs: [{action: labeldrop, regex: shard}]')
    expect(target.page('a{shard="1"} 1; a{shard="2"} 2', 1000)).toMatchObject({
      samplesKept: 2,
      duplicates: 1,
    })
    target.sink.take()
    target.page('a{shard="2"} 2', 2000)
    expect(target.sink.take()).toEqual(['a 2 @2000'])
    target.page('b 1', 3000)
    expect(target.sink.take()).toEqual(['b 1 @3000', 'a stale @3000'])
  })
})

describe('a clock that is set back', () => {
  it('does not put a marker before what it ends', () => {
    const target = new TestTarget()
    target.page('a 1; b 1', 100_000)
    target.page('a 2', 40_000)
    expect(target.sink.take().slice(2)).toEqual(['a 2 @40000', 'b stale @100001'])
    target.fail(45_000)
    expect(target.sink.take()).toEqual(['a stale @100001'])
    target.page('a 1', 46_000)
    target.tracker.end(47_000)
    expect(target.sink.take()).toEqual(['a 1 @46000', 'a stale @100001'])
  })
})

describe('a page that fails', () => {
  it('is not taken in part, and the next good one is right', () => {
    const target = new TestTarget()
    target.page('a 1; b 1', 1000)
    target.sink.take()
    const result = target.page('a 2; new 1; b x', 2000)
    expect(result).toMatchObject({ up: false, samplesScraped: 2, samplesKept: 2, seriesAdded: 1 })
    expect(result.fault?.message).toMatch(/^line 3: /)
    expect(target.sink.take()).toEqual(['a stale @2000', 'b stale @2000'])
    target.page('a 3; b 3', 3000)
    expect(target.sink.take()).toEqual(['a 3 @3000', 'b 3 @3000'])
    target.page('a 4', 4000)
    expect(target.sink.take()).toEqual(['a 4 @4000', 'b stale @4000'])
  })

  it('does not change what is known of the metrics', () => {
    const target = new TestTarget()
    target.page('# TYPE a counter; a 1', 1000)
    target.page('# TYPE a gauge; a x', 2000)
    expect(target.tracker.metadata).toEqual([{ family: 'a', type: 'counter', help: '', unit: '' }])
  })

  it('is remembered within bounds', () => {
    const target = new TestTarget()
    target.page('a 1', 1000)
    const flushes = []
    for (let page = 0; page < 5; page++) {
      const lines = Array.from({ length: 300 }, (_, i) => `m{p="${page}",i="${i}"} 1`)
      flushes.push(target.page(`${lines.join(';')};a 1;x x`, 2000 + page).isCacheFlushed)
    }
    expect(flushes).toEqual([false, false, false, true, false])
    target.sink.take()
    expect(target.page('a 1; m{p="9",i="1"} 1', 3000)).toMatchObject({ seriesAdded: 1 })
    target.page('m{p="9",i="1"} 2', 4000)
    expect(target.sink.take()).toEqual(
      ['a 1 @3000', 'm{i="1", p="9"} 1 @3000', 'm{i="1", p="9"} 2 @4000', 'a stale @4000'].map(
        (line) => line.replace('i="1", p', 'i="1", p'),
      ),
    )
  })
})

describe('what the store refuses', () => {
  const refuse = (sink: RecordingSink, ...reasons: RejectReason[]): void => {
    sink.answer = (batch) => {
      const [series] = batch.series
      if (series === undefined || series.name === 'up') return {}
      const rejected = reasons.map((reason) => ({
        series,
        timestampMs: 0,
        reason,
        message: `why ${reason}`,
      }))
      return { rejected, rejectedCount: rejected.length }
    }
  }

  it('is counted by its reason, and the target stays up', () => {
    const target = new TestTarget()
    refuse(
      target.sink,
      'duplicate_timestamp',
      'out_of_bounds',
      'out_of_bounds',
      'series_limit',
      'label_limit',
    )
    expect(target.page('a 1; a 2', 1000)).toMatchObject({
      up: true,
      duplicates: 2,
      outOfBounds: 2,
      refused: 2,
      refusal: 'why series_limit',
    })
  })

  it('counts rows that are not named with the last that is', () => {
    const target = new TestTarget()
    refuse(target.sink, 'out_of_bounds')
    const { answer } = target.sink
    target.sink.answer = (batch) => {
      const given = answer(batch)
      return given.rejected === undefined ? {} : { ...given, rejectedCount: 7 }
    }
    expect(target.page('a 1', 1000)).toMatchObject({ outOfBounds: 7, duplicates: 0 })
  })
})

describe('metadata', () => {
  it('is handed over when it changes', () => {
    const target = new TestTarget()
    target.page('# HELP a Help.;# TYPE a counter; a 1', 1000)
    target.page('# HELP a Help.;# TYPE a counter; a 2', 2000)
    expect(target.sink.metadata).toEqual([
      [{ family: 'a', type: 'counter', help: 'Help.', unit: '' }],
    ])
    target.page('# HELP a Other.;# TYPE a counter; a 2', 3000)
    expect(target.sink.metadata).toHaveLength(2)
    expect(target.tracker.metadata[0]?.help).toBe('Other.')
  })
})

describe('a target that goes on under another configuration', () => {
  it('has no gap, and ends what the new configuration does not have', () => {
    const before = new TestTarget()
    before.page('a 1; b 1; c 1', 1000)
    const after = new TestTarget(
      'metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: b}]',
      before.sink,
    )
    after.tracker.continueFrom(before.tracker)
    before.sink.take()
    expect(after.page('a 2; b 2; c 2', 2000)).toMatchObject({ seriesAdded: 2 })
    expect(after.sink.take()).toEqual(['a 2 @2000', 'c 2 @2000', 'b stale @2000'])
    after.page('a 3', 3000)
    expect(after.sink.take()).toEqual(['a 3 @3000', 'c stale @3000'])
  })

  it('ends what it had when it fails then', () => {
    const before = new TestTarget()
    before.page('a 1', 1000)
    const after = new TestTarget('', before.sink)
    after.tracker.continueFrom(before.tracker)
    before.sink.take()
    after.fail(2000)
    expect(after.sink.take()).toEqual(['a stale @2000'])
  })

  it('ends what it had when it is gone before its first scrape', () => {
    const before = new TestTarget('extra_scrape_metrics: true')
    before.page('a 1', 1000)
    const after = new TestTarget('', before.sink)
    after.tracker.continueFrom(before.tracker)
    before.sink.takeAll()
    after.tracker.end(2000)
    expect(after.sink.takeAll().toSorted()).toEqual([
      'a stale @2000',
      'scrape_body_size_bytes stale @2000',
      'scrape_duration_seconds stale @2000',
      'scrape_sample_limit stale @2000',
      'scrape_samples_post_metric_relabeling stale @2000',
      'scrape_samples_scraped stale @2000',
      'scrape_series_added stale @2000',
      'scrape_timeout_seconds stale @2000',
      'up stale @2000',
    ])
  })

  it('keeps what was known of its metrics', () => {
    const before = new TestTarget()
    before.page('# TYPE a counter; a 1', 1000)
    const after = new TestTarget('', before.sink)
    after.tracker.continueFrom(before.tracker)
    expect(after.tracker.metadata).toHaveLength(1)
  })
})

describe('many pages', () => {
  it('of random series give each series its samples and an end', () => {
    const target = new TestTarget('metric_relabel_configs: [{action: labeldrop, regex: y}]')
    const random = randomNumbers(1)
    let live = new Set<string>()
    for (let time = 1; time <= 300; time++) {
      const isBad = random(10) === 0
      const lines = Array.from(
        { length: random(80) },
        () => `m{x="${random(50)}",y="${random(3)}"} ${time}`,
      )
      target.page([...lines, isBad ? 'bad bad' : '#'].join(';'), time)
      const now = new Set(isBad ? [] : lines.map((line) => line.replace(/,y=.*/, '}')))
      const gone = [...live].filter((name) => !now.has(name))
      expect(target.sink.take().toSorted()).toEqual(
        [
          ...[...now].map((name) => `${name} ${time} @${time}`),
          ...gone.map((name) => `${name} stale @${time}`),
        ].toSorted(),
      )
      live = now
    }
  })
})

/** Whole numbers below `n`, the same at each run. */
function randomNumbers(seed: number): (n: number) => number {
  let state = seed
  return (n) => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31
    return Math.floor((state / 2 ** 31) * n)
  }
}

describe('a large page', () => {
  const text = (from: number, count: number): string =>
    Array.from(
      { length: count },
      (_, i) => `m{path="/a/rather/long/path/${from + i}"} ${i}\n`,
    ).join('')
  const pageOf = (body: string): Page => ({
    bytes: new TextEncoder().encode(body),
    contentType: TEXT,
  })

  it('is met in turns, which changes nothing in what is recorded', async () => {
    const met = new TestTarget()
    const plain = new TestTarget()
    const pages = [
      text(0, 20_000),
      text(10_000, 20_000),
      `${text(0, 30_000)}m{path="twice"} 1\nm{path="twice"} 2\n`,
    ]
    let turns = 0
    const counting = setInterval(() => turns++, 0)
    for (const [i, body] of pages.entries()) {
      const atMs = 1_000_000 + i * 15_000
      await met.tracker.meet(pageOf(body), atMs)
      const results = [met, plain].map(({ tracker }) => tracker.record(pageOf(body), atMs, () => 1))
      expect(results[0]).toEqual(results[1])
      expect(met.sink.takeAll()).toEqual(plain.sink.takeAll())
    }
    clearInterval(counting)
    expect(turns).toBeGreaterThan(0)
  })

  it('with a fault is refused as ever, however much of it was met', async () => {
    const target = new TestTarget('label_value_length_limit: 30')
    const body = `${text(0, 20_000)}m{path="${'x'.repeat(31)}"} 1\n`
    await target.tracker.meet(pageOf(body), 1_000_000)
    const result = target.tracker.record(pageOf(body), 1_000_000, () => 1)
    expect(result).toMatchObject({ up: false, isLabelLimitHit: true, seriesAdded: 20_000 })
    expect(target.sink.take()).toEqual([])
  })
})
