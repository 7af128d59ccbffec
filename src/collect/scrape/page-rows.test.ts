import { describe, expect, it } from 'vitest'
import { TestTarget } from './test-scrape.ts'

describe('a series that stands twice in a page', () => {
  it('keeps the first of two samples of a series, and counts the others', () => {
    const target = new TestTarget()
    expect(target.page('a 1; b 1; a 2; a 1', 1000)).toMatchObject({
      up: true,
      samplesScraped: 4,
      samplesKept: 4,
      seriesAdded: 2,
      duplicates: 2,
    })
    expect(target.sink.take()).toEqual(['a 1 @1000', 'b 1 @1000'])
    expect(target.page('a 3; a 4', 2000)).toMatchObject({ seriesAdded: 0, duplicates: 1 })
    expect(target.sink.take()).toEqual(['a 3 @2000', 'b stale @2000'])
  })

  it('may give samples of a series at different times', () => {
    const target = new TestTarget()
    expect(target.page('a 1 1001; a 2 1002; a 3 1003', 5000)).toMatchObject({
      samplesKept: 3,
      duplicates: 0,
    })
    expect(target.sink.take()).toEqual(['a 1 @1001', 'a 2 @1002', 'a 3 @1003'])
  })

  it('with a label twice in a series is refused', () => {
    const result = new TestTarget().page('a{x="1",x="2"} 1', 1000)
    expect(result.up).toBe(false)
    expect(result.fault?.message).toContain('x')
  })
})

describe('sample_limit', () => {
  it('fails the page, counting all of it', () => {
    const target = new TestTarget('sample_limit: 4')
    target.page('a 1; b 1; c 1', 1000)
    target.sink.take()
    const result = target.page('a 1; b 1; c 1; d 1; e 1; f 1', 2000)
    expect(result).toMatchObject({
      up: false,
      samplesScraped: 6,
      samplesKept: 6,
      seriesAdded: 1,
      isSampleLimitHit: true,
    })
    expect(result.fault?.message).toBe('sample limit exceeded')
    expect(target.sink.take()).toEqual(['a stale @2000', 'b stale @2000', 'c stale @2000'])
    target.page('a 1; b 1', 3000)
    expect(target.sink.take()).toEqual(['a 1 @3000', 'b 1 @3000'])
  })

  it('counts what relabelling leaves, without duplicates', () => {
    const target = new TestTarget(
      'sample_limit: 2, metric_relabel_configs: [{action: drop, source_labels: [x], regex: "1"}]',
    )
    expect(target.page('a{x="1"} 1; b 1; b 2; c 1; d{x="1"} 1', 1000)).toMatchObject({
      up: true,
      samplesScraped: 5,
      samplesKept: 3,
      duplicates: 1,
    })
    expect(target.page('a{x="1"} 1; b 1; c 1; e 1; f{x="1"} 1', 2000)).toMatchObject({
      up: false,
      samplesScraped: 5,
      samplesKept: 3,
    })
  })

  it('lets all series be exchanged for others', () => {
    const target = new TestTarget('sample_limit: 2')
    target.page('a 1; b 1', 1000)
    target.sink.take()
    expect(target.page('c 1; d 1', 2000).up).toBe(true)
    expect(target.sink.take()).toHaveLength(4)
  })
})

describe('labels', () => {
  it('past a limit fail the page', () => {
    const target = new TestTarget('label_limit: 4')
    expect(target.page('a{x="1"} 1', 1000).up).toBe(true)
    const result = target.page('a{x="1"} 1; b{x="1",y="2"} 1; c 1', 2000)
    expect(result).toMatchObject({
      up: false,
      samplesScraped: 2,
      samplesKept: 1,
      isLabelLimitHit: true,
    })
    expect(result.fault?.message).toBe(
      'label_limit exceeded (metric: b, number of labels: 5, limit: 4)',
    )
  })

  it('of the target give way where honor_labels is set', () => {
    const target = new TestTarget('honor_labels: true')
    target.page('a{job="own"} 1', 1000)
    expect(target.sink.lines[0]).toBe('a{instance="web:80", job="own"} 1 @1000')
  })

  it('are renamed where honor_labels is not set', () => {
    const target = new TestTarget()
    target.page('a{job="own"} 1', 1000)
    expect(target.sink.lines[0]).toBe('a{exported_job="own", instance="web:80", job="j"} 1 @1000')
  })

  it('without a name after relabelling fail the page', () => {
    const target = new TestTarget('metric_relabel_configs: [{action: labeldrop, regex: __name__}]')
    expect(target.page('a 1', 1000).fault?.message).toBe('missing metric name (__name__ label)')
  })

  it('are any text, unless the job wants the classic characters', () => {
    expect(new TestTarget().page('{"with.dots"} 42', 1000).up).toBe(true)
    const legacy = new TestTarget('metric_name_validation_scheme: legacy')
    expect(legacy.page('{"with.dots"} 42', 1000).fault?.message).toBe(
      'invalid metric name or label names: {"with.dots", instance="web:80", job="j"}',
    )
    expect(legacy.page('a{"with.dots"="x"} 42', 1000).up).toBe(false)
    expect(legacy.page('a:b{c="x"} 42', 1000).up).toBe(true)
  })

  it('decide, after relabelling, which samples are dropped', () => {
    const target = new TestTarget(
      'metric_relabel_configs: [{action: drop, source_labels: [__name__], regex: "go_.*"}, {source_labels: [path], target_label: route}]',
    )
    expect(target.page('go_gc 1; a{path="/x"} 1', 1000)).toMatchObject({
      samplesScraped: 2,
      samplesKept: 1,
      seriesAdded: 1,
    })
    expect(target.sink.take()).toEqual(['a{path="/x", route="/x"} 1 @1000'])
    target.page('go_gc 1; a{path="/x"} 2; go_new 1', 2000)
    expect(target.sink.take()).toEqual(['a{path="/x", route="/x"} 2 @2000'])
  })
})
