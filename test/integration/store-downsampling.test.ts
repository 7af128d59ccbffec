import { randomInt } from 'node:crypto'
import { describe, expect, it, vi } from 'vitest'
import type { SampleBatch } from '../../src/model/samples.ts'
import type { PromqlRequest } from '../../src/query/promql/engine.ts'
import { enginesOver, expectEqual, never } from './downsampling-comparison.ts'
import { createRandom, pick, randomSeries, type Random } from './downsampling-series.ts'
import { DAY, HOUR, MINUTE, NOON, StoreHarness } from './store-harness.ts'

const seeds = process.env['DOWNSAMPLING_SEED']?.split(',').map(Number) ?? [
  // More resets in a window than are summed one by one, behind an infinite value.
  999_478_168,
  randomInt(1, 1_000_000_000),
]
// The engine syncs each of some hundred inserts, which takes what the disk takes.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })
const harness = new StoreHarness()
const MIDNIGHT = NOON - 12 * HOUR
const levels = [
  { resolutionMs: 5 * MINUTE, afterMs: DAY, keepMs: 90 * DAY },
  { resolutionMs: HOUR, afterMs: DAY, keepMs: 900 * DAY },
]
const EXACT_RANGES = [
  'rate',
  'increase',
  'delta',
  'irate',
  'idelta',
  'resets',
  'changes',
  'min_over_time',
  'max_over_time',
  'sum_over_time',
  'avg_over_time',
  'count_over_time',
  'present_over_time',
  'absent_over_time',
  'first_over_time',
  'last_over_time',
  'ts_of_first_over_time',
  'ts_of_last_over_time',
]
const OTHER_RANGES = [
  'stddev_over_time',
  'deriv',
  'quantile_over_time',
  'ts_of_max_over_time',
  'mad_over_time',
]

function randomExpression(random: Random): string {
  const metric = pick(random, ['c_total', 'g', '{__name__=~".+"}'])
  const range = pick(random, ['5m', '10m', '1h', '2h', '1d', '7m', '90s', '90m'])
  const offset = pick(random, ['', '', ' offset 1h', ' offset 5m', ' offset 1d', ' offset 13s'])
  const chance = random()
  if (chance < 0.15) return `${metric}${offset}`
  if (chance < 0.2) return `timestamp(${metric}${offset})`
  if (chance < 0.3) {
    const func = pick(random, OTHER_RANGES)
    const quantile = func.startsWith('quantile') ? '0.9, ' : ''
    return `${func}(${quantile}${metric}[${range}]${offset})`
  }
  const call = `${pick(random, EXACT_RANGES)}(${metric}[${range}]${offset})`
  if (chance < 0.4) return `max_over_time(${call}[6h:1h])`
  if (chance < 0.5) return `sum by (__name__) (${call})`
  return call
}

function randomRequest(random: Random, query: string): PromqlRequest {
  const stepMs = pick(random, [5 * MINUTE, 10 * MINUTE, HOUR, 2 * HOUR, 7 * MINUTE, 0])
  const alignMs = pick(random, [5 * MINUTE, HOUR, HOUR, DAY, 1])
  const at = MIDNIGHT - 4.3 * DAY + random() * 3.5 * DAY
  const startMs = Math.floor(at / alignMs) * alignMs
  const endMs = stepMs === 0 ? startMs : startMs + Math.floor(random() * 20) * stepMs
  return { query, startMs, endMs, stepMs }
}

describe('answers from buckets', () => {
  it.each(seeds)('are those of raw samples (DOWNSAMPLING_SEED=%i)', async (seed) => {
    console.log(`downsampling against raw samples: DOWNSAMPLING_SEED=${seed}`)
    const random = createRandom(seed)
    const { store } = await harness.open({
      downsampling: levels,
      samplesPerSlice: 15_000,
      leastSamplesForBuckets: 0,
    })
    const batch: SampleBatch = randomSeries(random, 14, MIDNIGHT - 4 * DAY, NOON)
    await store.append(batch)
    const pass = await store.buckets.downsampler.pass(never)
    expect(pass.madeDays).toBeGreaterThanOrEqual(6)
    const { bucketed, raw } = enginesOver(store)
    let fromBuckets = 0
    for (let i = 0; i < 250; i++) {
      const request = randomRequest(random, randomExpression(random))
      const told = `seed ${seed}, ${JSON.stringify(request)}`
      const [got, want] = [await bucketed.evaluate(request), await raw.evaluate(request)]
      if (got.infos.some((info) => info.includes('aggregates'))) fromBuckets++
      expect(got.infos.join(), told).not.toContain('approximately')
      expectEqual(got, want, told)
    }
    expect(fromBuckets).toBeGreaterThan(50)
  })
})
