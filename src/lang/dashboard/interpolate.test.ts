import { describe, expect, it } from 'vitest'
import { formatForLogql, formatForPromql } from './format-value.ts'
import { interpolate, interpolateDeep, referencedNames } from './interpolate.ts'
import type { QueryVariable } from './model.ts'
import { globalValues, plainValue, valueOfVariable, withValues } from './scope.ts'
import type { Scope, ScopeValue } from './scope.ts'

function several(name: string, ...values: string[]): ScopeValue {
  return { name, value: values, text: values.join(' + '), isPattern: true }
}

const facts = {
  fromMs: 1_700_000_000_000,
  toMs: 1_700_003_600_000,
  timezone: 'utc',
  dashboard: { uid: 'u', title: 'Board' },
  org: { id: 1, name: 'Main' },
  user: { id: 7, login: 'ann', email: 'a@b.c' },
}

const scope: Scope = withValues(new Map(), [
  ...globalValues(facts),
  plainValue('a', 'one'),
  plainValue('path', '/var/"x"'),
  several('m', 'x.1', 'y'),
  several('single', 'x.1'),
  { ...several('q', "it's", 'b"c'), text: 'Q' },
  { ...plainValue('named', 'v1', 'Name'), fields: { zone: 'eu', deep: { er: 3 } } },
  { ...several('all', 'p', 'q'), text: 'All', allValue: '.*', urlValue: '$__all' },
  { ...several('every', 'p', 'q'), text: 'All', urlValue: '$__all' },
  plainValue('__interval', '1m'),
])

