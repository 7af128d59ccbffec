import { describe, expect, it } from 'vitest'
import { completionPlace } from './completion-place.ts'
import { traceqlLanguage } from './traceql-language.ts'

/** `¦` is where the cursor is. */
function placeAt(marked: string) {
  const at = marked.indexOf('¦')
  return completionPlace(marked.slice(0, at) + marked.slice(at + 1), at)
}

const NARROWED = '{ resource.service.name = "api" }'

describe('what can be completed in TraceQL', () => {
  it.each([
    ['¦', { kind: 'spans', from: 0 }],
    ['{¦', { kind: 'field', from: 1 }],
    ['{ resource.ser¦ }', { kind: 'field', from: 2 }],
    ['{ span:du¦', { kind: 'field', from: 2 }],
    ['{ duration ¦', { kind: 'comparison', from: 11 }],
    ['{ duration > ¦', value('duration', 13)],
    ['{ duration > 1s ¦', { kind: 'conjunction', from: 16 }],
    ['{ duration > 1s && ¦', { kind: 'field', from: 19 }],
    ['{ (status = error ||¦', { kind: 'field', from: 20 }],
    ['{ resource.service.name = "a¦" }', value('resource.service.name', 27, { isQuoted: true })],
    ['{ span."a b" = ¦', value('span."a b"', 15)],
    ['{ resource.service.name = "api" && name = ¦ }', value('name', 42, { query: NARROWED })],
    ['{ name = ¦ && resource.service.name = "api" }', value('name', 9, { query: NARROWED })],
    ['{ resource.service.name = "api" || name = ¦ }', value('name', 42)],
    ['{ } ¦', { kind: 'pipe', from: 4 }],
    ['{ } >> ¦', { kind: 'spans', from: 7 }],
    ['{ } | ra¦', { kind: 'stage', from: 6 }],
    ['{ } | rate() ¦', { kind: 'grouping', from: 13 }],
    ['{ } | rate() by (¦)', { kind: 'field', from: 17 }],
    ['{ } | select(span.a, ¦)', { kind: 'field', from: 21 }],
    ['{ } // comment ¦', { kind: 'none' }],
    ['{ } /* comment ¦', { kind: 'none' }],
    ['{ .a =~ "x // y" && ¦', { kind: 'field', from: 20 }],
  ])('in %s', (marked, expected) => {
    expect(placeAt(marked)).toEqual(expected)
  })
})

function value(
  field: string,
  from: number,
  { query, isQuoted = false }: { query?: string; isQuoted?: boolean } = {},
) {
  return { kind: 'value', from, field, query, isQuoted }
}

describe('what is wrong with TraceQL', () => {
  it('is said by the parser and the checker of the server, and ids of traces are no faults', () => {
    expect(traceqlLanguage.check('')).toEqual([])
    expect(traceqlLanguage.check('{ status = error } | rate() by (resource.service.name)')).toEqual(
      [],
    )
    expect(traceqlLanguage.check('5b8efff798038103d269b633813fc60c')).toEqual([])
    expect(traceqlLanguage.check('{ status = }')[0]?.message).toContain('syntax error')
    expect(traceqlLanguage.check('{ name =~ "(" }')).toHaveLength(1)
    expect(traceqlLanguage.check('{ 1 = "a" }')).toHaveLength(1)
  })

  it('is written anew only where nothing is', () => {
    expect(traceqlLanguage.format('{duration>1s&&status=error}')).toBe(
      '{ (duration > 1s) && (status = error) }',
    )
    expect(traceqlLanguage.format('{')).toBeUndefined()
  })
})
