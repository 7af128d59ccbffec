import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, afterEach, beforeAll } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { Labels } from '../../src/model/labels.ts'
import { createLog } from '../../src/self/log.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import type { MetricsStoreOptions } from '../../src/store/metrics-store-options.ts'
import type { QueryBounds } from '../../src/store/metrics-source.ts'
import type { Sample } from './store-model.ts'
import { UnluckyClient } from './unlucky-client.ts'

export const MINUTE = 60_000
export const HOUR = 3_600_000
export const DAY = 86_400_000
export const NOON = Date.UTC(2026, 4, 10, 12)

export const bounds: QueryBounds = {
  signal: new AbortController().signal,
  maxSeries: 100_000,
  maxSamples: 10_000_000,
}

export interface Harness {
  readonly store: MetricsStore
  readonly client: UnluckyClient
  readonly database: string
}

/** One engine for the tests of a file, and stores over it that go with each test. */
export class StoreHarness {
  #dataDir = ''
  #engine!: EngineHandle
  #databases = 0
  readonly #opened: Harness[] = []

  /** To be called once in a file. */
  constructor() {
    beforeAll(async () => {
      this.#dataDir = await mkdtemp(path.join(tmpdir(), 'store-'))
      this.#engine = await startEngine({
        dataDir: this.#dataDir,
        memoryBudgetBytes: 300e6,
        log: createLog({ level: 'error' }),
      })
      await this.#engine.whenReady()
    })
    afterEach(async () => {
      for (const { store, client } of this.#opened.splice(0)) {
        await store.stop(5000)
        await client.close()
      }
    })
    afterAll(async () => {
      await this.#engine.stop()
      await rm(this.#dataDir, { recursive: true })
    })
  }

  get engine(): EngineHandle {
    return this.#engine
  }

  /** A store over a database of its own, or over that of an earlier one. */
  async open(
    options: Partial<MetricsStoreOptions> = {},
    database = `t${++this.#databases}`,
  ): Promise<Harness> {
    const { url, socketPath } = this.#engine
    const client = new UnluckyClient({ url, socketPath, database })
    const store = await MetricsStore.open({
      client,
      nowMs: () => NOON,
      retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] },
      ...options,
    })
    this.#opened.push({ store, client, database })
    return { store, client, database }
  }
}

/** A sample of `up{i="…"}`; the value is the low word of its bits. */
export function sample(i: number | string, timestampMs: number, value = 0): Sample {
  return { series: Labels.from({ __name__: 'up', i: String(i) }), timestampMs, low: value, high: 0 }
}

export function range(count: number): number[] {
  return Array.from({ length: count }, (_, i) => i)
}

/** A door that is closed until `open` is called. */
export function createGate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let openGate = (): void => undefined
  const passed = new Promise<void>((resolve) => {
    openGate = resolve
  })
  return { passed, open: openGate }
}

export async function countRows(client: UnluckyClient, table = 'samples'): Promise<number> {
  const rows = await client.rows(`SELECT count() AS n FROM {db}.${table}`)
  return Number(rows[0]?.['n'])
}
