import { describe, expect, it } from 'vitest'
import { parse } from '../../../src/lang/promql/parse.ts'
import { explainPlan, type PlanStep } from './explain-plan.ts'
import { letterOf, readState, writeState } from './explore-state.ts'
import { matchNames, nextPrefixes } from './prefix-tree.ts'
import { addToHistory, languageOf, readHistory } from './query-history.ts'
import { toTable } from './table-rows.ts'

describe('the address', () => {
  it('holds queries, view and language, and goes there and back', () => {
    const search = { from: 'now-6h', q: ['up', 'rate(a[5m])'], view: 'table' }
    const state = readState(search)
    expect(state).toEqual({ queries: search.q, view: 'table', language: 'promql' })
    expect(readState(writeState(search, state))).toEqual(state)
    expect(writeState({ q: 'up' }, { queries: [], view: 'graph', language: 'promql' })).toEqual({})
    expect(readState({ q: '{a="b"}', lang: 'logql' }).language).toBe('logql')
    expect(readState({ q: 'up', view: 'nonsense' })).toMatchObject({
      queries: ['up'],
      view: 'graph',
    })
  })

  it('calls queries by letters', () => {
    expect([0, 1, 25, 26, 53].map(letterOf)).toEqual(['A', 'B', 'Z', 'A1', 'B2'])
  })
})

describe('the history', () => {
  it('keeps each query once, the newest first, and forgives what it cannot read', () => {
    const kept = new Map<string, string>()
    const storage = {
      getItem: (key: string) => kept.get(key) ?? null,
      setItem: (key: string, value: string) => void kept.set(key, value),
    }
    addToHistory(['a', ' '], 'promql', 1, storage)
    addToHistory(['b', 'c'], 'promql', 2, storage)
    addToHistory(['a'], 'promql', 3, storage)
    expect(readHistory(storage).map(({ query }) => query)).toEqual(['a', 'b', 'c'])
    addToHistory(['a'], 'logql', 4, storage)
    expect(readHistory(storage).map(languageOf)).toEqual(['logql', 'promql', 'promql', 'promql'])
    kept.set('vedette.explore.history', '[{"query":1},null,"x"')
    expect(readHistory(storage)).toEqual([])
  })
})

describe('the plan', () => {
  const outline = ({ what, inputs }: PlanStep): unknown => [what, ...inputs.map(outline)]

  it('says what is read and what becomes of it', () => {
    const parsed = parse('sum by (job) (rate(a[5m] offset 1h)) / on (job) group_left b > bool 2')
    if (!parsed.ok) throw new Error('not parsed')
    expect(outline(explainPlan(parsed.expr))).toEqual([
      'Computes > with a number, giving 0 or 1',
      [
        'Matches series on (job), many to one, and computes /',
        ['Aggregates by sum of (job)', ['Applies rate', ['Reads 5m of samples, shifted by 1h']]],
        ['Reads the newest sample of each series'],
      ],
      ['A constant'],
    ])
  })
})

describe('the table', () => {
  const data = {
    resultType: 'vector' as const,
    result: [
      { metric: { __name__: 'up', job: 'b10' }, value: [1, '1'] as const },
      { metric: { __name__: 'up', job: 'b9', zone: 'z' }, value: [1, 'NaN'] as const },
    ],
  }

  it('has a column for every label, and sorts numbers within names as numbers', () => {
    const plain = toTable([{ letter: 'A', data }], { by: undefined, isDescending: false })
    expect(plain.columns).toEqual(['__name__', 'job', 'zone'])
    const jobs = (by: string, isDescending: boolean) =>
      toTable([{ letter: 'A', data }], { by, isDescending }).rows.map(({ labels }) => labels['job'])
    expect(jobs('job', false)).toEqual(['b9', 'b10'])
    expect(jobs('value', true)).toEqual(['b10', 'b9'])
  })
})

describe('the metrics browser', () => {
  const names = ['go_gc', 'node_cpu_a', 'node_cpu_b', 'node_disk_x', 'node_disk_y', 'node_disk_z']

  it('finds by words, beginnings first', () => {
    expect(matchNames(names, 'cpu node')).toEqual(['node_cpu_a', 'node_cpu_b'])
    expect(matchNames(['a_go', 'go_a'], 'go')).toEqual(['go_a', 'a_go'])
  })

  it('offers the next parts of names', () => {
    expect(nextPrefixes(names, '')).toEqual([{ prefix: 'node_', count: 5 }])
    expect(nextPrefixes(names, 'node_')).toEqual([
      { prefix: 'node_disk_', count: 3 },
      { prefix: 'node_cpu_', count: 2 },
    ])
  })
})
