import { describe, expect, it } from 'vitest'
import { drawChart, formatAxisValue } from './draw-chart.ts'

const options = { width: 40, height: 6, startMs: 0, endMs: 60_000, color: false }

describe('chart in the terminal', () => {
  it('draws a rising line from the lower left to the upper right', () => {
    const lines = drawChart([{ name: 'x', values: Float64Array.from({ length: 50 }, (_, i) => i) }], options).split('\n')
    expect(lines).toHaveLength(9)
    const filled = (line: string | undefined): number => (line ?? '').search(/[\u2801-\u28ff]/)
    expect(filled(lines[0])).toBeGreaterThan(filled(lines[5]))
    expect(lines[8]).toBe('━━ x  49')
  })

  it('leaves gaps empty and survives lines without values', () => {
    const chart = drawChart([{ name: 'gone', values: new Float64Array(10).fill(Number.NaN) }], options)
    expect(chart).not.toMatch(/[\u2801-\u28ff]/)
  })

  it.each([
    [0, '0'],
    [0.25, '0.25'],
    [1234, '1.23k'],
    [5_600_000, '5.6M'],
    [-2e9, '-2G'],
    [0.0001, '1.0e-4'],
  ])('writes %f as %s', (value, text) => {
    expect(formatAxisValue(value)).toBe(text)
  })
})
