import { describe, expect, it, vi } from 'vitest'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import type { SampleBatch } from '../../src/model/samples.ts'
import type { PromqlEngine } from '../../src/query/promql/engine.ts'
import { migrate } from '../../src/store/migrate.ts'
import { MIGRATIONS } from '../../src/store/schema.ts'
import { cellsOf, enginesOver, expectEqual, never } from './downsampling-comparison.ts'
import { createRandom, randomSeries } from './downsampling-series.ts'
import { countRows, DAY, HOUR, MINUTE, NOON, range, StoreHarness } from './store-harness.ts'
import type { Harness } from './store-harness.ts'
import { UnluckyClient } from './unlucky-client.ts'

// The engine syncs each of some hundred inserts, which takes what the disk takes.
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })
const harness = new StoreHarness()
const MIDNIGHT = NOON - 12 * HOUR
const levels = [
  { resolutionMs: 5 * MINUTE, afterMs: DAY, keepMs: 40 * DAY },
  { resolutionMs: HOUR, afterMs: DAY, keepMs: 400 * DAY },
]
const options = { downsampling: levels, leastSamplesForBuckets: 0 }

/** Counters of 1 a second, with a sample every `stepMs` in (startMs, endMs]. */
function counters(count: number, startMs: number, endMs: number, stepMs = MINUTE): SampleBatch {
  const each = Math.floor((endMs - startMs) / stepMs)
  return {
    series: range(count).map((i) => Labels.from({ __name__: 'c_total', i: String(i) })),
    seriesIndex: Uint32Array.from({ length: count * each }, (_, row) => Math.floor(row / each)),
    timestampsMs: Float64Array.from(
      { length: count * each },
      (_, row) => startMs + ((row % each) + 1) * stepMs,
    ),
    values: Float64Array.from(
      { length: count * each },
      (_, row) => (startMs + ((row % each) + 1) * stepMs - MIDNIGHT) / 1000 + 1e7,
    ),
  }
}

function lone(i: number, timestampMs: number, value: number): SampleBatch {
  return {
    series: [Labels.from({ __name__: 'c_total', i: String(i) })],
    seriesIndex: Uint32Array.of(0),
    timestampsMs: Float64Array.of(timestampMs),
    values: Float64Array.of(value),
  }
}

const whole = {
  query: 'sum_over_time(c_total[1h])',
  startMs: MIDNIGHT - 3 * DAY,
  endMs: MIDNIGHT,
  stepMs: HOUR,
}

async function answerAlike({ store }: Harness): Promise<readonly string[]> {
  const { bucketed, raw } = enginesOver(store)
  const [got, want] = [await bucketed.evaluate(whole), await raw.evaluate(whole)]
  expectEqual(got, want, whole.query)
  expect(want.values.length).toBeGreaterThan(0)
  return got.infos
}

/** Whether all of `whole` is answered from buckets. */
async function isWholeFromBuckets(engine: PromqlEngine): Promise<boolean> {
  const { infos } = await engine.evaluate(whole)
  const end = new Date(whole.endMs).toISOString().replace('.000Z', 'Z')
  return infos.length === 1 && infos[0]?.includes(`up to ${end} were answered exactly`) === true
}

