import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { matcher } from '../../model/matcher.ts'
import { SeriesIndex } from './series-index.ts'

function fill(): SeriesIndex {
  const index = new SeriesIndex()
  for (const job of ['api', 'db', 'web']) {
    for (const instance of ['a', 'b', 'c']) {
      index.add(Labels.from({ __name__: 'up', job, instance }))
    }
  }
  index.add(Labels.from({ __name__: 'http_requests_total', job: 'api', code: '200' }))
  index.add(Labels.from({ __name__: 'http_requests_total', job: 'api', code: '500' }))
  return index
}

const shown = (index: SeriesIndex, ...matchers: Parameters<typeof matcher>[]): string[] =>
  index
    .match(matchers.map((args) => matcher(...args)))
    .map((ref) => index.labelsOf(ref).toString())
    .sort()

describe('series index', () => {
  it('is the one place where the strings of a series are held', () => {
    const index = new SeriesIndex()
    const [first, again] = [Labels.from({ job: 'a' }), Labels.from({ job: 'a' })]
    const ref = index.add(first)
    expect(first.flat).toBe(index.labelsOf(ref).flat)
    expect(index.find(again)).toBe(ref)
    expect(again.flat).toBe(index.labelsOf(ref).flat)
    expect(again.get('job')).toBe('a')
  })

  it('gives one ref to equal labels and different ones to others', () => {
    const index = fill()
    const ref = index.find(Labels.from({ job: 'db', __name__: 'up', instance: 'b' }))
    expect(ref).toBeGreaterThanOrEqual(0)
    expect(index.add(Labels.from({ __name__: 'up', job: 'db', instance: 'b' }))).toBe(ref)
    expect(index.find(Labels.from({ __name__: 'up', job: 'db' }))).toBe(-1)
    expect(index.size).toBe(11)
  })

  it.each([
    [
      'equality',
      [
        ['__name__', '=', 'up'],
        ['job', '=', 'db'],
      ],
      3,
    ],
    [
      'inequality',
      [
        ['__name__', '=', 'up'],
        ['job', '!=', 'db'],
      ],
      6,
    ],
    [
      'alternation',
      [
        ['__name__', '=', 'up'],
        ['job', '=~', 'db|web'],
      ],
      6,
    ],
    ['regex', [['__name__', '=~', 'http.*']], 2],
    [
      'negative regex',
      [
        ['__name__', '=', 'up'],
        ['job', '!~', 'd.*|w.*'],
      ],
      3,
    ],
    [
      'an absent label',
      [
        ['job', '=', 'api'],
        ['code', '=', ''],
      ],
      3,
    ],
    [
      'a present label',
      [
        ['job', '=', 'api'],
        ['code', '!=', ''],
      ],
      2,
    ],
    [
      'a regex that accepts an absent label',
      [
        ['job', '=', 'api'],
        ['code', '=~', '200|'],
      ],
      4,
    ],
    ['nothing', [['job', '=', 'nope']], 0],
  ] as const)('matches by %s', (_, matchers, count) => {
    expect(
      shown(fill(), ...matchers.map((m) => [...m] as Parameters<typeof matcher>)),
    ).toHaveLength(count)
  })

  it('sees series that are added and removed after a match', () => {
    const index = fill()
    const ups = [matcher('__name__', '=', 'up')]
    expect(index.match(ups)).toHaveLength(9)
    const added = index.add(Labels.from({ __name__: 'up', job: 'new' }))
    expect(index.match(ups)).toContain(added)
    index.remove([added])
    expect(index.match(ups)).toHaveLength(9)
    expect(index.find(Labels.from({ __name__: 'up', job: 'new' }))).toBe(-1)
    expect(index.valuesOf('job').has('new')).toBe(false)
  })

  it('keeps matchers apart whatever their texts hold', () => {
    const index = fill()
    index.add(Labels.from({ __name__: 'odd', a: '1\uffffb\uffff=\uffff2' }))
    index.add(Labels.from({ __name__: 'even', a: '1', b: '2' }))
    const odd = ['a', '=', '1\uffffb\uffff=\uffff2'] as const
    expect(shown(index, [...odd])).toHaveLength(1)
    expect(shown(index, ['a', '=', '1'], ['b', '=', '2'])).toEqual(['even{a="1", b="2"}'])
  })

  it('holds what it held before once series come and go', () => {
    const index = new SeriesIndex()
    const round = (n: number): void => {
      const labels = (i: number): Labels => Labels.from({ __name__: 'm', pod: `pod-${n}-${i}` })
      index.remove(Array.from({ length: 100 }, (_, i) => index.add(labels(i))))
    }
    round(0)
    const { capacity } = index
    for (let n = 1; n < 50; n++) round(n)
    expect([[...index.labelNames()], index.valuesOf('pod').size]).toEqual([[], 0])
    expect([index.capacity, index.size]).toEqual([capacity, 0])
  })

  it('matches as a plain filter does while series come and go', () => {
    const index = new SeriesIndex()
    const alive = new Map<string, Labels>()
    let state = 1
    const below = (n: number): number => {
      state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff
      return Math.floor((state / 0x80000000) * n)
    }
    const selections = [
      [matcher('a', '=', '1')],
      [matcher('a', '=~', '1|2'), matcher('b', '!=', '3')],
      [matcher('__name__', '=~', '.+'), matcher('b', '=', '')],
      [matcher('b', '=~', '[0-3]')],
    ]
    for (let turn = 0; turn < 400; turn++) {
      for (let i = 0; i < 5; i++) {
        const labels = Labels.from({
          __name__: `m${below(3)}`,
          a: String(below(6)),
          b: below(2) ? String(below(9)) : '',
        })
        alive.set(labels.key, labels)
        index.add(labels)
      }
      const gone = [...alive.values()].filter(() => below(4) === 0)
      for (const { key } of gone) alive.delete(key)
      index.remove(gone.map((labels) => index.find(labels)))
      for (const matchers of selections) {
        const refs = index.match(matchers)
        expect(refs).toEqual(refs.toSorted((a, b) => a - b))
        const expected = [...alive.values()].filter((labels) =>
          matchers.every((m) => m.matches(labels.get(m.name))),
        )
        expect(refs.map((ref) => index.labelsOf(ref).key).sort()).toEqual(
          expected.map(({ key }) => key).sort(),
        )
      }
    }
  })

  it('finds series that share half of an id, also after one of them is forgotten', () => {
    const index = new SeriesIndex()
    const named = (name: string): Labels => Labels.from({ __name__: name })
    const [a = -1, b = -1, c = -1] = ['a', 'b', 'c'].map((name, high) =>
      index.restore(named(name), 0xf0000000, high, 0, 1),
    )
    expect([0, 1, 2].map((high) => index.findById(0xf0000000, high))).toEqual([a, b, c])
    expect(index.isLowIdUnique([a])).toBe(false)
    index.remove([b])
    expect([0, 1, 2].map((high) => index.findById(0xf0000000, high))).toEqual([a, -1, c])
    expect(index.isLowIdUnique([a])).toBe(false)
    index.remove([c])
    expect(index.findById(0xf0000000, 0)).toBe(a)
    expect(index.isLowIdUnique([a])).toBe(true)
  })

  it('does not believe the note that another index left on labels', () => {
    const labels = Labels.from({ __name__: 'up', job: 'x' })
    const first = fill()
    const ref = first.add(labels)
    const second = new SeriesIndex()
    expect(second.find(labels)).toBe(-1)
    first.remove([ref])
    expect(first.find(labels)).toBe(-1)
  })

  it('moves a series whose id is taken to the next free one, and finds both', () => {
    const index = new SeriesIndex()
    const wanted = Labels.from({ __name__: 'wanted' })
    const probe = new SeriesIndex()
    const ref = probe.add(wanted)
    const low = probe.idLowOf(ref)
    const high = probe.idHighOf(ref)
    const squatter = Labels.from({ __name__: 'squatter' })
    index.restore(squatter, low, high, 0, 1)
    const moved = index.add(Labels.from({ __name__: 'wanted' }))
    expect([index.idLowOf(moved), index.idHighOf(moved)]).not.toEqual([low, high])
    expect(index.find(Labels.from({ __name__: 'wanted' }))).toBe(moved)
    expect(index.labelsOf(index.findById(low, high)).equals(squatter)).toBe(true)
  })
})
