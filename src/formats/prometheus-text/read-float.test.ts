import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../text-codec.ts'
import { parseFloatToken, readShortFloat } from './read-float.ts'

const into = new Float64Array(1)

/** What the short way reads, when it takes the whole text. */
function readShort(text: string): number | undefined {
  const bytes = encodeUtf8(text)
  return readShortFloat(bytes, 0, bytes.length, into, 0) === bytes.length ? into[0] : undefined
}

function parse(text: string): number | undefined {
  const bytes = encodeUtf8(text)
  return parseFloatToken(bytes, 0, bytes.length)
}

describe('readShortFloat', () => {
  it('agrees with JavaScript to the last bit, wherever it answers', () => {
    let seed = 1
    const random = (): number => (seed = (seed * 1103515245 + 12345) % 2147483648)
    let answered = 0
    for (let round = 0; round < 50_000; round++) {
      const digits = String(random()) + (round % 3 === 0 ? String(random()).slice(0, 7) : '')
      const point = random() % (digits.length + 1)
      const exponent = (random() % 61) - 30
      const sign = ['', '-', '+'][round % 3] ?? ''
      const tail = round % 2 === 0 ? '' : `e${exponent}`
      const text = `${sign}${digits.slice(0, point)}.${digits.slice(point)}${tail}`
      const value = readShort(text)
      if (value === undefined) continue
      answered++
      expect(Object.is(value, Number(text))).toBe(true)
    }
    expect(answered).toBeGreaterThan(20_000)
  })

  it.each([
    ['0', 0],
    ['-0', -0],
    ['1.', 1],
    ['.5', 0.5],
    ['1E+05', 1e5],
    ['9007199254740991', 2 ** 53 - 1],
    ['7.424100000000001e-05', 7.424100000000001e-5],
  ])('%s', (text, value) => expect(readShort(text)).toBe(value))

  it.each([
    '',
    '.',
    '-',
    '+',
    'e5',
    '1e',
    '1e+',
    '1e23',
    '1e-40',
    '9007199254740993e-1',
    '90071992547409930',
    'NaN',
    '1x',
  ])('leaves %j to others', (text) => expect(readShort(text)).toBeUndefined())
})

describe('parseFloatToken', () => {
  it.each([
    ['+Inf', Infinity],
    ['-inf', -Infinity],
    ['Infinity', Infinity],
    ['NaN', Number.NaN],
    ['nan', Number.NaN],
    ['1e308', 1e308],
    ['4.9e-324', 5e-324],
    ['1e-400', 0],
    ['123456789012345678901234567890', Number('123456789012345678901234567890')],
  ])('%s', (text, value) => expect(parse(text)).toBe(value))

  it.each(['', '+NaN', '1e309', '0x10', '0x1p3', '1_000', '1e', 'Infi', '1 2', '١'])(
    '%j',
    (text) => {
      expect(parse(text)).toBeUndefined()
    },
  )
})
