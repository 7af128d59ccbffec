import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { Params } from '../params.ts'
import {
  MAX_TIME_MS,
  MIN_TIME_MS,
  parseApiDuration,
  parseMatchers,
  parseTimeMs,
  readLimit,
  readSelectors,
  readTime,
} from './decode-params.ts'

describe('parseTimeMs', () => {
  const good: readonly (readonly [string, number])[] = [
    ['123', 123_000],
    ['123.123', 123_123],
    ['1543578564.705', 1543578564705],
    ['-1.5', -1500],
    ['1.0006', 1001],
    ['1e3', 1_000_000],
    ['1582468023986', 1582468023986000],
    ['1e300', MAX_TIME_MS],
    ['2015-06-03T13:21:58.555Z', 1433337718555],
    ['2015-06-03T14:21:58.555+01:00', 1433337718555],
    ['2015-06-03T12:51:58.555-00:30', 1433337718555],
    ['2015-06-03T13:21:58.555999999Z', 1433337718555],
    ['2016-02-29T00:00:00Z', 1456704000000],
    ['0001-01-01T00:00:00Z', -62135596800000],
    ['-292273086-05-16T16:47:06Z', MIN_TIME_MS],
    ['292277025-08-18T07:12:54.999999999Z', MAX_TIME_MS],
  ]
  for (const [text, ms] of good) it(`reads ${text}`, () => expect(parseTimeMs(text)).toBe(ms))

  const bad = [
    '',
    'abc',
    '30s',
    'NaN',
    'Inf',
    '2015-06-03',
    '2015-06-03 13:21:58Z',
    '2015-06-03T13:21:58',
    '2015-06-31T13:21:58Z',
    '2015-02-29T13:21:58Z',
    '2015-13-01T13:21:58Z',
    '2015-06-03T24:00:00Z',
    '2015-06-03T13:60:00Z',
    '2015-06-03t13:21:58z',
    '2015-6-3T13:21:58Z',
  ]
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () => expect(parseTimeMs(text)).toBeUndefined())
  }
})

describe('parseApiDuration', () => {
  const good: readonly (readonly [string, number])[] = [
    ['123', 123_000],
    ['123.333', 123_333],
    ['0.001', 1],
    ['15s', 15_000],
    ['5m', 300_000],
    ['1h30m', 5_400_000],
    ['-5', -5000],
  ]
  for (const [text, ms] of good) it(`reads ${text}`, () => expect(parseApiDuration(text)).toBe(ms))

  const bad = [
    '',
    'abc',
    '2015-06-03T13:21:58.555Z',
    '5x',
    '-148966367200.372',
    '148966367200.372',
    'inf',
  ]
  for (const text of bad) {
    it(`refuses ${JSON.stringify(text)}`, () =>
      expect(parseApiDuration(text)).toHaveProperty('error'))
  }
  it('says when a number overflows', () => {
    expect(parseApiDuration('148966367200.372')).toEqual({
      error: 'cannot parse "148966367200.372" to a valid duration. It overflows int64',
    })
  })
})

describe('parameters', () => {
  it('have the messages of the original', () => {
    const params = new Params('/x?time=abc&limit=1.5&start=')
    expect(() => readTime(params, 'time', 0)).toThrow(
      'invalid parameter "time": invalid time value for \'time\': cannot parse "abc" to a valid timestamp',
    )
    expect(() => readLimit(params)).toThrow(
      'invalid parameter "limit": strconv.Atoi: parsing "1.5": invalid syntax',
    )
    expect(() => readLimit(new Params('/x?limit=-1'))).toThrow('limit must be non-negative')
    expect(readTime(params, 'start', 7)).toBe(7)
  })

  it('of the body hold before those of the URL', () => {
    const params = new Params('/x?query=url&a=1&a=2', 'query=body&a=3+4')
    expect(params.get('query')).toBe('body')
    expect(params.all('a')).toEqual(['3 4', '1', '2'])
    expect(params.get('none')).toBe('')
  })
})

describe('selectors', () => {
  it('are read as matchers', () => {
    const shown = parseMatchers('up{job=~"a|b",x!=""}').map(
      ({ name, op, value }) => name + op + value,
    )
    expect(shown.sort()).toEqual(['__name__=up', 'job=~a|b', 'x!='])
  })
  it('must select something', () => {
    expect(() => readSelectors(['{job=~".*"}'])).toThrow(
      'match[] must contain at least one non-empty matcher',
    )
    expect(() => readSelectors(['up{'])).toThrow(/^1:4: parse error: /)
  })
  it('are bounded in number', () => {
    const selectors = Array.from({ length: 1001 }, () => 'up')
    expect(readSelectors(selectors.slice(1))).toHaveLength(1000)
    expect(() => readSelectors(selectors)).toThrow('the limit is 1000')
  })
})

describe('the durations of the conformance data', () => {
  // The API's parser takes no negative durations; the data has them for another function.
  const isRefused = ({ in: text, bad }: DurationCase): boolean => bad || text.startsWith('-')
  const cases = readCases()

  it.skipIf(cases.length === 0)('are there', () => {
    expect(cases.length).toBeGreaterThan(10)
  })
  it.each(cases.filter(isRefused))('$in is refused', ({ in: text }) => {
    expect(parseApiDuration(text)).toHaveProperty('error')
  })
  it.each(cases.filter((found) => !isRefused(found)))(
    '$in is read',
    ({ in: text, go_out: wanted }) => {
      expect(parseApiDuration(text)).toBe(evaluateGo(wanted?.go ?? wanted?.lit ?? ''))
    },
  )
})

function readCases(): DurationCase[] {
  const path = join(
    import.meta.dirname,
    '../../../../shared/conformance/data/prometheus-common/durations.json',
  )
  if (existsSync(path)) return JSON.parse(readFileSync(path, 'utf8')) as DurationCase[]
  console.log(`skipped, because it is not there: ${path}`)
  return []
}

interface DurationCase {
  readonly in: string
  readonly go_out: { readonly go?: string; readonly lit?: string } | null
  readonly bad: boolean
}

/** Sums of products of numbers and units, e.g. `2*24*time.Hour + time.Minute`; milliseconds. */
function evaluateGo(expression: string): number {
  const units: Record<string, number> = {
    'time.Millisecond': 1,
    'time.Second': 1000,
    'time.Minute': 60_000,
    'time.Hour': 3_600_000,
  }
  const factor = (text: string): number => units[text.trim()] ?? Number(text)
  const product = (text: string): number =>
    text.split('*').reduce((total, part) => total * factor(part), 1)
  return expression.split('+').reduce((total, part) => total + product(part), 0)
}
