import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, describe, expect, it, onTestFinished } from 'vitest'
import { silentLog } from '../../src/self/log.ts'
import type { StoreClient } from '../../src/store/client.ts'
import { readParts } from '../../src/store/disk/disk-usage.ts'
import { dropParts } from '../../src/store/disk/drop-parts.ts'
import { DiskBudget, type DiskBudgetOptions } from '../../src/store/disk/disk-budget.ts'
import type { DiskBudgetSettings } from '../../src/store/disk/share-out.ts'
import type { Signal } from '../../src/store/disk/signals.ts'
import { batchOf as linesOf, linesOver, NOON_NS, readAll } from './lines-harness.ts'
import { DAY, HOUR, NOON, StoreHarness } from './store-harness.ts'

const MIB = 1024 ** 2
const harness = new StoreHarness()
const open = linesOver(harness)
const databases: { client: StoreClient }[] = []

// What one test leaves would be other files for the next.
afterEach(async () => {
  for (const { client } of databases.splice(0)) await client.command('DROP DATABASE {db} SYNC')
})

/** About a mebibyte in one part, of one hour of a day before or after that of noon. */
async function fill(
  client: StoreClient,
  signal: Signal,
  day: number,
  hour: number,
  mebibytes = 1,
): Promise<void> {
  const ms = NOON + day * DAY + (hour - 12) * HOUR
  const rows = Math.round(mebibytes * 2000)
  const ts = (digits: number): string =>
    `fromUnixTimestamp64Milli(toInt64(${ms} + number), 'UTC')::DateTime64(${digits}, 'UTC')`
  const random = (bytes: number): string => `randomString(${bytes})`
  const selects = {
    metrics: `samples SELECT 0, 1, rand64(), fromUnixTimestamp64Milli(toInt64(${ms} + number / 100), 'UTC'), reinterpretAsFloat64(rand64()) FROM numbers(${rows * 30})`,
    logs: `lines (keep, id, ts, body) SELECT 0, 1, ${ts(9)}, ${random(520)} FROM numbers(${rows})`,
    traces: `spans (keep, res, ts, dur, trace, span, name, message) SELECT 0, 1, ${ts(9)}, 1, randomFixedString(16), rand64(), 'a', ${random(490)} FROM numbers(${rows})`,
  }
  await client.command(`INSERT INTO {db}.${selects[signal]}`)
}

async function hoursOf(client: StoreClient, table: string): Promise<number[]> {
  const rows = await client.rows(
    `SELECT DISTINCT intDiv(toUnixTimestamp(ts), 3600) AS hour FROM {db}.${table} ORDER BY hour`,
  )
  return rows.map((row) => Number(row['hour']) - NOON / HOUR + 12)
}

interface Running {
  readonly budget: DiskBudget
  readonly folder: string
  readonly forgotten: (readonly [Signal, number])[]
  set(mebibytes: number | undefined, more?: Partial<DiskBudgetSettings>): Promise<void>
}

/** A budget over the database of a client, and over a folder of the test's own. */
async function keep(
  client: StoreClient,
  mebibytes?: number,
  more: Partial<DiskBudgetOptions> = {},
): Promise<Running> {
  const folder = mkdtempSync(path.join(tmpdir(), 'disk-budget-'))
  const forgotten: (readonly [Signal, number])[] = []
  let settings: DiskBudgetSettings | undefined
  const budget = new DiskBudget({
    ...{ client, folder, log: silentLog(), nowMs: () => NOON },
    settings: () => settings,
    retentionMs: () => ({ metrics: 100 * DAY, logs: 100 * DAY, traces: 100 * DAY }),
    onDrop: (signal, untilMs) => forgotten.push([signal, untilMs]),
    freeBytes: async () => 1e12,
    letGo: async () => undefined,
    ...more,
  })
  const set: Running['set'] = async (of, changes = {}) => {
    settings =
      of === undefined
        ? undefined
        : {
            budgetBytes: of * MIB,
            shares: { metrics: 0.5, logs: 0.3, traces: 0.2 },
            order: ['traces', 'logs', 'metrics'],
            ...changes,
          }
    await budget.apply()
  }
  onTestFinished(async () => {
    await budget.stop()
    rmSync(folder, { recursive: true })
  })
  if (mebibytes !== undefined) await set(mebibytes)
  return { budget, folder, forgotten, set }
}

async function openLines(options: Parameters<typeof open>[0] = {}) {
  const opened = await open(options)
  databases.push(opened)
  return opened
}