describe('interpolate', () => {
  it.each([
    ['$a ${a} [[a]] $a_b', 'one one one $a_b'],
    ['$unknown ${unknown:csv} [[unknown]] $1 $', '$unknown ${unknown:csv} [[unknown]] $1 $'],
    ['$m', '{x.1,y}'],
    ['$single', 'x.1'],
    ['${m:regex}', String.raw`(x\.1|y)`],
    ['${single:regex}', String.raw`x\.1`],
    ['[[m:pipe]]', 'x.1|y'],
    ['${m:csv}', 'x.1,y'],
    ['${m:join:; }', 'x.1; y'],
    ['${m:json}', '["x.1","y"]'],
    ['${a:json}', 'one'],
    ['${m:distributed}', 'x.1,m=y'],
    ['${m:glob}', '{x.1,y}'],
    ['${m:lucene}', '("x.1" OR "y")'],
    ['${path:lucene}', String.raw`\/var\/\"x\"`],
    ['${m:percentencode}', '%7Bx.1%2Cy%7D'],
    ['${path:uriencode}', '/var/%22x%22'],
    ['${q:singlequote}', String.raw`'it\'s','b"c'`],
    ['${q:doublequote}', String.raw`"it's","b\"c"`],
    ['${q:sqlstring}', String.raw`'it''s','b\"c'`],
    ['${q:html}', 'it&#39;s, b&quot;c'],
    ['${q:text}', 'Q'],
    ['${q:raw}', `it's,b"c`],
    ['${m:queryparam}', 'var-m=x.1&var-m=y'],
    ['${m:customqueryparam:p:n-}', 'p=n-x.1&p=n-y'],
    ['${m:nonsense}', '{x.1,y}'],
    ['${all}', '.*'],
    ['${all:text}', 'All'],
    ['${all:queryparam}', 'var-all=%24__all'],
    ['${every}', '{p,q}'],
    ['${named}', 'v1'],
    ['${named:text}', 'Name'],
    ['${named.zone}', 'eu'],
    ['${named.deep.er}', '3'],
    ['${named.none}', 'v1'],
    ['${__from}', '1700000000000'],
    ['${__from:date}', '2023-11-14T22:13:20.000Z'],
    ['${__from:date:seconds}', '1700000000'],
    ['${__to:date:YYYY-MM-DD HH:mm}', '2023-11-14 23:13'],
    ['$__range $__range_s $__range_ms', '3600s 3600 3600000'],
    ['${__dashboard} ${__dashboard.uid}', 'Board u'],
    ['${__user.login} ${__org.name} ${__org}', 'ann Main 1'],
    ['$__timezone', 'utc'],
    ['rate(x[$__interval])', 'rate(x[1m])'],
    ['?${__url_time_range}', '?from=1700000000000&to=1700003600000'],
    ['${__data.fields[1]} ${__value.raw}', '${__data.fields[1]} ${__value.raw}'],
  ])('%s', (text, expected) => {
    expect(interpolate(text, scope)).toBe(expected)
  })

  it.each([
    ['x{a="$a"}', 'x{a="one"}'],
    ['x{a="$path"}', String.raw`x{a="/var/\"x\""}`],
    ['x{a=~"$m"}', String.raw`x{a=~"(x\\.1|y)"}`],
    ['x{a=~"$single"}', String.raw`x{a=~"x\\.1"}`],
    ['x{a=~"$all"}', 'x{a=~".*"}'],
    ['x{a=~"${m:pipe}"}', 'x{a=~"x.1|y"}'],
    ['sum by ($a) (x[$__range])', 'sum by (one) (x[3600s])'],
  ])('in PromQL: %s', (text, expected) => {
    expect(interpolate(text, scope, formatForPromql)).toBe(expected)
  })

  it('keeps a value that is a whole matcher', () => {
    const own = withValues(scope, [plainValue('f', 'job="x"')])
    expect(interpolate('up{$f}', own, formatForPromql)).toBe('up{job="x"}')
  })

  it('does not put LogQL alternatives in parentheses', () => {
    expect(interpolate('{a=~"$m"}', scope, formatForLogql)).toBe(String.raw`{a=~"x\\.1|y"}`)
  })

  it('fills in the text that All stands for', () => {
    const nested = withValues(scope, [{ ...several('n', 'x'), allValue: '$a.*' }])
    expect(interpolate('$n', nested)).toBe('one.*')
    const ring = withValues(scope, [{ ...several('n', 'x'), allValue: '$n' }])
    expect(interpolate('$n', ring)).toBe('$n')
  })

  it('fills in every text of an object', () => {
    expect(interpolateDeep({ a: ['$a', 1], b: { c: '${a}' } }, scope)).toEqual({
      a: ['one', 1],
      b: { c: 'one' },
    })
  })

  it('lists all variables for a link', () => {
    const own = withValues(new Map(), [plainValue('a', 'x y'), several('m', '1', '2')])
    expect(interpolate('?${__all_variables}', own)).toBe('?var-a=x%20y&var-m=1&var-m=2')
  })

  it('names what a text refers to', () => {
    expect(referencedNames('$a ${b:csv} [[c:regex]] ${d.e} $a')).toEqual(['a', 'b', 'c', 'd'])
  })
})

describe('valueOfVariable', () => {
  const variable: QueryVariable = {
    ...{
      type: 'query',
      name: 'v',
      query: '',
      regex: '',
      regexApplyTo: 'value',
      sort: 0,
      refresh: 1,
    },
    ...{ hide: 0, skipUrlSync: false, multi: true, includeAll: true, options: [], rest: {} },
  }
  const options = ['a', 'b'].map((value) => ({ text: value.toUpperCase(), value }))

  it('All is every option, or the text it stands for', () => {
    const all = { text: ['All'], value: ['$__all'] }
    expect(valueOfVariable(variable, all, options)).toMatchObject({
      value: ['a', 'b'],
      text: 'All',
    })
    const own = { ...variable, allValue: '.+' }
    expect(valueOfVariable(own, all, options)).toMatchObject({ allValue: '.+', urlValue: '$__all' })
  })

  it('several values keep their texts', () => {
    const both = { text: ['A', 'B'], value: ['a', 'b'] }
    expect(valueOfVariable(variable, both, options)).toMatchObject({
      text: 'A + B',
      isPattern: true,
    })
  })
})