describe('days of buckets', () => {
  it('are made once, and again when a sample comes late, which is seen at once', async () => {
    const { store, client, database } = await harness.open(options)
    await store.append(counters(2, MIDNIGHT - 4 * DAY, NOON, 5 * MINUTE))
    expect((await store.buckets.downsampler.pass(never)).madeDays).toBe(6)
    expect((await store.buckets.downsampler.pass(never)).madeDays).toBe(0)
    const { bucketed } = enginesOver(store)
    expect(await isWholeFromBuckets(bucketed)).toBe(false)
    const { store: later } = await harness.open({ ...options, nowMs: () => NOON + DAY }, database)
    expect((await later.buckets.downsampler.pass(never)).madeDays).toBe(2)
    expect(await isWholeFromBuckets(enginesOver(later).bucketed)).toBe(true)

    const lateMs = MIDNIGHT - 2 * DAY + 7 * HOUR + 1234
    await later.append(lone(1, lateMs, 77))
    await answerAlike({ store: later, client, database })
    expect(await isWholeFromBuckets(enginesOver(later).bucketed)).toBe(false)
    // The day before it is made of its midnight, too.
    expect((await later.buckets.downsampler.pass(never)).madeDays).toBe(4)
    expect(await isWholeFromBuckets(enginesOver(later).bucketed)).toBe(true)
    await answerAlike({ store: later, client, database })
  })

  it('tell after a restart that samples came since they were made', async () => {
    const nowMs = () => NOON + DAY
    const first = await harness.open({ ...options, nowMs })
    await first.store.append(counters(2, MIDNIGHT - 4 * DAY, NOON, 5 * MINUTE))
    await first.store.buckets.downsampler.pass(never)
    await first.store.append(lone(0, MIDNIGHT - DAY, 1e6))
    await first.store.append(lone(0, MIDNIGHT - DAY - 1, 1e6))
    const again = await harness.open({ ...options, nowMs }, first.database)
    expect(await isWholeFromBuckets(enginesOver(again.store).bucketed)).toBe(false)
    await answerAlike(again)
    // The sample at midnight belongs to the day before it, and lies with those of the next.
    expect((await again.store.buckets.downsampler.pass(never)).madeDays).toBe(4)
    expect(await isWholeFromBuckets(enginesOver(again.store).bucketed)).toBe(true)
    await answerAlike(again)
  })

  it('count when they are whole only, also when the engine is killed between slices', async () => {
    const nowMs = () => NOON + DAY
    const { store, client, database } = await harness.open({
      ...options,
      nowMs,
      samplesPerSlice: 100,
    })
    await store.append(counters(2, MIDNIGHT - 4 * DAY, MIDNIGHT, 5 * MINUTE))
    let slices = 0
    const before = harness.engine.pid
    client.beforeCommand = (statement) => {
      if (statement.includes('INSERT INTO {db}.sample_buckets') && ++slices === 40)
        process.kill(before ?? 0, 'SIGKILL')
    }
    await expect(store.buckets.downsampler.pass(never)).rejects.toThrow(/./)
    await vi.waitFor(() => expect(harness.engine.pid).not.toBe(before), { timeout: 60_000 })
    await harness.engine.whenReady()
    client.beforeCommand = () => undefined
    expect(await countRows(client, 'sample_buckets')).toBeGreaterThan(0)
    await answerAlike({ store, client, database })
    const again = await harness.open({ ...options, nowMs }, database)
    await answerAlike(again)
    await again.store.buckets.downsampler.pass(never)
    expect(await isWholeFromBuckets(enginesOver(again.store).bucketed)).toBe(true)
    await answerAlike(again)
    // What the interruption left is deleted in time.
    const made = await countRows(client, 'sample_buckets')
    const much = await harness.open({ ...options, nowMs: () => NOON + DAY + 3 * HOUR }, database)
    await much.store.buckets.downsampler.pass(never)
    expect(await countRows(client, 'sample_buckets')).toBeLessThan(made)
    await answerAlike(much)
  })

  it('lose what is deleted', async () => {
    const nowMs = () => NOON + DAY
    const opened = await harness.open({ ...options, nowMs })
    const { store } = opened
    await store.append(counters(3, MIDNIGHT - 4 * DAY, MIDNIGHT, 5 * MINUTE))
    await store.buckets.downsampler.pass(never)
    await store.deleteSeries([[matcher('i', '=', '1')]], 0, NOON + DAY)
    expect(await isWholeFromBuckets(enginesOver(store).bucketed)).toBe(true)
    await answerAlike(opened)
    // A bucket that is cut is answered from raw samples until its day is made again.
    const cutMs = MIDNIGHT - 2 * DAY + 1000
    await store.deleteSeries([[matcher('i', '=', '2')]], cutMs, cutMs + 90 * MINUTE)
    expect(await isWholeFromBuckets(enginesOver(store).bucketed)).toBe(false)
    await answerAlike(opened)
    await store.buckets.downsampler.pass(never)
    expect(await isWholeFromBuckets(enginesOver(store).bucketed)).toBe(true)
    await answerAlike(opened)
    const again = await harness.open({ ...options, nowMs }, opened.database)
    await answerAlike(again)
  })

  it('are made of random samples that come in any order, over restarts', async () => {
    const random = createRandom(77)
    let nowMs = MIDNIGHT + 3 * HOUR
    let opened = await harness.open({ ...options, nowMs: () => nowMs })
    for (let round = 0; round < 8; round++) {
      const startMs = MIDNIGHT - 4 * DAY + Math.floor(random() * 4 * DAY)
      await opened.store.append(randomSeries(random, 6, startMs, startMs + 20 * HOUR))
      if (random() < 0.5) await opened.store.buckets.downsampler.pass(never)
      if (random() < 0.3) {
        opened = await harness.open({ ...options, nowMs: () => nowMs }, opened.database)
      }
      nowMs += Math.floor(random() * 6 * HOUR)
      await answerAlike(opened)
    }
    await opened.store.buckets.downsampler.pass(never)
    expect((await answerAlike(opened)).length).toBeGreaterThan(0)
  })
})

