import type { EngineHandle } from '../../src/engine/supervise.ts'
import { Labels } from '../../src/model/labels.ts'
import { matcher, type Matcher } from '../../src/model/matcher.ts'
import { wordsOf, writeStale } from '../../src/model/stale.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import type { QueryBounds } from '../../src/store/metrics-source.ts'
import { batchOf, bitsOf, Dice, readColumns, StoreModel, type Sample } from './store-model.ts'
import { UnluckyClient } from './unlucky-client.ts'

const SECOND = 1000
const MINUTE = 60_000
const HOUR = 3_600_000
const DAY = 86_400_000
const HOT_MS = 30 * MINUTE
const KEEP_MS = 4 * DAY
const KEEP_SHORT_MS = DAY
const BOUNDS: QueryBounds = {
  signal: new AbortController().signal,
  maxSeries: 10_000,
  maxSamples: 10_000_000,
}
const ALL = [matcher('__name__', '=~', '.+')]
const SELECTIONS: readonly (readonly Matcher[])[] = [
  ALL,
  [matcher('__name__', '=', 'up')],
  [matcher('__name__', '=', 'short')],
  [matcher('__name__', '=', 'up'), matcher('i', '=', '1')],
  [matcher('i', '=', '0')],
  [matcher('__name__', '=', 'up'), matcher('i', '=~', '[0-2]')],
  [matcher('__name__', '=', 'up'), matcher('i', '!=', '2')],
]

let databases = 0

function series(name: string, i: number): Labels {
  return Labels.from({ __name__: name, i: String(i) })
}

function keepMsOf(labels: Labels): number {
  return labels.name === 'short' ? KEEP_SHORT_MS : KEEP_MS
}

const BITS = wordsOf(Float64Array.of(0, -0, 1, 2, 3.5, Number.NaN, Number.POSITIVE_INFINITY, 0))
writeStale(BITS, 7)

/** One store and its model through a random life, all decided by the seed. */
export class RandomRun {
  /** What was done, one line a step. */
  readonly history: string[] = []
  readonly #engine: EngineHandle
  readonly #dice: Dice
  readonly #database = `random${++databases}`
  readonly #model = new StoreModel(keepMsOf)
  #nowMs = Date.UTC(2026, 4, 10, 22, 30)
  #client!: UnluckyClient
  #store!: MetricsStore
  #seriesCount = 4
  /** Offered, not known to be durable. */
  #unsure: Sample[] = []

  constructor(engine: EngineHandle, seed: number) {
    this.#engine = engine
    this.#dice = new Dice(seed)
  }

  async open(): Promise<void> {
    const { url, socketPath } = this.#engine
    this.#client = new UnluckyClient({ url, socketPath, database: this.#database })
    const dice = this.#dice
    this.#store = await MetricsStore.open({
      client: this.#client,
      nowMs: () => this.#nowMs,
      retention: {
        timeMs: KEEP_MS,
        sizeBytes: 0,
        rules: [{ matchers: [matcher('__name__', '=', 'short')], timeMs: KEEP_SHORT_MS }],
      },
      limits: { hotWindowMs: HOT_MS, hotRestoreSamples: 300, hotBytes: 60_000 },
      // Nobody has to wait for the next try.
      events: { onWriteFailure: () => setTimeout(() => this.#store.engineReturned(), 2) },
    })
    this.#client.fate = () =>
      dice.chance(0.95) ? 'fine' : dice.chance(0.5) ? 'committed' : 'never arrived'
  }

  async step(): Promise<void> {
    const what = this.#dice.below(100)
    if (what < 30) await this.#append()
    else if (what < 42) this.#offer()
    else if (what < 60) await this.#burst()
    else if (what < 72) this.#advance()
    else if (what < 78) await this.#restart()
    else if (what < 82) await this.#crash()
    else if (what < 86) await this.#delete()
    else if (what < 90) await this.#expire()
    await this.#check()
  }

