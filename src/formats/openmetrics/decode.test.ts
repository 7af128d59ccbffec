import { describe, expect, it } from 'vitest'
import type { ScrapePage } from '../prometheus-text/page.ts'
import { createScrapeParser } from '../prometheus-text/scrape-parser.ts'
import { encodeUtf8 } from '../text-codec.ts'
import { formatOpenMetricsFloat } from './format-float.ts'

const OPENMETRICS = 'application/openmetrics-text; version=1.0.0; charset=utf-8'
const DEFAULT_MS = 99_000
const parser = createScrapeParser()
const strict = createScrapeParser({ strict: true })

function parse(text: string): ScrapePage {
  return parser.parse(encodeUtf8(text), OPENMETRICS, DEFAULT_MS, true)
}

function rowsOf(page: ScrapePage): string[] {
  expect(page.fault).toBeUndefined()
  return Array.from({ length: page.rows }, (_, row) => {
    const time = page.hasTimestamp[row] === 1 ? ` @${page.timestampsMs[row]}` : ''
    return `${page.labelsOf(row).toString()} ${page.values[row]}${time}`
  })
}

describe('a page', () => {
  it('has series, timestamps in seconds, metadata and _created lines as series', () => {
    const page = parse(
      [
        '# TYPE foo_seconds counter',
        '# UNIT foo_seconds seconds',
        '# HELP foo_seconds Time \\"spent\\".',
        'foo_seconds_total{a="b"} 17.0 1520879607.789',
        'foo_seconds_created{a="b"} 1520872607.123',
        '# TYPE st stateset',
        'st{st="on"} 1',
        '# TYPE ver info',
        'ver_info{v="1"} 1 -0.5',
        '{"a.b",l="v"} NaN',
        '# EOF',
      ].join('\n'),
    )
    expect(rowsOf(page)).toEqual([
      'foo_seconds_total{a="b"} 17 @1520879607789',
      'foo_seconds_created{a="b"} 1520872607.123',
      'st{st="on"} 1',
      'ver_info{v="1"} 1 @-500',
      '{"a.b", l="v"} NaN',
    ])
    expect(page.metadata()).toEqual([
      { family: 'foo_seconds', type: 'counter', help: 'Time "spent".', unit: 'seconds' },
      { family: 'st', type: 'stateset', help: '', unit: '' },
      { family: 'ver', type: 'info', help: '', unit: '' },
    ])
  })

  it('has exemplars with the time of their own or of the sample', () => {
    const page = parse(
      [
        '# TYPE h histogram',
        'h_bucket{le="1"} 1 # {trace_id="a # b",x="\\"q\\""} 0.67 1520879607.789',
        'h_bucket{le="2"} 1 5 # {} 1e3',
        'h_bucket{le="+Inf"} 1 # {"id.thing"="x"} -Inf',
        '# EOF\n',
      ].join('\n'),
    )
    expect(page.fault).toBeUndefined()
    expect(
      page.exemplars.map(({ row, labels, value, timestampMs }) => [
        row,
        labels.toObject(),
        value,
        timestampMs,
      ]),
    ).toEqual([
      [0, { trace_id: 'a # b', x: '"q"' }, 0.67, 1520879607789],
      [1, {}, 1000, 5000],
      [2, { 'id.thing': 'x' }, -Infinity, DEFAULT_MS],
    ])
    expect([0, 1, 2].map((row) => page.labelsOf(row).get('le'))).toEqual(['1.0', '2.0', '+Inf'])
  })
})