describe('samples that are kept no longer', () => {
  it('are answered from buckets over thirty days, which says so', async () => {
    let nowMs = MIDNIGHT
    const rules = [{ matchers: [matcher('i', '=', '1')], timeMs: 3 * DAY }]
    const retention = { timeMs: 10 * DAY, sizeBytes: 0, rules }
    const downsampling = levels.map((level) => ({ ...level, keepMs: level.keepMs / 2 }))
    const asked = { ...options, downsampling, retention, nowMs: () => nowMs }
    const opened = await harness.open(asked)
    const { store } = opened
    for (let piece = 0; piece < 6; piece++) {
      nowMs += 5 * DAY
      await store.append(counters(2, nowMs - 5 * DAY, nowMs, 5 * MINUTE))
      if (piece % 3 === 0) continue
      await store.buckets.downsampler.pass(never)
      store.trim()
      await store.applyRetention()
    }
    // Retention waits for what is due.
    nowMs += 2 * DAY
    await store.applyRetention()
    await store.buckets.downsampler.pass(never)
    await store.applyRetention()
    const days = await opened.client.rows(
      'SELECT uniqExact(toDate(ts)) AS days, uniqExact(id) AS series FROM {db}.samples WHERE ts < now64() + INTERVAL 10000 DAY',
    )
    expect(Number(days[0]?.['days'])).toBeLessThanOrEqual(9)

    const again = await harness.open(asked, opened.database)
    for (const one of [store, again.store]) {
      const { bucketed, raw } = enginesOver(one)
      const ask = { startMs: MIDNIGHT + DAY, endMs: nowMs - 2 * DAY, stepMs: 2 * HOUR }
      const exact = await bucketed.evaluate({ ...ask, query: 'rate(c_total{i="0"}[2h])' })
      expect(exact.values.length).toBe(29 * 12 + 1)
      for (const value of exact.values) expect(value).toBeCloseTo(1, 9)
      expect(exact.infos.join('\n')).toMatch(/answered exactly, from 1h aggregates/)
      expect(exact.infos.join('\n')).not.toMatch(/approximately/)

      const cut = await bucketed.evaluate({
        ...ask,
        startMs: ask.startMs + 17 * MINUTE,
        stepMs: 10 * MINUTE,
        query: 'rate(c_total{i="0"}[12m])',
      })
      expect(cut.infos.join('\n')).toMatch(/answered approximately, .* from 5m aggregates/)
      expect(cut.infos.join('\n')).toMatch(/answered approximately, .* from 1h aggregates/)
      expect(cut.values.length).toBeGreaterThan(29 * 144 - 20)
      for (const value of cut.values) expect(value).toBeCloseTo(1, 9)

      const instant = await bucketed.evaluate({
        ...ask,
        startMs: ask.startMs + 17 * MINUTE,
        query: 'timestamp(c_total{i="0"})',
      })
      expect(instant.values.length).toBeGreaterThanOrEqual(29 * 12 - 1)
      for (const [i, seconds] of instant.values.entries()) {
        const ageMs = (instant.timestampsMs[i] as number) - seconds * 1000
        expect(ageMs).toBeGreaterThanOrEqual(0)
        expect(ageMs).toBeLessThan(65 * MINUTE)
      }
      // What a rule of retention keeps for a shorter time is not kept longer by the aggregates.
      const short = await bucketed.evaluate({ ...ask, query: 'c_total{i="1"}' })
      expect(Math.min(...short.timestampsMs)).toBeGreaterThanOrEqual(nowMs - 5 * DAY)
      // Raw samples that are there answer as ever.
      const recent = { ...ask, startMs: nowMs - 8 * DAY, query: 'stddev_over_time(c_total[1h])' }
      expectEqual(await bucketed.evaluate(recent), await raw.evaluate(recent), 'recent')
    }
    const stats = again.store.buckets.downsampler.stats()
    expect(stats.map(({ resolutionMs }) => resolutionMs)).toEqual([HOUR, 5 * MINUTE])
    expect(stats[1]?.days).toBeLessThanOrEqual(21 + 2)
    for (const { bytes, rows, untilMs } of stats) {
      expect(Math.min(bytes, rows, untilMs)).toBeGreaterThan(0)
    }
  })

  it('leave their buckets when they are dropped for their size', async () => {
    const nowMs = () => NOON
    const opened = await harness.open({ ...options, nowMs })
    await opened.store.append(counters(2, MIDNIGHT - 6 * DAY, MIDNIGHT, 5 * MINUTE))
    await opened.store.buckets.downsampler.pass(never)
    const query = { ...whole, startMs: MIDNIGHT - 5 * DAY, endMs: MIDNIGHT - 4 * DAY }
    const before = await enginesOver(opened.store).raw.evaluate(query)
    for (const day of ['2026-05-04', '2026-05-05', '2026-05-06']) {
      for (const table of ['samples', 'series_days'])
        await opened.client.command(`ALTER TABLE {db}.${table} DROP PARTITION (0, '${day}')`)
    }
    opened.store.forgetBefore(Date.UTC(2026, 4, 7))
    expectEqual(await enginesOver(opened.store).bucketed.evaluate(query), before, 'at once')
    const again = await harness.open({ ...options, nowMs }, opened.database)
    const got = await enginesOver(again.store).bucketed.evaluate(query)
    expectEqual(got, before, 'after a restart')
    expect(cellsOf(got).size).toBe(50)
  })
})

it('a store of the schema before buckets goes on, and gets them', async () => {
  const { url, socketPath } = harness.engine
  const client = new UnluckyClient({ url, socketPath, database: 'before_buckets' })
  try {
    await migrate(
      client,
      MIGRATIONS.filter(({ version }) => version <= 10),
    )
    await client.command(
      `INSERT INTO {db}.samples SELECT 0, 7, 9, fromUnixTimestamp64Milli(toInt64(${MIDNIGHT - 3 * DAY} + number * 60000), 'UTC'), number FROM numbers(4320)`,
    )
  } finally {
    await client.close()
  }
  const { store, client: after } = await harness.open(options, 'before_buckets')
  const pass = await store.buckets.downsampler.pass(never)
  expect(pass.madeDays).toBe(4)
  const rows = await after.rows(
    'SELECT res, count() AS buckets, sum(n) AS samples FROM {db}.sample_buckets GROUP BY res ORDER BY res',
  )
  expect(rows.map(({ res, buckets }) => [Number(res), Number(buckets)])).toEqual([
    [300, 2 * 288],
    [3600, 2 * 24],
  ])
})
