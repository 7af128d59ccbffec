import { describe, expect, it } from 'vitest'
import { printHistogram } from '../../../lang/promql/histogram-notation.ts'
import { parseSeries, parseValues } from './series-values.ts'

const none = undefined

describe('parseValues', () => {
  it.each([
    ['1 2 -3.5', [1, 2, -3.5]],
    ['_ 1 _x2 2', [none, 1, none, none, 2]],
    ['1x2', [1, 1, 1]],
    ['0x3', [0, 0, 0, 0]],
    ['1+2x2 10-5x1', [1, 3, 5, 10, 5]],
    ['-2+4x1', [-2, 2]],
    ['0 stale 1', [0, 'stale', 1]],
    ['NaN Inf -Inf +1', [NaN, Infinity, -Infinity, 1]],
    ['1e3+1e2x1', [1000, 1100]],
    ['.5', [0.5]],
    ['', []],
    ['_x0', []],
  ])('%s', (text, values) => expect(parseValues(text)).toEqual(values))

  it.each(['1+2', '1x', 'x3', '1xx3', 'stalex3', '1x99999999', '0x1f', 'a', '1,2'])(
    'refuses %s',
    (text) => expect(() => parseValues(text)).toThrow(/is not a value|more than 5000000/),
  )
  it.each([
    ['{{sum:3 count:2}}x1 4', '{{count:2 sum:3}} {{count:2 sum:3}} 4'],
    ['{{buckets:[1 2]}}+{{buckets:[1] count:1}}x1', '{{buckets:[1 2]}} {{count:1 buckets:[2 2]}}'],
    [
      '1 {{schema:-53 custom_values:[1 5] buckets:[0 2]}}',
      '1 {{schema:-53 custom_values:[1 5] offset:1 buckets:[2]}}',
    ],
  ])('%s has histograms', (text, shown) => {
    const values = parseValues(text)
    const texts = values.map((v) => (typeof v === 'object' ? printHistogram(v) : String(v)))
    expect(texts.join(' ')).toBe(shown)
  })
  it.each(['{{sum:3', '{{sum:a}}', '{{sums:1}}', '{{sum:1}}y3', '{{sum:1}}x9999999'])(
    'refuses the histogram %s',
    (text) => expect(() => parseValues(text)).toThrow(/histogram|not a number|not a value|5000000/),
  )
})

describe('parseSeries', () => {
  it('reads labels', () => {
    expect(parseSeries('up{job="a", b="c"}').toString()).toBe('up{b="c", job="a"}')
    expect(parseSeries('{job="a"}').toString()).toBe('{job="a"}')
    expect(parseSeries(' {} ').size).toBe(0)
  })
  it.each(['up{job="a"', 'up{job=~"a"}', 'up + 1'])('refuses %s', (text) => {
    expect(() => parseSeries(text)).toThrow(/parse error|has labels such as/)
  })
})
