import { describe, expect, it } from 'vitest'
import { findSpans } from './find-spans.ts'
import { makeTrace } from './testing/make-trace.ts'
import { stepInTree } from './tree-keys.ts'
import { toggleFold, visibleRows, type FoldedRows } from './visible-rows.ts'

const trace = makeTrace(`
  root 0-1000 gateway
    list 100-900 orders
      select 200-400 db
      select 500-600 db
    log 950-990 gateway
`)

function stateOf(folded: FoldedRows = new Set(), selected = -1) {
  return {
    ...{ trace, folded, selected, rows: visibleRows(trace, folded) },
    ...{ found: findSpans(trace, 'select'), window: { fromNs: 0, toNs: 1000 } },
  }
}

const go = (row: number) => ({ kind: 'go', row })

describe('keys in the tree of spans', () => {
  it.each([
    ['ArrowDown', 0, go(1)],
    ['ArrowUp', 0, go(0)],
    ['ArrowRight', 0, go(1)],
    ['ArrowRight', 2, undefined],
    ['ArrowLeft', 1, { kind: 'fold' }],
    ['ArrowLeft', 3, go(1)],
    ['PageDown', 0, go(4)],
    ['Home', 3, go(0)],
    ['End', 1, go(4)],
    ['Enter', 1, { kind: 'open' }],
    ['Escape', 1, undefined],
    ['n', 0, go(2)],
    ['n', 3, go(2)],
    ['p', 3, go(2)],
    ['+', 0, { kind: 'zoom', window: { fromNs: 250, toNs: 750 } }],
    ['-', 0, { kind: 'zoom', window: { fromNs: 0, toNs: 1000 } }],
    ['0', 0, { kind: 'zoom', window: undefined }],
    ['x', 0, undefined],
  ])('%s at row %i', (key, row, step) => expect(stepInTree(stateOf(), key, row)).toEqual(step))

  it('step over what is folded, unfold it, leave it, and close what is open', () => {
    const folded = stateOf(toggleFold(new Set(), 1), 1)
    expect(stepInTree(folded, 'ArrowDown', 1)).toEqual(go(4))
    expect(stepInTree(folded, 'ArrowRight', 1)).toEqual({ kind: 'fold' })
    expect(stepInTree(folded, 'ArrowLeft', 1)).toEqual(go(0))
    expect(stepInTree(folded, 'Escape', 1)).toEqual({ kind: 'close' })
  })
})
