import { describe, expect, it } from 'vitest'
import type { Grouping } from '../../lang/logql/ast.ts'
import { parse } from '../../lang/logql/parse.ts'
import { compileSampler } from '../../lang/logql/pipeline/sample.ts'
import { planTally, type TallyPlan } from './plan-tally.ts'

const BY_LEVEL: Grouping = { without: false, labels: ['level'] }
const ERRORS = ['__error__', '__error_details__', '__preserve_error__']

function plan(stages: string, op = 'count_over_time', outer?: Grouping): TallyPlan | undefined {
  const { expr, faults } = parse(`${op}({app="web"} ${stages} [1m])`)
  if (expr?.kind !== 'range_aggregate') throw new Error(faults[0]?.message ?? 'no range')
  return planTally(expr, compileSampler(expr, outer).looksAt)
}

describe('the plan of a tally', () => {
  it('lets the engine decide over line filters, wherever they stand', () => {
    expect(plan('|= "a" or "b" != "c" |~ "(?i)d+" !~ "e"')).toEqual({
      needles: [{ anyOf: ['a', 'b'] }, { anyOf: ['c'], isAbsent: true }],
      patterns: [
        { source: '(?i)d+', isAbsent: false },
        { source: 'e', isAbsent: true },
      ],
      form: { isUtf8: true },
      labels: undefined,
      sumsBytes: false,
      isOfValues: false,
    })
    expect(plan('| json |= "a"', 'rate', BY_LEVEL)?.needles).toEqual([{ anyOf: ['a'] }])
  })

  it('asks for the fields of JSON that labels are looked at of', () => {
    expect(plan('| json', 'bytes_rate', BY_LEVEL)).toEqual({
      ...{ needles: [], patterns: [], sumsBytes: true, isOfValues: false },
      form: { isUtf8: true, fields: { parser: { kind: 'json' }, names: ['level'] } },
      labels: ['level', ...ERRORS],
    })
    expect(plan('| json | status >= 500', 'rate', BY_LEVEL)?.form.fields?.names).toEqual([
      'status',
      'level',
    ])
    // Whether JSON can be read matters although nothing of it is asked for.
    const errors = plan('| json | __error__=""', 'rate', { without: false, labels: [] })
    expect(errors?.form.fields?.names).toEqual([])
    expect(plan('| json', 'rate', { without: false, labels: [] })?.form).toEqual({ isUtf8: false })
  })

  it('asks for what other parsers find', () => {
    const fields = (stages: string): unknown => plan(stages, 'rate', BY_LEVEL)?.form.fields
    expect(fields('| logfmt | x="1"')).toEqual({
      parser: { kind: 'logfmt' },
      names: ['x', 'level'],
    })
    expect(fields('| pattern `<_> - <level> <x>` | y="1"')).toMatchObject({
      parser: { kind: 'pattern' },
      names: ['level'],
    })
    expect(fields('| regexp `(a)(?:b)[(]\\((?P<level>c(d))(?P<x>e)`')).toMatchObject({
      parser: {
        groups: new Map([
          ['level', 2],
          ['x', 4],
        ]),
      },
      names: ['level'],
    })
  })

  it('asks for the field that is unwrapped, where the order of values does not matter', () => {
    const ofTook = (op: string): TallyPlan | undefined =>
      plan('| json | unwrap duration(took)', op, BY_LEVEL)
    expect(ofTook('sum_over_time')).toMatchObject({
      form: { fields: { names: ['took', 'level'] } },
      isOfValues: true,
    })
    expect(ofTook('avg_over_time')).toEqual(ofTook('sum_over_time'))
    for (const op of ['first_over_time', 'last_over_time', 'rate_counter']) {
      expect(ofTook(op)).toBeUndefined()
    }
  })

  it.each([
    ['every label of a line matters', '| json', undefined],
    ['labels get another name', '| json', { without: false, labels: ['level_extracted'] }],
    ['the text is looked at twice', '| json | logfmt', BY_LEVEL],
    ['the line is changed', '| line_format "{{.app}}" | json', BY_LEVEL],
    ['a parser marks lines', '| logfmt --strict', BY_LEVEL],
    ['a parser keeps what is empty', '| logfmt --keep-empty', BY_LEVEL],
    ['the parser is another', '| unpack', BY_LEVEL],
    ['a pattern has rare classes', '| regexp `(?P<level>\\pL+)`', BY_LEVEL],
    ['single values are extracted', '| json level="a.b"', BY_LEVEL],
    ['a filter is of addresses', '|= ip("10.0.0.0/8")', BY_LEVEL],
    ['a filter is a pattern of its own kind', '|> "<_>a"', BY_LEVEL],
    ['a regular expression has rare classes', '|~ "\\\\pL"', BY_LEVEL],
    ['a regular expression has flags inside', '|~ "a(?i)b"', BY_LEVEL],
  ] satisfies [string, string, Grouping | undefined][])('is none where %s', (_, stages, outer) => {
    expect(plan(stages, 'rate', outer)).toBeUndefined()
  })
})