  /** Everything is durable, once, and survives a restart. */
  async finish(): Promise<void> {
    await this.#restart()
    await this.#checkRange(ALL, 0, this.#nowMs + HOUR)
    const rows = await this.#client.rows(
      `SELECT count() AS n, uniqExact(id, ts) AS u FROM {db}.samples`,
    )
    if (rows[0]?.['n'] !== rows[0]?.['u']) throw new Error(`rows twice: ${JSON.stringify(rows)}`)
  }

  async close(): Promise<void> {
    await this.#store.stop(5000)
    // Parts take memory of the engine, however little is in them.
    await this.#client.command('DROP DATABASE {db} SYNC')
    await this.#client.close()
  }

  /** To be called while work of the store rests: others have their turns now. */
  rest(): void {
    if (this.#dice.chance(0.03)) void this.#client.meanwhile()
  }

  #tell(text: string): void {
    this.history.push(`${this.history.length} ${new Date(this.#nowMs).toISOString()} ${text}`)
  }

  // Samples.

  #anySeries(): Labels {
    return series(this.#dice.chance(0.75) ? 'up' : 'short', this.#dice.below(this.#seriesCount))
  }

  #anyTime(): number {
    const dice = this.#dice
    const jitter = dice.below(9) - 4
    switch (dice.below(9)) {
      case 0:
        return this.#nowMs - dice.below(KEEP_MS + HOUR)
      case 1:
        // About the beginning of the hot window.
        return this.#nowMs - HOT_MS + jitter
      case 2:
        return Math.floor(this.#nowMs / DAY) * DAY - dice.below(3) * DAY + jitter
      case 3:
        return this.#nowMs + dice.pick([jitter, 600_000 + jitter, HOUR])
      case 4:
        return this.#nowMs - KEEP_MS + jitter
      case 5:
        return this.#nowMs - dice.below(60) * MINUTE
      default:
        return this.#nowMs - dice.below(100) * 10 * SECOND
    }
  }

  #anySample(): Sample {
    const value = this.#dice.below(BITS.length / 2)
    return {
      series: this.#anySeries(),
      timestampMs: this.#anyTime(),
      low: BITS[value * 2] as number,
      high: BITS[value * 2 + 1] as number,
    }
  }

  #anySamples(): Sample[] {
    const count = this.#dice.pick([1, 2, 5, 20, 60, 200])
    return Array.from({ length: count }, () => this.#anySample())
  }

  // Steps.

  async #append(): Promise<void> {
    const samples = this.#anySamples()
    this.#tell(`append ${samples.length}: ${samples.slice(0, 3).map(shown).join(' ')}`)
    const verdicts = samples.map((sample) => this.#judgeAndTake(sample))
    const accepted = verdicts.filter((verdict) => verdict === 'new' || verdict === 'same').length
    // A sender that is told to come again sends the same once more.
    const isUnlucky = this.#dice.chance(0.2)
    this.#client.failsRead = () => isUnlucky && this.#dice.chance(0.5)
    for (let isFirst = true; ; isFirst = false) {
      try {
        const result = await this.#store.append(batchOf(samples))
        if (isFirst) expectEqual('accepted', result.accepted, accepted)
        expectEqual('sum', result.accepted + result.rejectedCount, samples.length)
        break
      } catch (thrown) {
        if (!isUnlucky) throw thrown
      }
    }
    this.#client.failsRead = () => false
    this.#unsure = []
  }

  #offer(): void {
    const samples = this.#anySamples().filter(
      // Older ones are decided later, by the engine.
      ({ timestampMs }) => timestampMs > this.#nowMs - 5 * MINUTE,
    )
    this.#tell(`offer ${samples.length}: ${samples.slice(0, 3).map(shown).join(' ')}`)
    let accepted = 0
    for (const sample of samples) {
      const verdict = this.#judgeAndTake(sample)
      if (verdict === 'new') this.#unsure.push(sample)
      if (verdict === 'new' || verdict === 'same') accepted++
    }
    expectEqual('accepted', this.#store.offer(batchOf(samples)).accepted, accepted)
  }

  #judgeAndTake(sample: Sample): string {
    const verdict = this.#model.judge(sample, this.#nowMs)
    if (verdict === 'new') this.#model.take(sample)
    return verdict
  }

  /** Senders and queries at the same time, with the clock, the trimming and other senders between all awaits. */
  async #burst(): Promise<void> {
    const dice = this.#dice
    const safe = (sample: Sample): boolean =>
      this.#model.judge(sample, this.#nowMs + HOUR) === 'new' &&
      this.#model.judge(sample, this.#nowMs) === 'new'
    const count = dice.pick([40, 40, 400])
    const fresh = Array.from({ length: count }, () => this.#anySample()).filter(safe)
    const keyOf = (sample: Sample): string => `${sample.series.key}@${sample.timestampMs}`
    const unique = [...new Map(fresh.map((sample) => [keyOf(sample), sample])).values()]
    const parts = Array.from({ length: 4 }, (): Sample[] => [])
    for (const sample of unique) {
      for (const part of parts) {
        if (dice.chance(0.4))
          part.push(dice.chance(0.8) ? sample : { ...sample, low: sample.low + 7 })
      }
    }
    this.#tell(
      `burst ${parts.map((part) => part.length).join('+')}: ${unique.slice(0, 3).map(shown).join(' ')}`,
    )
    const before = this.#snapshot()
    const possible = new Map<string, Set<string>>()
    for (const sample of parts.flat()) {
      const key = keyOf(sample)
      possible.set(key, (possible.get(key) ?? new Set()).add(bitsOf(sample)))
    }
    let newcomers = 0
    this.#client.meanwhile = () => {
      if (dice.chance(0.3)) this.#nowMs += dice.below(20 * SECOND)
      if (dice.chance(0.3)) this.#store.trim()
      if (dice.chance(0.3) && newcomers < 3) {
        newcomers++
        const newcomer = series(dice.pick(['up', 'short']), this.#seriesCount++)
        const sample = { series: newcomer, timestampMs: this.#nowMs - SECOND, low: 0, high: 0 }
        this.#judgeAndTake(sample)
        possible.set(keyOf(sample), new Set([bitsOf(sample)]))
        this.#store.offer(batchOf([sample]))
        this.#unsure.push(sample)
      }
    }
    const appends = parts.map((part) => this.#store.append(batchOf(part)))
    const selects = Array.from({ length: 4 }, async () => {
      const selection = dice.pick(SELECTIONS)
      const startMs = this.#nowMs - dice.pick([KEEP_SHORT_MS - HOUR, 2 * HOUR, HOT_MS + 2])
      const found = readColumns(
        await this.#store.select(
          { matchers: selection, startMs, endMs: this.#nowMs + HOUR },
          BOUNDS,
        ),
      )
      checkDuring(found, before, possible, selection, startMs)
    })
    const [results] = await Promise.all([Promise.all(appends), Promise.all(selects)])
    this.#client.meanwhile = () => undefined
    await this.#settle(
      parts,
      results.map((result) => result.accepted),
    )
  }

  /** Who won where two values came for one time is for the store to say, but only once. */
  async #settle(parts: readonly Sample[][], accepted: readonly number[]): Promise<void> {
    const found = readColumns(
      await this.#store.select({ matchers: ALL, startMs: 0, endMs: this.#nowMs + HOUR }, BOUNDS),
    )
    for (const [i, part] of parts.entries()) {
      let won = 0
      for (const sample of part) {
        const bits = found.get(sample.series.key)?.get(sample.timestampMs)
        if (bits === undefined) throw new Error(`burst: ${shown(sample)} is not there`)
        if (bits !== bitsOf(sample)) continue
        won++
        this.#model.take(sample)
      }
      expectEqual(`accepted of part ${i}`, accepted[i], won)
    }
    this.#unsure = []
  }

  #advance(): void {
    const dice = this.#dice
    this.#nowMs +=
      dice.pick([SECOND, 15 * SECOND, MINUTE, 10 * MINUTE, HOUR, 5 * HOUR]) + dice.below(3)
    this.#tell('advance and trim')
    this.#store.trim()
  }

  async #restart(): Promise<void> {
    this.#tell('restart')
    if (!(await this.#store.stop(60_000))) throw new Error('not all was stored')
    await this.#client.close()
    await this.open()
    this.#unsure = []
  }

  async #crash(): Promise<void> {
    this.#tell(`crash with ${this.#unsure.length} unsure`)
    await this.#client.kill()
    await this.#store.stop(1)
    await this.#client.close()
    await this.open()
    const found = readColumns(
      await this.#store.select({ matchers: ALL, startMs: 0, endMs: this.#nowMs + HOUR }, BOUNDS),
    )
    for (const { series: labels, timestampMs } of this.#unsure) {
      if (found.get(labels.key)?.has(timestampMs) !== true) {
        this.#model.samples.get(labels.key)?.delete(timestampMs)
      }
    }
    this.#unsure = []
  }

  async #delete(): Promise<void> {
    const selection = this.#dice.pick(SELECTIONS)
    const startMs = this.#anyTime()
    const endMs = startMs + this.#dice.pick([0, MINUTE, HOUR, DAY])
    this.#tell(`delete ${nameOf(selection)} ${startMs}..${endMs}`)
    await this.#store.deleteSeries([selection], startMs, endMs)
    this.#model.delete((labels) => accepts(selection, labels), startMs, endMs)
  }

  async #expire(): Promise<void> {
    this.#nowMs += this.#dice.pick([0, HOUR, 12 * HOUR])
    this.#tell('apply retention')
    this.#store.trim()
    await this.#store.applyRetention()
  }

  // Checks.

  async #check(): Promise<void> {
    const dice = this.#dice
    const startMs = this.#anyTime()
    const endMs = dice.pick([startMs, startMs + MINUTE, startMs + 2 * HOUR, this.#nowMs + HOUR])
    await this.#checkRange(dice.pick(SELECTIONS), startMs, endMs)
    if (dice.chance(0.2)) await this.#checkRange(ALL, 0, this.#nowMs + HOUR)
  }

  async #checkRange(selection: readonly Matcher[], startMs: number, endMs: number): Promise<void> {
    const found = readColumns(
      await this.#store.select({ matchers: selection, startMs, endMs }, BOUNDS),
    )
    const where = `${nameOf(selection)} in ${startMs}..${endMs}`
    for (const [key, times] of this.#model.samples) {
      if (!accepts(selection, key)) continue
      const cutoffMs = this.#nowMs - (key.includes('short') ? KEEP_SHORT_MS : KEEP_MS)
      for (const [time, bits] of times) {
        if (time < startMs || time > endMs || time < cutoffMs) continue
        const got = found.get(key)?.get(time)
        if (got !== bits) throw new Error(`${where}: ${key} at ${time} is ${got}, must be ${bits}`)
      }
    }
    for (const [key, times] of found) {
      for (const [time, bits] of times) {
        const known = this.#model.samples.get(key)?.get(time)
        const isWanted = accepts(selection, key) && time >= startMs && time <= endMs
        if (known !== bits || !isWanted) {
          throw new Error(`${where}: ${key} at ${time} is ${bits}, must be ${known}`)
        }
      }
    }
  }

  #snapshot(): ReadonlyMap<string, ReadonlyMap<number, string>> {
    return new Map([...this.#model.samples].map(([key, times]) => [key, new Map(times)]))
  }
}

