import { describe, expect, it } from 'vitest'
import { createRegistry } from './metrics.ts'

describe('createRegistry', () => {
  it('counts by label and reads families sorted by name', () => {
    const registry = createRegistry()
    const requests = registry.counterBy('b_requests_total', 'Requests.', ['code', 'handler'])
    requests.with('200', '/x').inc()
    requests.with('200', '/x').inc(2)
    requests.with('500', '/x').inc()
    registry.gauge('a_ready', 'Ready.').set(1)
    expect(registry.families()).toEqual([
      { name: 'a_ready', help: 'Ready.', type: 'gauge', metrics: [{ labels: [], value: 1 }] },
      {
        name: 'b_requests_total',
        help: 'Requests.',
        type: 'counter',
        metrics: [
          { labels: ['code', '200', 'handler', '/x'], value: 3 },
          { labels: ['code', '500', 'handler', '/x'], value: 1 },
        ],
      },
    ])
  })

  it('shows a counter without labels at 0 from the start', () => {
    const registry = createRegistry()
    registry.counter('x_total', '')
    expect(registry.families()[0]?.metrics).toEqual([{ labels: [], value: 0 }])
  })

  it('exposes cumulative buckets, sum and count', () => {
    const registry = createRegistry()
    const histogram = registry.histogram('h', 'H.', [1, 2])
    for (const value of [0.5, 1, 1.5, 7]) histogram.observe(value)
    expect(registry.families()[0]?.metrics).toEqual([
      { labels: ['le', '1'], value: 2, suffix: '_bucket' },
      { labels: ['le', '2'], value: 3, suffix: '_bucket' },
      { labels: ['le', '+Inf'], value: 4, suffix: '_bucket' },
      { labels: [], value: 10, suffix: '_sum' },
      { labels: [], value: 4, suffix: '_count' },
    ])
  })

  it('returns the same family for the same shape and refuses another', () => {
    const registry = createRegistry()
    registry.counter('x_total', 'X.').inc()
    registry.counter('x_total', 'X.').inc()
    expect(registry.families()[0]?.metrics[0]?.value).toBe(2)
    expect(() => registry.gauge('x_total', 'X.')).toThrow(/registered as/)
    expect(() => registry.counter('1x', '')).toThrow(/invalid metric name/)
  })

  it('bounds the combinations of label values', () => {
    const registry = createRegistry({ maxChildren: 2 })
    const counter = registry.counterBy('c_total', '', ['user'])
    for (const user of ['a', 'b', 'c', 'd']) counter.with(user).inc()
    expect(registry.families()[0]?.metrics).toEqual([
      { labels: ['user', 'a'], value: 1 },
      { labels: ['user', 'b'], value: 1 },
      { labels: ['user', 'other'], value: 2 },
    ])
    counter.remove('a')
    expect(registry.families()[0]?.metrics).toHaveLength(2)
  })

  it('joins families that sources collect', () => {
    const registry = createRegistry()
    registry.gaugeBy('up_things', 'Up.', ['t']).with('a').set(1)
    registry.collect(() => [
      {
        name: 'up_things',
        help: 'Up.',
        type: 'gauge',
        metrics: [{ labels: ['t', 'b'], value: 2 }],
      },
    ])
    expect(registry.families()).toHaveLength(1)
    expect(registry.families()[0]?.metrics).toHaveLength(2)
  })

  it('never lets a counter fall', () => {
    const counter = createRegistry().counter('c_total', '')
    expect(() => counter.inc(-1)).toThrow(RangeError)
    expect(() => counter.inc(Number.NaN)).toThrow(RangeError)
  })
})