describe('faults', () => {
  it.each([
    ['', 'the page does not end with # EOF'],
    ['a 1', 'the page does not end with # EOF'],
    ['a 1\n', 'the page does not end with # EOF'],
    ['a 1\n# EOF\n\n', 'unexpected data after # EOF'],
    ['# EOFx', 'unexpected data after # EOF'],
    ['a  1\n# EOF', 'expected a value after the series, got " "'],
    ['a\t1\n# EOF', 'expected a blank and a value after the series, got "\\t"'],
    ['a 1 \n# EOF', 'expected a timestamp in seconds, got the end of the line'],
    ['a 1\t2\n# EOF', 'a value after the series is not a number'],
    ['a 1 NaN\n# EOF', 'a timestamp is a finite number'],
    ['a{b="c" ,d="e"} 1\n# EOF', 'expected a comma or a closing brace, got " "'],
    ['a{b="c"d="e"} 1\n# EOF', 'expected a comma or a closing brace, got "d"'],
    ['a{b="c\nd"} 1\n# EOF', 'the closing quote is missing'],
    ['\na 1\n# EOF', 'expected a metric name or a comment, got the end of the line'],
    ['# a comment\n# EOF', 'a line that begins with "#" is # TYPE, # HELP, # UNIT or # EOF'],
    ['#TYPE a gauge\n# EOF', 'expected a blank after "#"'],
    ['# TYPE a untyped\n# EOF', 'the type of a metric is one of unknown, counter'],
    ['# TYPE a gauge \n# EOF', 'the type of a metric is one of'],
    [
      '# HELP a\n# EOF',
      'expected a blank and a text after the metric name, got the end of the line',
    ],
    ['# UNIT a_seconds minutes\n# EOF', 'the unit is not the suffix of the metric name'],
    ['# UNIT aseconds seconds\n# EOF', 'the unit is not the suffix of the metric name'],
    [
      'a 1 # {b="c"}\n# EOF',
      'expected a blank and a value of the exemplar, got the end of the line',
    ],
    ['a 1 # {b="c"} x\n# EOF', 'a value of the exemplar is not a number'],
    ['a 1 # {"b"} 1\n# EOF', 'expected "=" after the label name'],
    ['a 1 # {b="c"} 1 Inf\n# EOF', 'a timestamp is a finite number'],
  ])('%j', (text, message) => {
    expect(parse(text).fault?.message).toContain(message)
  })
})

describe('strict pages', () => {
  const histogram = '# TYPE h histogram\n'
  it.each([
    ['a 1\n# TYPE a gauge\n', 'stands before the samples'],
    ['# TYPE a gauge\n# TYPE a gauge\n', '# TYPE is there already'],
    ['a 1\nb 1\na 2\n', 'the family a was there before'],
    ['# TYPE c counter\nc 1\n', 'the family c was there before, or its name clashes'],
    ['# TYPE c counter\nc_total -1\n', 'a total is not negative'],
    [`${histogram}h_bucket{le="2"} 1\nh_bucket{le="1"} 1\n`, 'the buckets are not in order'],
    [`${histogram}h_bucket{le="1"} 2\nh_bucket{le="+Inf"} 1\n`, 'the buckets are not cumulative'],
    [`${histogram}h_bucket{le="1"} 2\n`, 'the bucket of le="+Inf" is missing'],
    [`${histogram}h_bucket{le="+Inf"} 2\nh_count 3\nh_sum 1\n`, 'the count is not the value'],
    [`${histogram}h_bucket{le="+Inf"} 2\nh_sum 1\n`, 'stand together or not at all'],
    [`${histogram}h_bucket 2\n`, 'a bucket has a label le'],
    ['# TYPE s summary\ns{quantile="2"} 1\n', 'a quantile has a label quantile from 0 to 1'],
    ['# TYPE s stateset\ns{s="a"} 2\n', 'the value of a state is 0 or 1'],
    ['# TYPE s_x info\n# UNIT s_x x\n', 'a family of type info has no unit'],
    [
      '# TYPE g gauge\ng{a="1"} 1\ng{a="2"} 1\ng{a="1"} 2\n',
      'the samples of a metric stand together',
    ],
    ['g 1 2\ng 1 1\n', 'the timestamps of a metric do not go back'],
    ['g 1 2\ng 1\n', 'all samples of a metric have a timestamp, or none'],
    ['g 1 # {a="b"} 1\n', 'exemplars belong to buckets and to totals of counters'],
    [
      `# TYPE c counter\nc_total 1 # {a="${'x'.repeat(128)}"} 1\n`,
      'have 129 characters, at most 128',
    ],
  ])('%j', (text, message) => {
    const bytes = encodeUtf8(`${text}# EOF\n`)
    expect(strict.parse(bytes, OPENMETRICS, 0, true).fault?.message).toContain(message)
    expect(parser.parse(bytes, OPENMETRICS, 0, true).fault).toBeUndefined()
  })
})

describe('formatOpenMetricsFloat', () => {
  it.each([
    [0, '0.0'],
    [1, '1.0'],
    [-1, '-1.0'],
    [0.5, '0.5'],
    [100_000, '100000.0'],
    [1_000_000, '1e+06'],
    [1_234_567.5, '1.2345675e+06'],
    [0.0001, '0.0001'],
    [0.00001, '1e-05'],
    [1e100, '1e+100'],
    [Infinity, '+Inf'],
    [-Infinity, '-Inf'],
    [Number.NaN, 'NaN'],
  ])('%d', (value, text) => expect(formatOpenMetricsFloat(value)).toBe(text))
})
