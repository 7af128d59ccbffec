import { describe, expect, it } from 'vitest'
import { readDashboard } from './read-dashboard.ts'
import { expandRepeats } from './repeat.ts'
import type { Scope, ScopeValue } from './scope.ts'
import { describeForSearch } from './search-info.ts'

const scope: Scope = new Map<string, ScopeValue>([
  ['host', { name: 'host', value: ['a', 'b', 'c'], text: 'A + B + C', isPattern: true }],
  ['job', { name: 'job', value: ['x', 'y'], text: 'All', isPattern: true }],
  ['none', { name: 'none', value: [], text: '', isPattern: true }],
])

function expand(panels: object[]) {
  return expandRepeats(readDashboard({ schemaVersion: 42, panels }).dashboard, scope)
}

/** `key x,y,w,h value value`. */
function places(panels: object[]): string[][] {
  return expand(panels).map((row) =>
    row.panels.map(({ key, gridPos: { x, y, w, h }, values }) =>
      [key, `${x},${y},${w},${h}`, ...values.map((one) => String(one.value))].join(' '),
    ),
  )
}

const stat = (id: number, y: number, more: object = {}) => ({
  ...{ id, type: 'stat', gridPos: { x: 0, y, w: 6, h: 4 } },
  ...more,
})
const row = (id: number, y: number, more: object = {}) => ({
  ...{ id, type: 'row', title: 'r$host', gridPos: { x: 0, y, w: 24, h: 1 } },
  ...more,
})

describe('expandRepeats', () => {
  it('places clones side by side, and what is below them below', () => {
    expect(places([stat(1, 0, { repeat: 'host', maxPerRow: 2 }), stat(2, 4)])).toEqual([
      ['1 0,0,12,4 a', '1-clone-1 12,0,12,4 b', '1-clone-2 0,4,12,4 c', '2 0,8,6,4'],
    ])
  })

  it('places clones below each other', () => {
    const panels = [stat(1, 0, { repeat: 'job', repeatDirection: 'v' }), stat(2, 4)]
    expect(places(panels)).toEqual([['1 0,0,6,4 x', '1-clone-1 0,4,6,4 y', '2 0,8,6,4']])
  })

  it('leaves one panel where there is no value', () => {
    expect(places([stat(1, 0, { repeat: 'none' }), stat(2, 4, { repeat: 'gone' })])).toEqual([
      ['1 0,0,6,4', '2 0,4,6,4'],
    ])
  })

  it('moves panels up until they meet one, as a collapsed row is saved with gaps', () => {
    const inner = [
      stat(2, 21),
      stat(3, 23, { gridPos: { x: 6, y: 23, w: 6, h: 3 } }),
      stat(4, 400, { gridPos: { x: 4, y: 400, w: 4, h: 2 } }),
      stat(5, 400, { gridPos: { x: 8, y: 400, w: 16, h: 2 } }),
    ]
    const panels = [row(1, 0, { collapsed: true, panels: inner }), row(6, 1), stat(7, 2)]
    expect(places(panels)).toEqual([
      ['2 0,1,6,4', '3 6,1,6,3', '4 4,5,4,2', '5 8,4,16,2'],
      ['7 0,8,6,4'],
    ])
  })

  it('repeats a row with its panels, each with the value', () => {
    const panels = [stat(9, 0), row(1, 4, { repeat: 'job' }), stat(2, 5), row(3, 9), stat(4, 10)]
    expect(places(panels)).toEqual([
      ['9 0,0,6,4'],
      ['2 0,5,6,4 x'],
      ['2-clone-1 0,10,6,4 y'],
      ['4 0,15,6,4'],
    ])
    expect(expand(panels).map((one) => one.key)).toEqual(['top', '1', '1-clone-1', '3'])
  })

  it('takes the panels of a collapsed row, and repeats within repeated rows', () => {
    const inner = [stat(2, 1, { repeat: 'job' })]
    const [first] = expand([row(1, 0, { collapsed: true, panels: inner, repeat: 'host' })])
    expect(first).toMatchObject({ collapsed: true })
    expect(first?.panels.map((one) => one.values.map((value) => value.text))).toEqual([
      ['A', 'x'],
      ['A', 'y'],
    ])
  })
})

describe('describeForSearch', () => {
  it('names the metrics of panels, annotations and variables', () => {
    const info = describeForSearch(
      readDashboard({
        ...{ title: 'T', tags: ['a'], schemaVersion: 42 },
        annotations: { list: [{ name: 'x', expr: 'changes(z[1m])' }] },
        templating: { list: [{ type: 'query', name: 'v', query: 'label_values(w{a="$b"}, c)' }] },
        panels: [
          {
            ...{ id: 1, type: 'stat', title: 'P' },
            targets: [
              { refId: 'A', expr: 'rate(x{job=~"$job"}[$__rate_interval]) / y offset $o' },
              { refId: 'B', expr: 'topk($n, {__name__="q"}) + ${metric}_total' },
            ],
          },
        ],
      }).dashboard,
    )
    expect(info.metrics).toEqual(['q', 'w', 'x', 'y', 'z'])
    expect(info).toMatchObject({ title: 'T', tags: ['a'], panels: [{ id: 1, title: 'P' }] })
    expect(info.queries).toHaveLength(4)
  })
})
