import { expect, it } from 'vitest'
import { type AttributeValue, decodeAttribute, encodeAttribute } from './attribute-value.ts'

it('writes values of every type so that they are read again', () => {
  const values: readonly AttributeValue[] = [
    { type: 'string', value: '' },
    { type: 'string', value: 'i500' },
    { type: 'int', value: -(2n ** 63n) },
    { type: 'int', value: 9007199254740993n },
    { type: 'float', value: 0.1 },
    { type: 'float', value: Number.NaN },
    { type: 'float', value: Number.NEGATIVE_INFINITY },
    { type: 'boolean', value: false },
    { type: 'strings', value: ['a', ',"', ''] },
    { type: 'strings', value: [] },
    { type: 'ints', value: [1n, -2n] },
    { type: 'ints', value: [] },
    { type: 'floats', value: [0.5, 2] },
    { type: 'booleans', value: [true, false] },
    { type: 'bytes', value: 'AAEC' },
    { type: 'json', value: '{"a":1}' },
  ]
  for (const value of values) expect(decodeAttribute(encodeAttribute(value))).toEqual(value)
})

it('tells types apart', () => {
  const texts = [
    encodeAttribute({ type: 'int', value: 500n }),
    encodeAttribute({ type: 'float', value: 500 }),
    encodeAttribute({ type: 'string', value: '500' }),
  ]
  expect(texts).toEqual(['i500', 'f500', 's500'])
})
