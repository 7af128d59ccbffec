import { isDeepStrictEqual } from 'node:util'
import { messageOf } from '../../src/model/problem.ts'
import { createLogql } from '../../src/query/logs/create-logql.ts'
import type { LogqlRequest } from '../../src/query/logs/logql.ts'
import type { LinesSource, Tally } from '../../src/store/lines-source.ts'
import type { Random } from '../e2e/tools/random.ts'
import { NOON_NS } from './lines-harness.ts'

const LIMITS = { maxStreams: 1000, maxSeries: 5000, maxSamples: 1_000_000 }
const SECOND_NS = 1_000_000_000n
/** On a slow machine a part ends after so long, and fewer questions are asked. */
const LASTS_MS = 5000

/** Asks a store queries twice: with lines counted by the engine where it can, and with all of them read. */
export class TallyComparison {
  readonly #random: Random
  readonly #queryOf: (random: Random) => string
  readonly #reading: Pick<LinesSource, 'lines'>
  readonly #counting: Pick<LinesSource, 'lines' | 'tally'>
  readonly #tallies: (Tally | undefined)[] = []
  #series = 0
  #asked = 0

  constructor(
    store: Pick<LinesSource, 'lines'> & Required<Pick<LinesSource, 'tally'>>,
    random: Random,
    queryOf: (random: Random) => string,
  ) {
    this.#random = random
    this.#queryOf = queryOf
    this.#reading = { lines: (selection, bounds) => store.lines(selection, bounds) }
    this.#counting = {
      ...this.#reading,
      tally: async (request, bounds) => {
        const tally = await store.tally(request, bounds)
        this.#tallies.push(tally)
        return tally
      },
    }
  }

  /** Asks so many queries at most; the first that has two answers, with both. */
  async findDifference(rounds: number): Promise<unknown> {
    const endMs = performance.now() + LASTS_MS
    for (let round = 0; round < rounds && performance.now() < endMs; round++) {
      this.#asked++
      const request = this.#request()
      const wanted = await this.#ask(request, this.#reading)
      const counted = await this.#ask(request, this.#counting)
      if (!isDeepStrictEqual(counted, wanted)) return { query: request.query, counted, wanted }
    }
    return undefined
  }

  /** Prints what was seen; returns how many queries the engine counted for. */
  report(name: string): number {
    const made = this.#tallies.filter((tally) => tally !== undefined)
    const left = made.filter(({ unread }) => unread.length > 0)
    console.log(
      `${name}: ${made.length} tallies of ${this.#asked} queries, ${this.#series / 2} series; ${left.length} left lines to read`,
    )
    return made.length
  }

  #request(): LogqlRequest {
    const random = this.#random
    return {
      query: this.#queryOf(random),
      startNs: NOON_NS + SECOND_NS * BigInt(random.between(0, 10)),
      endNs: NOON_NS + 65n * SECOND_NS,
      isInstant: random.between(0, 4) === 0,
      stepNs: BigInt(random.pick([1, 2, 5, 7])) * SECOND_NS,
      intervalNs: 0n,
      direction: 'forward',
      limit: 100,
      maxEntries: 0,
      signal: new AbortController().signal,
    }
  }

  async #ask(
    request: LogqlRequest,
    source: Pick<LinesSource, 'lines' | 'tally'>,
  ): Promise<unknown> {
    try {
      const logql = createLogql({ ...unasked, ...source }, () => LIMITS)
      const result = await logql.evaluate(request)
      if (result.type !== 'vector' && result.type !== 'matrix') return result
      this.#series += result.series.length
      return result.series.map(({ labels, timestampsMs, values }) => [
        labels.toString(),
        [...Array.from(timestampsMs)],
        // Sums of the same numbers in another order differ in their last digits.
        Array.from(values, (value) => value.toPrecision(9)),
      ])
    } catch (thrown) {
      // Of several series with an error any may be named.
      return messageOf(thrown).replace(/for series: '.*'/s, '')
    }
  }
}

const unasked: Omit<LinesSource, 'lines' | 'tally'> = {
  streams: () => ({ values: [], truncated: false }),
  labelNames: () => ({ values: [], truncated: false }),
  labelValues: () => ({ values: [], truncated: false }),
  stats: () => Promise.reject(new Error('not asked for')),
  volume: () => Promise.reject(new Error('not asked for')),
}