describe('a disk budget', { timeout: 60_000 }, () => {
  it('drops the oldest days of who has more than its share, and leaves what is lent to who needs it', async () => {
    const { client } = await openLines()
    for (const day of [-4, -3, -2, -1, 0]) {
      for (const signal of ['metrics', 'logs', 'traces'] as const)
        await fill(client, signal, day, 12, 2)
    }
    const { budget, forgotten, set } = await keep(client)
    await set(100)
    expect(forgotten).toEqual([])
    const { usage } = budget.state ?? {}
    expect(usage?.signals.logs).toBeGreaterThan(9 * MIB)
    // 22 MiB are for data: 11, 7 and 4.
    await set(28)
    const hours = (days: number[]): number[] => days.map((day) => day * 24 + 12)
    expect(await hoursOf(client, 'spans')).toEqual(hours([-1, 0]))
    expect(await hoursOf(client, 'lines')).toEqual(hours([-2, -1, 0]))
    expect(await hoursOf(client, 'samples')).toEqual(hours([-4, -3, -2, -1, 0]))
    expect(forgotten.map(([signal]) => signal)).toEqual(['traces', 'logs'])
    expect(budget.state?.usage.totalBytes).toBeLessThan(23 * MIB)
    expect(budget.state?.droppedBytes.traces).toBeGreaterThan(5 * MIB)
    // In another order others give first.
    await set(24, { order: ['metrics', 'logs', 'traces'] })
    expect((await hoursOf(client, 'samples')).length).toBeLessThan(5)
  })

  it('drops the hours of a day that is the only one, and tells who forgets', async () => {
    const { client, store } = await openLines()
    await store.append(
      linesOf([{ stream: { app: 'early' }, ns: NOON_NS - 11n * 3_600_000_000_000n, text: 'gone' }]),
    )
    for (let hour = 2; hour <= 12; hour++) await fill(client, 'logs', 0, hour)
    await store.append(linesOf([{ stream: { app: 'late' }, ns: NOON_NS, text: 'stays' }]))
    const forgotten: (readonly [Signal, number])[] = []
    const { budget } = await keep(client, 10, {
      onDrop: (signal, untilMs) => {
        forgotten.push([signal, untilMs])
        store.forgetBefore(untilMs)
      },
    })
    const hours = await hoursOf(client, 'lines')
    expect(hours.at(-1)).toBe(12)
    expect(hours[0]).toBeGreaterThan(4)
    expect(hours.length).toBeGreaterThan(3)
    expect(forgotten[0]?.[0]).toBe('logs')
    expect(forgotten.at(-1)?.[1]).toBeLessThanOrEqual(NOON)
    expect(budget.state?.usage.totalBytes).toBeLessThan(8 * MIB)
    expect(await readAll(store)).toEqual(['{app="late"} 0 stays'])
    expect(
      store.streams({ selectors: [], startNs: 0n, endNs: NOON_NS * 2n, limit: 10 }).values,
    ).toHaveLength(1)
  })

  it('drops times of traces with the traces of a day', async () => {
    const { client } = await openLines()
    for (let hour = 1; hour <= 10; hour++) {
      await fill(client, 'traces', 0, hour)
      const ns = (NOON + (hour - 12) * HOUR) * 1e6
      await client.command(
        `INSERT INTO {db}.trace_times SELECT 0, toDate('2026-05-10'), randomFixedString(16), ${ns}, ${ns} FROM numbers(5000)`,
      )
    }
    await keep(client, 8)
    const [row] = await client.rows(
      'SELECT min(last) AS first, count() AS rows FROM {db}.trace_times',
    )
    const [spans] = await hoursOf(client, 'spans')
    expect(spans).toBeGreaterThan(3)
    expect(Number(row?.['first'])).toBe((NOON + ((spans ?? 0) - 12) * HOUR) * 1e6)
  })

  it('refuses what has no room, by name, and takes it when there is some', async () => {
    let refusal = (): string | undefined => undefined
    const { client, store } = await openLines({ refusal: () => refusal() })
    const { budget, folder, set } = await keep(client)
    refusal = () => budget.refusal
    client.guardInserts((table, bytes) => budget.admit(table, bytes))
    const line = linesOf([{ stream: { app: 'a' }, ns: NOON_NS, text: 'a' }])
    await store.append(line)
    writeFileSync(path.join(folder, 'queue'), Buffer.alloc(18 * MIB, 'x'))
    await set(20)
    expect(budget.refusal).toBeUndefined()
    await expect(budget.admit('lines', MIB)).rejects.toThrow(
      /storage\.disk_budget = \d+ bytes\) is used up/,
    )
    expect(budget.refusal).toMatch(/by other files/)
    await expect(store.append(line)).rejects.toThrow(/storage\.disk_budget/)
    await budget.start()
    // For what is not data no more than three quarters of the budget go.
    expect(await hoursOf(client, 'lines')).toEqual([12])
    rmSync(path.join(folder, 'queue'))
    await expect.poll(() => budget.refusal, { timeout: 20_000 }).toBeUndefined()
    await store.append(line)
  })

  it('drops nothing that a backup holds: that would free nothing', async () => {
    const { client } = await openLines()
    for (let hour = 1; hour <= 8; hour++) await fill(client, 'logs', 0, hour)
    const { budget, folder, set } = await keep(client)
    const held = path.join(folder, 'engine/db/shadow/vedette_1/store')
    mkdirSync(held, { recursive: true })
    writeFileSync(path.join(held, 'data.bin'), Buffer.alloc(MIB))
    await set(8)
    expect(await hoursOf(client, 'lines')).toHaveLength(8)
    expect(budget.state?.usage.heldBytes).toBe(MIB)
    await expect(budget.admit('lines', MIB)).rejects.toThrow(/a backup under way holds/)
    rmSync(path.join(folder, 'engine/db/shadow/vedette_1'), { recursive: true })
    await budget.start()
    await expect
      .poll(async () => (await hoursOf(client, 'lines')).length, { timeout: 20_000 })
      .toBeLessThan(7)
    const release = await budget.admit('lines', MIB)
    release()
  })

  it('bounds merges while it is in force, and no longer', async () => {
    const { client } = await openLines()
    const bounds = async (): Promise<string[]> => {
      const rows = await client.rows(
        `SELECT engine_full FROM system.tables WHERE database = {db_name} AND name IN ('lines', 'samples') ORDER BY name`,
      )
      return rows.map(
        (row) =>
          /max_bytes_to_merge_at_max_space_in_pool = \d+/.exec(String(row['engine_full']))?.[0] ??
          'none',
      )
    }
    const { set } = await keep(client, 2400)
    expect(await bounds()).toEqual(
      [29884416, 49807360].map((n) => `max_bytes_to_merge_at_max_space_in_pool = ${n}`),
    )
    await set(240)
    expect(await bounds()).not.toContain('none')
    await set(undefined)
    expect(await bounds()).toEqual(['none', 'none'])
  })

  it('has the engine sweep every table, and drops what is there still when a part is gone', async () => {
    const { client } = await openLines()
    for (const table of [
      'samples',
      'series_days',
      'exemplars',
      'histograms',
      'lines',
      'spans',
      'trace_times',
    ]) {
      await client.command(`ALTER TABLE {db}.${table} DROP PARTITION ID '0-19700101'`)
    }
    await fill(client, 'logs', 0, 1)
    await fill(client, 'logs', 0, 2)
    const { parts } = await readParts(client, 'logs')
    const gone = { table: 'lines', name: '0-20260510_77_77_0' }
    const doomed = [gone, ...parts.slice(0, 1)]
    await dropParts(client, { partitions: [], parts: doomed, bytes: 0, untilMs: 0 })
    expect((await readParts(client, 'logs')).parts).toEqual(parts.slice(1))
  })

  it('tells how fast it grows, how old it is, and when it is full', async () => {
    const { client } = await openLines()
    for (const hour of [7, 8, 9, 10, 11]) await fill(client, 'logs', 0, hour)
    const { budget } = await keep(client, 100)
    const { bytesPerSecond, oldestMs, forecast } = budget.state ?? {}
    expect(oldestMs?.logs).toBe(NOON - 5 * HOUR)
    expect(oldestMs?.metrics).toBeUndefined()
    // Five mebibytes in five hours.
    expect((bytesPerSecond?.logs ?? 0) * 3600).toBeGreaterThan(0.9 * MIB)
    expect((bytesPerSecond?.logs ?? 0) * 3600).toBeLessThan(1.3 * MIB)
    expect((forecast?.fullInMs ?? 0) / HOUR).toBeGreaterThan(55)
    expect((forecast?.fullInMs ?? 0) / HOUR).toBeLessThan(95)
    expect(forecast?.isOfBudget).toBe(true)
    // Nobody else wants its share.
    expect((forecast?.reachMs.logs ?? 0) / HOUR).toBeGreaterThan(60)
  })
})
