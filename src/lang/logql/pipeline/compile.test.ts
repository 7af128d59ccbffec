import { describe, expect, it } from 'vitest'
import { parse } from '../parse.ts'
import { Labels } from '../../../model/labels.ts'
import { compilePipeline, type PipelineLine } from './compile.ts'
import { compileSampler, type LineSample } from './sample.ts'

const STREAM = Labels.from({ app: 'web', env: 'prod' })

function run(
  stages: string,
  line: string,
  metadata: Readonly<Record<string, string>> = {},
): PipelineLine | undefined {
  const { expr, faults } = parse(`{app="web"} ${stages}`)
  if (expr?.kind !== 'log') throw new Error(faults[0]?.message ?? 'no log query')
  return compilePipeline(expr.stages).process(line, STREAM, Labels.from(metadata), 1_000_000_000n)
}

function sample(query: string, line: string): LineSample | undefined {
  const { expr, faults } = parse(query)
  if (expr?.kind !== 'range_aggregate') throw new Error(faults[0]?.message ?? 'no range')
  return compileSampler(expr).process(line, STREAM, Labels.EMPTY, 0n)
}

describe('a pipeline', () => {
  it('keeps labels of streams, structured metadata and lines apart', () => {
    const result = run('| json', '{"app":"x","user":{"id":7,"ok":true},"trace":"b"}', {
      trace: 'a',
    })
    expect(result?.stream.toObject()).toEqual({ app: 'web', env: 'prod' })
    expect(result?.structuredMetadata.toObject()).toEqual({ trace: 'a' })
    expect(result?.parsed.toObject()).toEqual({
      app_extracted: 'x',
      trace_extracted: 'b',
      user_id: '7',
      user_ok: 'true',
    })
  })

  it('gives a metadata label of the name of a stream label the suffix', () => {
    const result = run('| app_extracted="m"', 'x', { app: 'm' })
    expect(result?.structuredMetadata.toObject()).toEqual({ app_extracted: 'm' })
  })

  it('moves a label that is formatted to what the pipeline made', () => {
    const result = run('| label_format env="{{.env}}-{{ToUpper .app}}", service=app', 'x')
    expect(result?.stream.toObject()).toEqual({})
    expect(result?.parsed.toObject()).toEqual({ env: 'prod-WEB', service: 'web' })
  })

  it.each([
    ['| json', 'not json', 'JSONParserErr'],
    ['| json', '{"a": nope}', 'JSONParserErr'],
    ['| logfmt --strict', 'a=b c"', 'LogfmtParserErr'],
    ['| unpack', '["a"]', 'JSONParserErr'],
    ['| logfmt | ms > 5', 'ms=slow', 'LabelFilterErr'],
    ['| logfmt | took > 5s', 'took=5parsec', 'LabelFilterErr'],
    ['| logfmt | size > 5kB', 'size=5nibble', 'LabelFilterErr'],
    ['| line_format "{{div 1 0}}"', 'x', 'TemplateFormatErr'],
  ])('marks a line that %s cannot work on', (stages, line, error) => {
    const parsed = run(stages, line)?.parsed
    expect(parsed?.get('__error__')).toBe(error)
    expect(parsed?.get('__error_details__')).not.toBe('')
    expect(run(`${stages} | __error__=""`, line)).toBeUndefined()
    expect(run(`${stages} | drop __error__, __error_details__`, line)?.parsed.size).toBeLessThan(3)
  })

  it('reads what is good of a line before what is not', () => {
    expect(run('| json', '{"a":"b","c":')?.parsed.get('a')).toBe('b')
    expect(run('| logfmt', 'a=b ="x" c=d')?.parsed.toObject()).toEqual({ a: 'b', c: 'd' })
  })

  it('takes deep, long and strange lines as they come', () => {
    const deep = '{"a":'.repeat(20_000) + '1' + '}'.repeat(20_000)
    expect(run('| json', deep)).toBeDefined()
    expect(
      run('| json', '{"a":"\\ud83d\\ude00 \\u00e9\\n","b":"\\ud800"}')?.parsed.toObject(),
    ).toEqual({
      a: '😀 é\n',
      b: '',
    })
    expect(run('| json', '{"0 a.b":"x"}')?.parsed.toObject()).toEqual({ _0_a_b: 'x' })
    expect(run('| line_format "{{repeat 100000000 .app}}"', 'x')?.parsed.get('__error__')).toBe(
      'TemplateFormatErr',
    )
  })

  it('sees the line that the stages before it made', () => {
    const packed = '{"pod":"p","_entry":"level=warn msg=\\"a b\\""}'
    const result = run(
      '| unpack | logfmt | level="warn" | line_format "{{.pod}}: {{.msg}}" |= "p:"',
      packed,
    )
    expect(result?.line).toBe('p: a b')
    expect(run('| line_format "{{.nope}}"', 'x')?.line).toBe('')
    expect(run('| line_format "{{__line__}} {{__timestamp__ | unixEpoch}}"', 'x')?.line).toBe('x 1')
    expect(run('| decolorize', '\u001b[31mred\u001b[0m')?.line).toBe('red')
  })

  it.each([
    ['| json | keep user, env="prod"', { env: 'prod' }, { user: 'u' }],
    ['| json | keep env="test"', {}, {}],
    ['| json | drop user, env=~"p.*"', { app: 'web' }, { id: '1' }],
    ['| json id, who="user"', { app: 'web', env: 'prod' }, { id: '1', who: 'u' }],
  ])('chooses labels with %s', (stages, stream, parsed) => {
    const result = run(stages, '{"user":"u","id":1}')
    expect(result?.stream.toObject()).toEqual(stream)
    expect(result?.parsed.toObject()).toEqual(parsed)
  })

  it.each([
    ['|= ip("10.0.0.0/8")', 'from 10.1.2.3:80', true],
    ['|= ip("10.0.0.0/8")', 'from 11.1.2.3', false],
    ['!= ip("2001:db8::/32")', 'from [2001:db8::7]:80', false],
    ['|> "<_> took <_>ms"', 'it took 5ms', true],
    ['|> "<_> took <_>ms"', 'took 5ms', false],
    ['!> "<_>x<_>"', 'axb', false],
    ['|~ "(?i)ERR" or "warn"', 'an err', true],
  ])('filters with %s', (stages, line, isKept) => {
    expect(run(stages, line) !== undefined).toBe(isKept)
  })

  it('refuses stages that cannot be run', () => {
    expect(() => run('| line_format "{{nope}}"', 'x')).toThrow(
      'parse error : stage \'| line_format "{{nope}}"\' : invalid line template: template: line:1: function "nope" not defined',
    )
    expect(() => run('|= ip("x")', 'x')).toThrow('ip: invalid pattern: "x"')
    expect(() => run('| a=ip("x")', 'x')).toThrow('ip: invalid pattern: "x"')
  })
})

