import { expect, it } from 'vitest'
import { formatMatcher } from '../model/matcher.ts'
import { readMatcherArguments } from './matcher-arguments.ts'
import { UsageError } from './usage-error.ts'

function read(...texts: string[]): string[] {
  return readMatcherArguments(texts).map(formatMatcher)
}

it('reads matchers as amtool does', () => {
  expect(read('severity=critical', 'instance=~web-.*', 'job!=a', 'zone!~eu|us')).toEqual([
    ...['severity="critical"', 'instance=~"web-.*"', 'job!="a"', 'zone!~"eu|us"'],
  ])
})

it('takes a bare first word for the name of an alert', () => {
  expect(read('DiskFull', 'instance=db1')).toEqual(['alertname="DiskFull"', 'instance="db1"'])
  expect(read('Łódź-2')).toEqual(['alertname="Łódź-2"'])
})

it.each([[['a=b', 'DiskFull']], [['=b']], [['a=~(']], [['a="b']]])(
  'says what is no matcher: %j',
  (texts) => {
    expect(() => read(...texts)).toThrow(UsageError)
    expect(() => read(...texts)).toThrow(/is no matcher such as severity=critical: ./)
  },
)
