import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { SeriesTable } from './series-table.ts'

const series = (i: number): Labels => Labels.from({ __name__: 'm', i: String(i) })

describe('the table of series', () => {
  it('gives equal label sets one number', () => {
    const table = new SeriesTable()
    const first = table.hold(series(1))
    expect(table.hold(series(1))).toBe(first)
    expect(table.hold(series(2))).not.toBe(first)
    expect(table.labelsOf(first).toObject()).toEqual({ __name__: 'm', i: '1' })
    expect(table.size).toBe(2)
  })

  it('keeps a number until its last holder lets go, then gives it to another', () => {
    const table = new SeriesTable()
    const number = table.hold(series(1))
    table.hold(series(1))
    table.holdAgain(number)
    table.release(number)
    table.release(number)
    expect(table.hold(series(1))).toBe(number)
    table.release(number)
    table.release(number)
    expect(table.size).toBe(0)
    expect(table.hold(series(2))).toBe(number)
    expect(table.capacity).toBe(1)
  })

  it('finds each of many, after others were freed', () => {
    const table = new SeriesTable()
    const numbers = Array.from({ length: 5000 }, (_, i) => table.hold(series(i)))
    expect(new Set(numbers).size).toBe(5000)
    for (let i = 0; i < 5000; i += 2) table.release(numbers[i] as number)
    for (let i = 1; i < 5000; i += 2) expect(table.hold(series(i))).toBe(numbers[i])
    expect(table.size).toBe(2500)
    for (let i = 5000; i < 7500; i++) table.hold(series(i))
    expect(table.capacity).toBe(5000)
  })
})
