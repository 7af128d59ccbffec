import { randomInt } from 'node:crypto'
import assert from 'node:assert/strict'
import { it } from 'vitest'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import { SharedHarness } from './shared-harness.ts'
import { bounds, DAY, HOUR, MINUTE } from './store-harness.ts'
import { batchOf, bitsOf, Dice, readColumns, type Sample } from './store-model.ts'

/**
 * Two stores that share an engine over TCP, and one plain model: random appends to either, the same samples to both, scrapes, restarts,
 * deletions and the clock. `SHARED_SEED=… npx vitest run test/integration/shared-random.test.ts` runs a failure again.
 */
const seeds = process.env['SHARED_SEED']?.split(',').map(Number) ?? [randomInt(1, 1e9)]
const STEPS = Number(process.env['SHARED_STEPS'] ?? 60)
const ALL = [matcher('__name__', '=~', '.+')]
const KEEP_MS = 4 * DAY

const harness = new SharedHarness()

class Run {
  readonly #dice: Dice
  readonly #database = harness.newDatabase()
  readonly #model = new Map<string, Map<number, string>>()
  readonly #stores: MetricsStore[] = []
  readonly history: string[] = []
  #nowMs = Date.UTC(2026, 4, 10, 22, 30)

  constructor(seed: number) {
    this.#dice = new Dice(seed)
  }

  async begin(): Promise<void> {
    for (const place of [0, 1]) this.#stores[place] = await this.#open()
  }

  async step(): Promise<void> {
    const dice = this.#dice
    const place = dice.below(2)
    const store = this.#stores[place] as MetricsStore
    const what = dice.below(100)
    if (what < 50) await this.#append(place)
    else if (what < 65) this.#offer(place)
    else if (what < 80) {
      this.#nowMs += dice.pick([1000, MINUTE, 20 * MINUTE, HOUR, 3 * HOUR])
      for (const one of this.#stores) one.trim()
    } else if (what < 88) await this.#delete(store)
    else if (what < 94) {
      this.#tell(`restart of ${place}`)
      assert.equal(await store.stop(60_000), true)
      this.#stores[place] = await this.#open()
    } else for (const one of this.#stores) await one.applyRetention()
    await this.check()
  }

  /** Both answer what the model holds. */
  async check(): Promise<void> {
    // Scrapes are durable after a second; an empty push waits for them.
    for (const store of this.#stores) await store.append(batchOf([]))
    for (const [place, store] of this.#stores.entries()) {
      await store.follow()
      const startMs = this.#dice.pick([0, this.#nowMs - HOUR, this.#nowMs - DAY])
      const endMs = this.#dice.pick([this.#nowMs + HOUR, this.#nowMs - 30 * MINUTE])
      const request = { matchers: ALL, startMs, endMs }
      const columns = await store.select(request, bounds)
      const found = readColumns(columns)
      columns.release?.()
      assert.deepEqual({ place, found }, { place, found: this.#expected(startMs, endMs) })
    }
  }

  async #open(): Promise<MetricsStore> {
    return harness.ending(
      await MetricsStore.open({
        client: harness.client(this.#database),
        nowMs: () => this.#nowMs,
        retention: { timeMs: KEEP_MS, sizeBytes: 0, rules: [] },
        limits: { hotWindowMs: 30 * MINUTE, hotBytes: 60_000 },
      }),
    )
  }

  async #append(place: number): Promise<void> {
    const samples = this.#anySamples(6 * HOUR)
    this.#tell(`append of ${samples.length} to ${place}`)
    const batch = batchOf(samples)
    const isToBoth = this.#dice.chance(0.3)
    const targets = isToBoth ? this.#stores : [this.#stores[place] as MetricsStore]
    const results = await Promise.all(targets.map((store) => store.append(batch)))
    for (const { rejectedCount } of results) assert.equal(rejectedCount, 0)
    this.#take(samples)
  }

  #offer(place: number): void {
    const samples = this.#anySamples(5 * MINUTE)
    this.#tell(`offer of ${samples.length} to ${place}`)
    assert.equal(this.#stores[place]?.offer(batchOf(samples)).rejectedCount, 0)
    this.#take(samples)
  }

  async #delete(store: MetricsStore): Promise<void> {
    const i = String(this.#dice.below(6))
    this.#tell(`delete ${i}`)
    for (const one of this.#stores) await one.append(batchOf([]))
    await store.follow()
    await store.deleteSeries([[matcher('i', '=', i)]], 0, this.#nowMs + HOUR)
    this.#model.delete(series(i).key)
  }

  #anySamples(backMs: number): Sample[] {
    const dice = this.#dice
    return Array.from({ length: dice.pick([1, 3, 20, 80]) }, () => {
      const timestampMs = this.#nowMs - dice.below(backMs / 1000) * 1000
      const i = dice.below(6)
      // One value for each series and time: then it does not matter who comes first.
      return {
        series: series(String(i)),
        timestampMs,
        low: i * 1000 + (timestampMs % 977),
        high: 0,
      }
    })
  }

  #take(samples: readonly Sample[]): void {
    for (const sample of samples) {
      const times = this.#model.get(sample.series.key) ?? new Map<number, string>()
      this.#model.set(sample.series.key, times.set(sample.timestampMs, bitsOf(sample)))
    }
  }

  #expected(startMs: number, endMs: number): Map<string, Map<number, string>> {
    const expected = new Map<string, Map<number, string>>()
    for (const [key, times] of this.#model) {
      const within = [...times].filter(([time]) => time >= startMs && time <= endMs)
      if (within.length > 0) expected.set(key, new Map(within))
    }
    return expected
  }

  #tell(text: string): void {
    this.history.push(`${new Date(this.#nowMs).toISOString()} ${text}`)
  }
}

function series(i: string): Labels {
  return Labels.from({ __name__: 'up', i })
}

it.each(seeds)(
  'two stores that share an engine hold what a plain model holds (SHARED_SEED=%i)',
  async (seed) => {
    const run = new Run(seed)
    await run.begin()
    try {
      for (let step = 0; step < STEPS; step++) await run.step()
    } catch (thrown) {
      const shown = thrown instanceof Error ? thrown.message : String(thrown)
      throw new Error(`seed ${seed}, after\n${run.history.slice(-10).join('\n')}\n${shown}`, {
        cause: thrown,
      })
    }
  },
  300_000,
)
