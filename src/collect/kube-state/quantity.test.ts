import { expect, test } from 'vitest'
import { parseMilliQuantity, parseQuantity, parseWholeQuantity } from './quantity.ts'

test.each([
  ['100m', 0.1],
  ['1', 1],
  ['0.5', 0.5],
  ['.5', 0.5],
  ['1500m', 1.5],
  ['250u', 0.00025],
  ['7n', 7e-9],
  ['1Ki', 1024],
  ['1.5Gi', 1_610_612_736],
  ['128974848', 128_974_848],
  ['129M', 129_000_000],
  ['129e6', 129_000_000],
  ['1E3', 1000],
  ['1E', 1e18],
  ['2Ei', 2 ** 61],
  ['-1k', -1000],
  [3, 3],
])('%s is %d', (written, value) => {
  expect(parseQuantity(written)).toBe(value)
})

test.each(['', 'Gi', '1 Gi', '1GB', '1K', 'ten', '0x10', undefined, null, {}, Number.NaN])(
  '%s is none',
  (written) => {
    expect(parseQuantity(written)).toBeUndefined()
  },
)

test('bytes are whole, cores go to thousandths, both rounded up', () => {
  expect(parseWholeQuantity('100m')).toBe(1)
  expect(parseWholeQuantity('1.5')).toBe(2)
  expect(parseMilliQuantity('100m')).toBe(0.1)
  expect(parseMilliQuantity('1100u')).toBe(0.002)
  expect(parseMilliQuantity('0.3')).toBe(0.3)
  expect(parseMilliQuantity('none')).toBeUndefined()
})
