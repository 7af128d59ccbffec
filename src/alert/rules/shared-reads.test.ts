import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import type { MetricsSource } from '../../store/metrics-source.ts'
import { MemorySeries } from './memory-series.ts'
import { writeSamples } from './rule-samples.ts'
import { SharedReads } from './shared-reads.ts'

const BOUNDS = { signal: new AbortController().signal, maxSeries: 10, maxSamples: 100 }
const UP = Labels.from({ __name__: 'up', job: 'a' })
const request = (name: string, endMs = 10) => ({
  matchers: [matcher('__name__', '=', name)],
  startMs: 0,
  endMs,
})

/** Counts what is read, and can be away. */
class Counted extends MemorySeries {
  reads = 0
  isAway = false

  override select(...args: Parameters<MetricsSource['select']>) {
    this.reads++
    if (this.isAway) return Promise.reject(new Problem('unavailable', 'away'))
    return super.select(...args)
  }
}

function start() {
  const series = new Counted()
  writeSamples(series, { series: [UP], values: [1] }, 5)
  return { series, shared: new SharedReads(series) }
}

describe('SharedReads', () => {
  it('reads once what is asked for again in an evaluation, and nothing is kept after it', async () => {
    const { series, shared } = start()
    shared.enter()
    const [first, second] = await Promise.all([
      shared.select(request('up'), BOUNDS),
      shared.select(request('up'), BOUNDS),
    ])
    expect(second).toBe(first)
    await shared.select(request('up', 11), BOUNDS)
    expect(series.reads).toBe(2)
    shared.leave()
    await shared.select(request('up'), BOUNDS)
    await shared.select(request('up'), BOUNDS)
    expect(series.reads).toBe(4)
  })

  it('reads again what was written since', async () => {
    const { series, shared } = start()
    shared.enter()
    await shared.select(request('up'), BOUNDS)
    await shared.select(request('other'), BOUNDS)
    writeSamples(series, { series: [UP], values: [2] }, 6)
    shared.written([UP])
    expect((await shared.select(request('up'), BOUNDS)).values).toHaveLength(2)
    await shared.select(request('other'), BOUNDS)
    expect(series.reads).toBe(3)
  })

  it('asks again after a failure', async () => {
    const { series, shared } = start()
    series.isAway = true
    shared.enter()
    await expect(shared.select(request('up'), BOUNDS)).rejects.toThrow('away')
    series.isAway = false
    expect((await shared.select(request('up'), BOUNDS)).labels).toEqual([UP])
  })
})
