import { describe, expect, it } from 'vitest'
import { parse } from '../../lang/promql/parse.ts'
import { formatMatcher } from '../../model/matcher.ts'
import { planQuery } from './plan.ts'
import { prepareQuery } from './prepare.ts'
import { MemorySource } from './testing/memory-source.ts'

const ALL = { experimentalFunctions: true, extendedRangeSelectors: true }

/** `m 701…1000`: what is fetched, in seconds, for a query from 1000 s to 2000 s in steps of 100 s; lookback 300 s. */
function fetchesOf(query: string): string[] {
  const parsed = parse(query, ALL)
  if (!parsed.ok) throw new Error(parsed.faults[0]?.message)
  const grid = { startMs: 1_000_000, stepMs: 100_000, steps: 11 }
  const scope = {
    startMs: 1_000_000,
    endMs: 2_000_000,
    lookbackMs: 300_000,
    delaysNameRemoval: false,
    defaultStepMs: 60_000,
  }
  const plan = planQuery(prepareQuery(parsed.expr), grid, scope, new MemorySource())
  return plan.raw.map(({ matchers, startMs, endMs }) => {
    // A range is open at its start, so the first millisecond of it is not needed.
    return `${matchers.map(formatMatcher).join()} ${(startMs - 1) / 1000}…${endMs / 1000}`
  })
}

describe('planQuery', () => {
  it.each([
    ['m', ['__name__="m" 700…2000']],
    ['m offset 50s', ['__name__="m" 650…1950']],
    ['m offset -50s', ['__name__="m" 750…2050']],
    ['rate(m[2m])', ['__name__="m" 880…2000']],
    ['rate(m[2m] offset 1m)', ['__name__="m" 820…1940']],
    ['m @ 500', ['__name__="m" 200…500']],
    ['m @ start()', ['__name__="m" 700…1000']],
    ['rate(m[2m] @ end() offset 10s)', ['__name__="m" 1870…1990']],
    ['1 + time()', []],
    ['topk(scalar(k), m)', ['__name__="k" 700…2000', '__name__="m" 700…2000']],
    // The inside of a subquery is evaluated at multiples of its step: first after 1000 s - 10 min, last before 2000 s.
    ['max_over_time(m[10m:1m])', ['__name__="m" 120…1980']],
    ['max_over_time(m[10m:])', ['__name__="m" 120…1980']],
    ['max_over_time(rate(m[1m])[10m:1m] offset 5m)', ['__name__="m" 60…1680']],
    ['max_over_time(m[10m:1m] @ 1200)', ['__name__="m" 360…1200']],
    ['max_over_time((m @ 50)[10m:1m])', ['__name__="m" -250…50']],
    ['rate(m[2m] anchored)', ['__name__="m" 580…2000']],
    ['rate(m[2m] smoothed)', ['__name__="m" 580…2300']],
    ['m smoothed', ['__name__="m" 700…2300']],
    ['info(m offset 1m)', ['__name__="target_info" 640…1940', '__name__="m" 640…1940']],
    ['sum_over_time(m[1s:1h])', []],
  ])('%s', (query, fetches) => {
    expect(fetchesOf(query)).toEqual(fetches)
  })

  it('fetches equal selections once, and those within another with it', () => {
    expect(fetchesOf('m / m')).toEqual(['__name__="m" 700…2000'])
    expect(fetchesOf('rate(m[2m]) + rate(m[1h])')).toEqual(['__name__="m" -2600…2000'])
    expect(fetchesOf('m{a="1",b="2"} + m{b="2",a="1"}')).toHaveLength(1)
    expect(fetchesOf('m + m{a="1"}')).toHaveLength(2)
    // Neither contains the other.
    expect(fetchesOf('m + m offset 1h')).toHaveLength(2)
  })
})
