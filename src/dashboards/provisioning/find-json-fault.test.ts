import { expect, it } from 'vitest'
import { findJsonFault } from './find-json-fault.ts'

it.each([
  ['{"a": [1, 2,, 3]}', 12],
  ['{"a": 1,}', 8],
  ['[1 2]', 3],
  ['{"a" 1}', 5],
  ['{a: 1}', 1],
  ["{'a': 1}", 1],
  ['{"a": tru}', 6],
  ['{"a": "b', 6],
  ['{"a": 1', 7],
  ['{"a": 1]', 7],
  ['{} x', 3],
  ['', 0],
  ['{"a":\n  "\u0001"}', 8],
])('%j stops being JSON at %d', (text, offset) => {
  expect(() => {
    JSON.parse(text)
  }).toThrow(SyntaxError)
  expect(findJsonFault(text)).toBe(offset)
})
