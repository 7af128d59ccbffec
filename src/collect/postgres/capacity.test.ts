import { describe, expect, it } from 'vitest'
import type { MetricFamily } from '../../model/metric-family.ts'
import { CapacityEstimate } from './capacity.ts'
import { readStoredHistory, SizeHistory } from './size-history.ts'

const HOUR = 3_600_000
const DAY = 24 * HOUR
const GIB = 2 ** 30

describe('the history of a size', () => {
  it('says nothing until an hour is known', () => {
    const history = new SizeHistory()
    history.note(0, 0)
    history.note(HOUR - 1, 100)
    expect(history.growthPerDay()).toBeUndefined()
    history.note(HOUR, 100)
    expect(history.growthPerDay()).toBeGreaterThan(0)
  })

  it.each([
    ['15 seconds', 15_000],
    ['a minute', 60_000],
    ['an hour', HOUR],
  ])('finds the slope of a week from sizes every %s', (_how, everyMs) => {
    const history = new SizeHistory()
    for (let at = 0; at <= 9 * DAY; at += everyMs) history.note(at, 5 * GIB + (at / DAY) * GIB)
    expect(history.growthPerDay()).toBeCloseTo(GIB, -3)
    expect(history.spanMs).toBeGreaterThan(5 * DAY)
    expect(history.spanMs).toBeLessThanOrEqual(7 * DAY)
    expect(history.stored().points.length).toBeLessThanOrEqual(48)
  })

  it('falls with what is deleted, and goes on after a restart', () => {
    const history = new SizeHistory()
    for (let at = 0; at <= DAY; at += HOUR) history.note(at, 100 * GIB - (at / DAY) * GIB)
    expect(history.growthPerDay()).toBeCloseTo(-GIB, -3)
    const stored: unknown = JSON.parse(JSON.stringify(history.stored()))
    const again = new SizeHistory(readStoredHistory(stored))
    again.note(DAY + HOUR, 100 * GIB - (25 / 24) * GIB)
    expect(again.growthPerDay()).toBeCloseTo(-GIB, -3)
  })

  it.each([null, 1, {}, { spacingMs: 1, points: [] }, { spacingMs: 1e6, points: [[1]] }])(
    'is not read from %j',
    (value) => {
      expect(readStoredHistory(value)).toBeUndefined()
    },
  )
})

describe('the estimate', () => {
  const sizes = (name: string, label: string, bytes: Record<string, number>): MetricFamily => ({
    ...{ name, help: '', type: 'gauge' },
    metrics: Object.entries(bytes).map(([key, value]) => ({ labels: [label, key], value })),
  })
  const at = (estimate: CapacityEstimate, ms: number) => {
    const days = ms / DAY
    const tables = Object.fromEntries(
      Array.from({ length: 30 }, (_, i) => [`t${i}`, GIB + i * days * 1000]),
    )
    const disk = { sizeBytes: 100 * GIB, availBytes: (40 - 2 * days) * GIB }
    const families = [
      sizes('pg_database_size_bytes', 'datname', { shop: (10 + days) * GIB, idle: GIB }),
      sizes('pg_stat_user_tables_size_bytes', 'relname', tables),
    ]
    return estimate.note('db:5432', families, disk, ms)
  }
  const valuesOf = (families: readonly MetricFamily[], name: string) =>
    families.find((one) => one.name === name)?.metrics.map(({ labels, value }) => [labels, value])

  it('tells of databases, of the tables that change most, and when the disk is full', () => {
    const estimate = new CapacityEstimate()
    for (let ms = 0; ms < 2 * DAY; ms += HOUR) at(estimate, ms)
    const { families } = at(estimate, 2 * DAY)
    const databases = valuesOf(families, 'pg_capacity_database_growth_bytes_per_day')
    expect(databases).toEqual([
      [['server', 'db:5432', 'datname', 'shop'], expect.closeTo(GIB, -3)],
      [['server', 'db:5432', 'datname', 'idle'], 0],
    ])
    const tables = valuesOf(families, 'pg_capacity_table_growth_bytes_per_day')
    expect(tables).toHaveLength(20)
    expect(tables?.[0]).toEqual([
      ['server', 'db:5432', 'relname', 't29'],
      expect.closeTo(29_000, -1),
    ])
    const [[, days] = []] = valuesOf(families, 'pg_capacity_disk_full_days') ?? []
    expect(days).toBeCloseTo(18, 3)
  })

  it('outlives the process, and ignores a file that is none', () => {
    const first = new CapacityEstimate()
    for (let ms = 0; ms <= DAY; ms += HOUR) at(first, ms)
    const second = new CapacityEstimate()
    second.read('{')
    second.read('[1, 2]')
    second.read(first.print())
    const { families } = at(second, DAY + HOUR)
    expect(valuesOf(families, 'pg_capacity_disk_full_days')).toHaveLength(1)
    expect(at(new CapacityEstimate(), 0).isKept).toBe(true)
  })
})
