import { describe, expect, it } from 'vitest'
import { Annotations } from './annotations.ts'

describe('Annotations', () => {
  it('gives each message once, with line and column in bytes', () => {
    const notes = new Annotations()
    const query = 'sum(\n  rate(é[1m]))'
    notes.possibleNonCounter('é', { start: 12, end: 17 })
    notes.possibleNonCounter('é', { start: 12, end: 17 })
    expect(notes.shown('info', query)).toEqual([
      'PromQL info: metric might not be a counter, name does not end in _total/_sum/_count/_bucket: "é" (2:8)',
    ])
    notes.invalidQuantile(2, { start: 13, end: 14 })
    expect(notes.shown('warning', query)).toEqual([
      'PromQL warning: quantile value should be between 0 and 1, got 2 (2:10)',
    ])
  })

  it('shows ten of a kind and how many more there are', () => {
    const notes = new Annotations()
    for (let i = 0; i < 12; i++) notes.invalidQuantile(i + 2, { start: 0, end: 1 })
    const shown = notes.shown('warning', 'x')
    expect(shown).toHaveLength(11)
    expect(shown[10]).toBe('2 more warning annotations omitted')
  })

  it('merges what was done for monotonicity', () => {
    const notes = new Annotations()
    notes.forcedMonotonicity(60_000, 1, 2, 0.123, { start: 3, end: 4 })
    notes.forcedMonotonicity(1_500, 0.5, 1, 1000, { start: 3, end: 4 })
    expect(notes.shown('info', 'abcdef')[0]).toMatch(
      /, from buckets 0\.5 to 2, with a max diff of 1e\+03, over 2 samples from 1970-01-01T00:00:01Z to 1970-01-01T00:01:00Z \(1:4\)$/,
    )
  })
})
