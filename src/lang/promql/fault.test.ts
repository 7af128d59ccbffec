import { expect, it } from 'vitest'
import { formatFault } from './fault.ts'

it.each([
  ['1+', 2, '1:3: parse error: m'],
  ['a\n+\n b', 5, '3:2: parse error: m'],
  ['"ü" x', 4, '1:6: parse error: m'],
  ['', 0, 'unknown position: parse error: m'],
  ['a', 9, 'invalid position: parse error: m'],
])('places a fault in %j at %d', (query, start, expected) => {
  expect(formatFault(query, { start, end: start, message: 'm' })).toBe(expected)
})
