import { describe, expect, it } from 'vitest'
import { millisecondsOf, numberOf, numbersOf } from './cell.ts'
import type { Column, QueryShape } from './query-shape.ts'
import { readSettings } from './queries/settings.ts'
import { readRows, type Answer } from './read-rows.ts'

const TEXT = 25

function answer(fields: Record<string, number>, ...rows: (string | null)[][]): Answer {
  return {
    fields: Object.entries(fields).map(([name, dataTypeID]) => ({ name, dataTypeID })),
    rows,
  }
}

function shape(columns: Record<string, Column>, more: Partial<QueryShape> = {}): QueryShape {
  const rest = { prefix: 'x', isOpen: false, keepsNulls: false }
  return { ...rest, ...more, columns: new Map(Object.entries(columns)) }
}

describe('a cell as a number', () => {
  it.each([
    ['12', 20, 12],
    ['1.5e3', 701, 1500],
    ['t', 16, 1],
    ['f', 16, 0],
    ['2026-11-21 16:30:00.75+00', 1184, Date.UTC(2026, 10, 21, 16, 30) / 1000],
    ['2026-11-21 16:30:00', 1114, Date.UTC(2026, 10, 21, 16, 30) / 1000],
    ['2026-11-21', 1082, Date.UTC(2026, 10, 21) / 1000],
    ['infinity', 1184, undefined],
    ['0044-03-15 BC', 1082, undefined],
    ['-Infinity', 701, Number.NEGATIVE_INFINITY],
    ['NaN', 701, Number.NaN],
    [null, 701, Number.NaN],
    ['0/16B3748', 3220, undefined],
    [' ', TEXT, undefined],
    ['01:02:03', 1186, undefined],
  ])('%s of type %s is %s', (cell, type, expected) => {
    expect(numberOf(cell, type)).toBe(expected)
  })

  it('of an array, and of a duration', () => {
    expect(numbersOf('{1,2.5,NULL}')).toEqual([1, 2.5, Number.NaN])
    expect(numbersOf('{}')).toEqual([])
    expect(numbersOf('{{1},{2}}')).toBeUndefined()
    expect(millisecondsOf('1m2.5s')).toBe(62_500)
    expect(millisecondsOf('-300us')).toBe(-0.3)
    expect(millisecondsOf('250')).toBe(250)
    expect(millisecondsOf('1 day')).toBeUndefined()
    expect(millisecondsOf('-1')).toBeUndefined()
  })
})

describe('rows', () => {
  it('become families; columns without a name are untyped, or nothing if they are no numbers', () => {
    const given = answer({ kind: TEXT, n: 20, other: 20, words: TEXT }, ['a', '1', '2', 'b'])
    const columns: Record<string, Column> = {
      kind: { use: 'label' },
      n: { use: 'value', type: 'counter', help: 'N.' },
    }
    const { families, unread } = readRows(given, shape(columns, { isOpen: true }), ['server', 's'])
    const metrics = (value: number) => [{ labels: ['server', 's', 'kind', 'a'], value }]
    expect(families).toEqual([
      { name: 'x_n', help: 'N.', type: 'counter', metrics: metrics(1) },
      { name: 'x_other', help: 'Column other.', type: 'unknown', metrics: metrics(2) },
    ])
    expect(unread).toEqual([])
    expect(readRows(given, shape(columns), []).families).toHaveLength(1)
  })

  it('with equal labels are one: the first counts', () => {
    const given = answer({ kind: TEXT, n: 20 }, ['a', '1'], ['a', '2'], ['b', '3'])
    const columns: Record<string, Column> = {
      kind: { use: 'label' },
      n: { use: 'value', type: 'gauge', help: '' },
    }
    const { families, duplicates } = readRows(given, shape(columns), [])
    expect(families[0]?.metrics.map(({ value }) => value)).toEqual([1, 3])
    expect(duplicates).toBe(1)
  })

  it('have NULL as NaN or not at all', () => {
    const given = answer({ n: 20 }, [null])
    const columns: Record<string, Column> = { n: { use: 'value', type: 'gauge', help: '' } }
    expect(readRows(given, shape(columns), []).families).toEqual([])
    const kept = readRows(given, shape(columns, { keepsNulls: true }), [])
    expect(kept.families[0]?.metrics).toEqual([{ labels: [], value: Number.NaN }])
  })

  it('may hold durations, words that stand for numbers, and histograms', () => {
    const given = answer(
      { took: TEXT, state: TEXT, s: 1007, s_bucket: 1016, s_sum: 701, s_count: 20 },
      ['1.5s', 'on', '{5,1}', '{3,2}', '7.5', '4'],
    )
    const columns: Record<string, Column> = {
      took: { use: 'duration', help: '' },
      state: { use: 'mapped', help: '', mapping: new Map([['on', 3]]) },
      s: { use: 'histogram', help: '' },
    }
    const { families } = readRows(given, shape(columns, { isOpen: true }), [])
    expect(families.map(({ name, metrics }) => [name, metrics.map(({ value }) => value)])).toEqual([
      ['x_took_milliseconds', [1500]],
      ['x_state', [3]],
      ['x_s', [2, 3, 4, 7.5, 4]],
    ])
    expect(families[2]?.metrics[0]).toEqual({ suffix: '_bucket', labels: ['le', '1'], value: 2 })
  })
})

describe('settings', () => {
  it.each([
    ['shared_buffers', '16384', '8kB', 'integer', 'shared_buffers_bytes', 134_217_728],
    ['max_wal_size', '1024', 'MB', 'integer', 'max_wal_size_bytes', 2 ** 30],
    ['wal_segment_size', '16777216', 'B', 'integer', 'wal_segment_size_bytes', 16_777_216],
    ['vacuum_cost_delay', '2', 'ms', 'real', 'vacuum_cost_delay_seconds', 0.002],
    ['archive_timeout', '5', 'min', 'integer', 'archive_timeout_seconds', 300],
    ['log_min_duration_statement', '-1', 'ms', 'integer', 'log_min_duration_statement_seconds', -1],
    ['jit', 'on', '', 'bool', 'jit', 1],
    ['pg_stat_statements.max', '5000', '', 'integer', 'pg_stat_statements_max', 5000],
    ['work_mem', '4096kB', 'kB', 'integer', 'work_mem_bytes', 4_194_304],
  ])('%s = %s %s', (name, setting, unit, type, metric, value) => {
    expect(readSettings([[name, setting, unit, 'Help.', type]], [])).toMatchObject([
      { name: `pg_settings_${metric}`, type: 'gauge', metrics: [{ value }] },
    ])
  })

  it('in an unknown unit, or without a number, are left out', () => {
    const rows = [
      ['a', '1', 'furlong', '', 'integer'],
      ['b', 'x', '', '', 'integer'],
    ]
    expect(readSettings(rows, [])).toEqual([])
  })
})
