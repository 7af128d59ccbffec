import { describe, expect, it } from 'vitest'
import { formatFault } from '../lang/promql/fault.ts'
import { parse } from '../lang/promql/parse.ts'
import { explainQueryFault } from './query-fault.ts'

describe('a parse error of the server', () => {
  it.each([
    ['sum(', '1:5: parse error: x', '    sum(\n        ^'],
    ['a +\nb c', 'invalid parameter "query": 2:3: parse error: x', '    b c\n      ^'],
    ['"é" é', '1:6: parse error: x', '    "é" é\n        ^'],
    ['"東" é', '1:7: parse error: x', '    "東" é\n         ^'],
    ['\tup up', '1:5: parse error: x', '    \\tup up\n         ^'],
  ])('in %j is shown below its place', (query, message, shown) => {
    expect(explainQueryFault(query, message)?.split('\n\n')[1]).toBe(shown)
  })

  it.each([
    ['sum(up', '          ^'],
    ['"é" + ', '          ^'],
    ['up{a="b" c}', '             ^'],
  ])('as our own parser reports it for %j', (query, caret) => {
    const parsed = parse(query)
    const [fault] = parsed.ok ? [] : parsed.faults
    const message = fault === undefined ? '' : formatFault(query, fault)
    expect(explainQueryFault(query, message)?.split('\n').at(-1)).toBe(caret)
  })

  it('shows a part of a long line', () => {
    const query = `${'a + '.repeat(100)}) ${'+ b'.repeat(100)}`
    const lines = explainQueryFault(query, '1:401: parse error: x')?.split('\n') ?? []
    expect(lines[2]?.length).toBeLessThan(105)
    expect(lines[2]?.[lines[3]?.indexOf('^') ?? 0]).toBe(')')
  })

  it.each(['unknown position: parse error: no expression', '7:1: parse error: x', 'timeout'])(
    'is not made of %j',
    (message) => expect(explainQueryFault('up', message)).toBeUndefined(),
  )
})
