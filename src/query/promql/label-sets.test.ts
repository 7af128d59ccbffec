import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { isNaturallyBefore } from './functions-sort.ts'
import {
  compareLabels,
  dropMetadata,
  keyOfAllBut,
  keyOfOnly,
  setLabel,
  shareMetadata,
} from './label-sets.ts'
import { Pace } from './pace.ts'
import { sortedOrder } from './sort-labels.ts'
import { Stop } from './stop.ts'

const of = (record: Record<string, string>) => Labels.from(record)

describe('label sets', () => {
  it('drops the labels that describe the metric, and only those', () => {
    const labels = of({
      A: '1',
      __name__: 'm',
      __type__: 'gauge',
      __unit__: 's',
      __x__: '2',
      b: '3',
    })
    expect(dropMetadata(labels).toObject()).toEqual({ A: '1', __x__: '2', b: '3' })
    const plain = of({ a: '1' })
    expect(dropMetadata(plain)).toBe(plain)
  })

  it('knows when dropping them cannot make two equal', () => {
    const a = of({ __name__: 'm', x: '1' })
    expect(shareMetadata([a, of({ __name__: 'm', x: '2' })])).toBe(true)
    expect(shareMetadata([a, of({ __name__: 'n', x: '1' })])).toBe(false)
    expect(shareMetadata([a, of({ x: '1' })])).toBe(false)
    expect(shareMetadata([a, of({ __name__: 'm', __type__: 'counter', x: '1' })])).toBe(false)
    expect(shareMetadata([])).toBe(true)
  })

  it('sets, replaces and removes a label', () => {
    const labels = of({ b: '1', d: '2' })
    expect(setLabel(labels, 'c', '3').toObject()).toEqual({ b: '1', c: '3', d: '2' })
    expect(setLabel(labels, 'e', '3').flat).toEqual(['b', '1', 'd', '2', 'e', '3'])
    expect(setLabel(labels, 'b', '9').toObject()).toEqual({ b: '9', d: '2' })
    expect(setLabel(labels, 'd', '').toObject()).toEqual({ b: '1' })
    expect(setLabel(labels, 'x', '')).toBe(labels)
    expect(setLabel(labels, 'b', '1')).toBe(labels)
  })

  it('makes keys that tell different label sets apart', () => {
    const only = keyOfOnly(['b', 'a'])
    expect(only(of({ a: 'x', b: '' }))).not.toBe(only(of({ b: 'x' })))
    expect(only(of({ a: '1', b: '2', c: '3' }))).toBe(only(of({ __name__: 'm', a: '1', b: '2' })))
    const allBut = keyOfAllBut(['c'])
    expect(allBut(of({ __name__: 'm', a: '1', c: '2' }))).toBe(allBut(of({ a: '1' })))
    expect(allBut(of({ a: '1', b: '' }))).not.toBe(allBut(of({ b: '1' })))
  })

  it('orders them by name and value, a prefix first', async () => {
    const sorted = [
      of({}),
      of({ a: '1' }),
      of({ a: '1', b: '1' }),
      of({ a: '10' }),
      of({ a: '2' }),
      of({ b: '1' }),
    ]
    for (let i = 1; i < sorted.length; i++) {
      expect(compareLabels(sorted[i - 1] as Labels, sorted[i] as Labels)).toBeLessThan(0)
    }
    const stop = new Stop({ query: '', startMs: 0, endMs: 0, stepMs: 0 }, 1000)
    const pace = new Pace(stop)
    expect([...(await sortedOrder(pace, [...sorted].reverse()))]).toEqual([5, 4, 3, 2, 1, 0])
    const many = Array.from({ length: 20_000 }, (_, i) => of({ n: String((i * 7919) % 20_000) }))
    const order = await sortedOrder(pace, many)
    const texts = [...order].map((row) => (many[row] as Labels).get('n'))
    expect(texts).toEqual([...texts].sort())
    stop.release()
  })

  it.each([
    ['node2', 'node10', true],
    ['node10', 'node2', false],
    ['a', 'b', true],
    ['a', 'a1', true],
    ['a1', 'a', false],
    ['1.10', '1.9', false],
    ['', 'a', false],
  ])('natural order: %s before %s is %s', (a, b, isBefore) => {
    expect(isNaturallyBefore(a, b)).toBe(isBefore)
  })
})
