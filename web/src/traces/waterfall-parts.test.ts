import { describe, expect, it } from 'vitest'
import { findSpans, nextFound } from './find-spans.ts'
import { serviceColors } from './service-colors.ts'
import { makeTrace } from './testing/make-trace.ts'
import { durationTicks, moveToSpan, partsInSight, scaleWindow, zoomTo } from './time-window.ts'
import { foldAtDepth, indexOfRow, reveal, toggleFold, visibleRows } from './visible-rows.ts'

const TRACE = makeTrace(`
  root 0-100 gateway server
    orders.list 10-90 orders client
      SELECT 20-40 db client error
      SELECT 50-60 db client
    log 95-99 gateway
`)

describe('folding', () => {
  it('leaves out what is below, and shows it again', () => {
    const folded = toggleFold(new Set(), 1)
    expect([...visibleRows(TRACE, folded)]).toEqual([0, 1, 4])
    expect([...reveal(TRACE, folded, 3)]).toEqual([])
    expect(reveal(TRACE, folded, 1)).toBe(folded)
    expect([...toggleFold(folded, 1)]).toEqual([])
  })

  it('folds everything of a depth', () => {
    expect([...visibleRows(TRACE, foldAtDepth(TRACE, 0))]).toEqual([0])
    expect([...visibleRows(TRACE, foldAtDepth(TRACE, 1))]).toEqual([0, 1, 4])
    expect([...visibleRows(TRACE, foldAtDepth(TRACE, 2))].length).toBe(5)
  })

  it('finds where a row is shown, or what it is folded into', () => {
    const rows = Uint32Array.of(0, 1, 4)
    expect([0, 1, 2, 3, 4, 9].map((row) => indexOfRow(rows, row))).toEqual([0, 1, 1, 1, 2, 2])
    expect(indexOfRow(new Uint32Array(0), 3)).toBe(0)
  })
})

describe('search in spans', () => {
  it.each([
    ['select', [2, 3]],
    ['GATEWAY', [0, 4]],
    ['error', [2]],
    ['service.name=db', [2, 3]],
    ['service.name = d', [1, 2, 3]],
    ['0000000000000003', [2]],
    ['client', [1, 2, 3]],
    ['  ', []],
    ['nothing', []],
  ])('%j finds the rows %j', (text, rows) => expect([...findSpans(TRACE, text)]).toEqual(rows))

  it('goes on to the next one, and around', () => {
    const found = Uint32Array.of(2, 5)
    expect([-1, 2, 3, 5].map((row) => nextFound(found, row, 1))).toEqual([2, 5, 5, 2])
    expect([2, 3, 9].map((row) => nextFound(found, row, -1))).toEqual([5, 2, 5])
    expect(nextFound(new Uint32Array(0), 3, 1)).toBe(-1)
  })
})

describe('the window of time', () => {
  const whole = { fromNs: 0, toNs: 1e9 }

  it('is zoomed, and never leaves the trace', () => {
    expect(zoomTo(whole, 0.75, 0.25)).toEqual({ fromNs: 2.5e8, toNs: 7.5e8 })
    expect(zoomTo(whole, -1, 2)).toEqual(whole)
    expect(zoomTo(whole, 0.5, 0.5)).toBe(whole)
    expect(scaleWindow({ fromNs: 0, toNs: 1e8 }, 2, 1e9)).toEqual({ fromNs: 0, toNs: 2e8 })
    expect(scaleWindow(whole, 4, 1e9)).toEqual(whole)
    expect(scaleWindow(whole, 0.5, 1e9)).toEqual({ fromNs: 2.5e8, toNs: 7.5e8 })
  })

  it('moves to a span that is out of sight', () => {
    const window = { fromNs: 0, toNs: 100 }
    expect(moveToSpan(window, 50, 10, 1000)).toBe(window)
    expect(moveToSpan(window, 500, 100, 1000)).toEqual({ fromNs: 500, toNs: 600 })
    expect(moveToSpan(window, 990, 10, 1000)).toEqual({ fromNs: 900, toNs: 1000 })
  })

  it('shows the parts in sight, without gaps that nobody sees', () => {
    const parts = Array.from({ length: 5000 }, (_none, i) => [4999 - i, 4999.9 - i] as const)
    expect(partsInSight(parts, { fromNs: 0, toNs: 5000 })).toEqual([[0, 4999.9 / 5000]])
    expect(partsInSight(parts, { fromNs: 10, toNs: 12 })).toEqual([
      [0, expect.closeTo(0.45)],
      [0.5, expect.closeTo(0.95)],
    ])
    expect(partsInSight([[0, 5]], { fromNs: 5, toNs: 9 })).toEqual([])
  })

  it('has round ticks', () => {
    expect(durationTicks(whole, 5).map(({ label }) => label)).toEqual([
      ...['0 s', '200 ms', '400 ms', '600 ms', '800 ms', '1 s'],
    ])
    expect(durationTicks({ fromNs: 1500, toNs: 3100 }, 4).map(({ label }) => label)).toEqual([
      ...['1.5 µs', '2 µs', '2.5 µs', '3 µs'],
    ])
    expect(durationTicks({ fromNs: 0, toNs: 0 }, 5).length).toBe(1)
  })
})

it('a service has the same colour in every trace, and no other one of its trace has it', () => {
  const [a] = serviceColors(['gateway'], 'dark')
  const many = serviceColors(
    ['gateway', ...Array.from({ length: 11 }, (_none, i) => `s${i}`)],
    'dark',
  )
  expect(many[0]).toBe(a)
  expect(new Set(many).size).toBe(12)
  expect(serviceColors(Array.from({ length: 30 }, String), 'light').length).toBe(30)
})