describe('a sampler', () => {
  it('counts lines and bytes', () => {
    expect(sample('rate({app="web"}[1m])', 'é')?.value).toBe(1)
    expect(sample('bytes_rate({app="web"}[1m])', 'é')?.value).toBe(2)
    expect(sample('count_over_time({app="web"} |= "a"[1m])', 'b')).toBeUndefined()
  })

  it.each([
    ['unwrap took', '1.5', 1.5],
    ['unwrap duration(took)', '1m30s', 90],
    ['unwrap bytes(took)', '5KiB', 5120],
  ])('reads the value with %s', (unwrap, text, value) => {
    const found = sample(`sum_over_time({app="web"} | logfmt | ${unwrap}[1m])`, `took=${text} a=b`)
    expect(found?.value).toBe(value)
    expect(found?.labels.toObject()).toEqual({ a: 'b', app: 'web', env: 'prod' })
  })

  it('groups, and keeps the error of a value that is none', () => {
    const query = (filter: string): string =>
      `avg_over_time({app="web"} | logfmt | unwrap took ${filter}[1m]) by (a, env)`
    expect(sample(query(''), 'took=1 a=b c=d')?.labels.toObject()).toEqual({ a: 'b', env: 'prod' })
    expect(sample(query(''), 'a=b')).toBeUndefined()
    expect(sample(query(''), 'took=x')?.labels.get('__error__')).toBe('SampleExtractionErr')
    expect(sample(query('| __error__=""'), 'took=x')).toBeUndefined()
  })
})