/** An answer given while senders were at work holds all that was there, and nothing that was never sent. */
function checkDuring(
  found: ReadonlyMap<string, ReadonlyMap<number, string>>,
  before: ReadonlyMap<string, ReadonlyMap<number, string>>,
  possible: ReadonlyMap<string, ReadonlySet<string>>,
  selection: readonly Matcher[],
  startMs: number,
): void {
  for (const [key, times] of before) {
    if (!accepts(selection, key)) continue
    for (const [time, bits] of times) {
      const got = found.get(key)?.get(time)
      if (time >= startMs && got !== bits) {
        throw new Error(`during: ${key} at ${time} is ${got}, must be ${bits}`)
      }
    }
  }
  for (const [key, times] of found) {
    for (const [time, bits] of times) {
      if (before.get(key)?.get(time) === bits) continue
      if (possible.get(`${key}@${time}`)?.has(bits) !== true) {
        throw new Error(`during: ${key} at ${time} is ${bits}, which nobody sent`)
      }
    }
  }
}

function accepts(selection: readonly Matcher[], key: string): boolean {
  const labels = Labels.fromSortedFlat(key.split('\uffff'))
  return selection.every((m) => m.matches(labels.get(m.name)))
}

function shown({ series: labels, timestampMs, low, high }: Sample): string {
  return `${labels.toString()}@${timestampMs}=${low}:${high}`
}

function expectEqual(what: string, actual: unknown, expected: unknown): void {
  if (actual !== expected)
    throw new Error(`${what}: ${String(actual)}, expected ${String(expected)}`)
}

function nameOf(selection: readonly Matcher[]): string {
  return selection.map((m) => `${m.name}${m.op}${m.value}`).join()
}
