import { describe, expect, it } from 'vitest'
import { encodeUtf8 } from '../text-codec.ts'
import type { ScrapePage } from './page.ts'
import { createScrapeParser } from './scrape-parser.ts'

const TEXT = 'text/plain; version=0.0.4; charset=utf-8'
const DEFAULT_MS = 1234
const parser = createScrapeParser()
const strict = createScrapeParser({ strict: true })

function parse(text: string | Uint8Array, honorTimestamps = true): ScrapePage {
  const bytes = typeof text === 'string' ? encodeUtf8(text) : text
  return parser.parse(bytes, TEXT, DEFAULT_MS, honorTimestamps)
}

function rowsOf(page: ScrapePage): string[] {
  expect(page.fault).toBeUndefined()
  return Array.from({ length: page.rows }, (_, row) => {
    const time = page.hasTimestamp[row] === 1 ? ` @${page.timestampsMs[row]}` : ''
    return `${page.labelsOf(row).toString()} ${page.values[row]}${time}`
  })
}

describe('a page', () => {
  it('has series with and without labels, values and timestamps', () => {
    const page = parse(
      [
        '# HELP http_requests_total Requests.',
        '# TYPE http_requests_total counter',
        'http_requests_total{method="post",code="200"} 1027 1395066363000',
        'http_requests_total{code="400",method="post",}    3\t1395066363000  ',
        '',
        '\t# a comment',
        '#another',
        'metric_without_timestamp_and_labels 12.47',
        'spaces { a = "1" , b= "2" c ="3" } -1e-3',
        'no_blank{a="}"}5',
        'something_weird{problem="division by zero"} +Inf -',
      ]
        .join('\n')
        .replace(' -\n', '\n')
        .replace(/ -$/, ''),
    )
    expect(rowsOf(page)).toEqual([
      'http_requests_total{code="200", method="post"} 1027 @1395066363000',
      'http_requests_total{code="400", method="post"} 3 @1395066363000',
      'metric_without_timestamp_and_labels 12.47',
      'spaces{a="1", b="2", c="3"} -0.001',
      'no_blank{a="}"} 5',
      'something_weird{problem="division by zero"} Infinity',
    ])
    expect([...page.timestampsMs.subarray(2, 4)]).toEqual([DEFAULT_MS, DEFAULT_MS])
    expect(page.metadata()).toEqual([
      { family: 'http_requests_total', type: 'counter', help: 'Requests.', unit: '' },
    ])
  })

  it('may have escapes, line breaks within quotes, NUL and names in quotes', () => {
    const page = parse(
      [
        '# HELP "a.b" back\\\\slash \\n line \\"',
        '# TYPE "a.b" gauge',
        '{"a.b","label.x"="\\"q\\" \\\\ \\n \\t"} 1',
        '{ l="v" , "a.b" } 2',
        'm{x="two\nlines",y="a\0b"} 3',
        '{"ü"} 4',
      ].join('\n'),
    )
    const labels = Array.from({ length: page.rows }, (_, row) => page.labelsOf(row).toObject())
    expect(page.fault).toBeUndefined()
    expect(labels).toEqual([
      { __name__: 'a.b', 'label.x': '"q" \\ \n \\t' },
      { __name__: 'a.b', l: 'v' },
      { __name__: 'm', x: 'two\nlines', y: 'a\0b' },
      { __name__: 'ü' },
    ])
    expect(page.metadata()).toEqual([
      { family: 'a.b', type: 'gauge', help: 'back\\slash \n line \\"', unit: '' },
    ])
  })

  it('has le and quantile in their canonical form, of histograms and summaries only', () => {
    const page = parse(
      [
        'early{le="1"} 0',
        '# TYPE h histogram',
        'h_bucket{le="1"} 1',
        'h_bucket{le="1000000"} 1',
        'h_bucket{le="1e-05",quantile="1"} 1',
        'h_bucket{le="+Inf"} 1',
        'h_bucket{le="x"} 1',
        '# TYPE s summary',
        's{quantile="0.50",le="1"} 1',
        's{quantile="1"} 1',
      ].join('\n'),
    )
    const values = Array.from({ length: page.rows }, (_, row) => {
      const labels = page.labelsOf(row)
      return [labels.get('le'), labels.get('quantile')]
    })
    expect(values).toEqual([
      ['1', ''],
      ['1.0', ''],
      ['1e+06', ''],
      ['1e-05', '1'],
      ['+Inf', ''],
      ['x', ''],
      ['1', '0.5'],
      ['', '1.0'],
    ])
  })

  it('may have its timestamps passed over', () => {
    const page = parse('a 1 5\nb 2\n', false)
    expect([...page.timestampsMs.subarray(0, 2)]).toEqual([DEFAULT_MS, DEFAULT_MS])
    expect([...page.hasTimestamp.subarray(0, 2)]).toEqual([0, 0])
  })

  it('may be empty, or longer than the columns are at first', () => {
    expect(rowsOf(parse(''))).toEqual([])
    const lines = Array.from({ length: 3000 }, (_, i) => `m{i="${i}"} ${i}`)
    const page = parse(lines.join('\n'))
    expect(page.rows).toBe(3000)
    expect(page.labelsOf(2999).get('i')).toBe('2999')
    expect(page.values[2999]).toBe(2999)
  })

  it('tells by a hash whether its metadata changed', () => {
    const first = parse('# HELP a x\n# TYPE a gauge\na 1\n').metadataHash
    expect(parse('# HELP a x\n# TYPE a gauge\na 2\nb 3\n').metadataHash).toBe(first)
    expect(parse('# HELP a y\n# TYPE a gauge\na 1\n').metadataHash).not.toBe(first)
    expect(parse('# HELP a x\na 1\n').metadataHash).not.toBe(first)
  })

  it('may have bytes that are no text in a comment, and nowhere else', () => {
    const page = (text: string): Uint8Array =>
      Uint8Array.from(text, (char) => (char === '?' ? 0xff : char.charCodeAt(0)))
    expect(rowsOf(parse(page('# ?\na{b="c"} 1\n')))).toEqual(['a{b="c"} 1'])
    expect(parse(page('a 1\na{b="?"} 1\n')).fault).toEqual({
      line: 2,
      message: 'the series is not valid UTF-8: "a{b=\\"\ufffd\\"} 1"',
    })
    expect(parse(page('# HELP a ?\n')).fault?.message).toContain('the help text is not valid UTF-8')
  })

  it('does not say which of two labels of one name is meant', () => {
    const page = parse('a{b="1",b="2"} 1\na{__name__="x"} 1\n')
    expect(() => page.labelsOf(0)).toThrow('label name "b" is not unique: invalid sample')
    expect(() => page.labelsOf(1)).toThrow('label name "__name__" is not unique: invalid sample')
  })
})

describe('faults say where and what', () => {
  it.each([
    ['a', 1, 'expected a value after the series, got the end of the page: "a"'],
    ['ok 1\na\nb 1', 2, 'expected a value after the series, got the end of the line: "a"'],
    ["\n\na{b='c'} 1", 3, 'expected a label value in quotes, got "\'"'],
    ['a{b} 1', 1, 'expected "=" after the label name, got "}"'],
    ['a{="x"} 1', 1, 'expected a label name, got "="'],
    ['a{""="x"} 1', 1, 'expected a label name, got "\\""'],
    ['{""} 1', 1, 'expected a label name, got "\\""'],
    ['{} 1', 1, 'the metric name is missing'],
    ['{a="b"} 1', 1, 'the metric name is missing'],
    ['a{"b"} 1', 1, 'the metric name is there already'],
    ['{"a","b"} 1', 1, 'the metric name is there already'],
    ['a{b="c} 1', 1, 'the closing quote is missing'],
    ['a true', 1, 'a value after the series is not a number'],
    ['a 1.2.3', 1, 'a value after the series is not a number'],
    ['a 0x1p-2', 1, 'a value after the series is not a number'],
    ['a 1_0', 1, 'a value after the series is not a number'],
    ['a 1e400', 1, 'a value after the series is not a number'],
    ['a 1 2.5', 1, 'expected the end of the line, got "."'],
    ['a 1 -5', 1, 'expected a timestamp in whole milliseconds or the end of the line, got "-"'],
    ['a 1 99999999999999999999', 1, 'the timestamp is out of range'],
    ['a 1 2 3', 1, 'expected the end of the line, got "3"'],
    ['<html>', 1, 'expected a metric name or a comment, got "<"'],
    ['é 1', 1, 'expected a metric name or a comment, got "é"'],
    ['# TYPE a meter', 1, 'the type of a metric is one of counter, gauge'],
    ['# TYPE 1 gauge', 1, 'expected a metric name after TYPE, got "1"'],
    ['# HELP "a', 1, 'the closing quote is missing'],
    ['a 1\r\n', 1, 'a value after the series is not a number'],
  ])('%j', (text, line, message) => {
    const { fault } = parse(text)
    expect(fault?.line).toBe(line)
    expect(fault?.message).toContain(message)
  })

  it('cut and damaged pages give a fault or rows, never an exception', () => {
    const page = encodeUtf8(
      '# HELP a "é"\n# TYPE a histogram\na_bucket{le="+Inf",x="\\"\\n"} 1e3 17\n{"b.c",d="e"} NaN\n',
    )
    let seed = 1
    for (let size = 0; size < page.length; size++) parse(page.subarray(0, size))
    for (let round = 0; round < 5000; round++) {
      const damaged = page.slice()
      for (let k = 0; k < 1 + (round % 3); k++) {
        seed = (seed * 1103515245 + 12345) % 2147483648
        damaged[seed % damaged.length] = seed >>> 9
      }
      const { fault, rows } = parse(damaged)
      expect(fault === undefined ? rows : fault.line).toBeGreaterThanOrEqual(0)
    }
  })
})

describe('strict pages', () => {
  it.each([
    ['a 1', 'the last line does not end with a line feed'],
    ['a{b="\\t"} 1\n', 'after a backslash comes'],
    ['a{b="x\ny"} 1\n', 'a line break within quotes is written \\n'],
    ['a{b="1",b="2"} 1\n', 'label name "b" is not unique'],
    ['# TYPE h histogram\nh_bucket{le="x"} 1\n', 'the label le is a number, not "x"'],
    ['# TYPE s summary\ns{quantile="x"} 1\n', 'the label quantile is a number, not "x"'],
    ['# TYPE h histogram\nh_bucket{le="1"} -1\n', "a histogram's bucket is not negative"],
    ['# TYPE h histogram\nh_count -1\n', "a histogram's count is not negative"],
  ])('%j', (text, message) => {
    expect(strict.parse(encodeUtf8(text), TEXT, 0, true).fault?.message).toContain(message)
    const lenient = parse(text)
    expect(lenient.fault).toBeUndefined()
  })

  it('take what is right', () => {
    const text = '# TYPE h histogram\nh_bucket{le="1",x="\\\\ \\" \\n"} 1\nh_sum -1\nh_count 1\n'
    expect(strict.parse(encodeUtf8(text), TEXT, 0, true).fault).toBeUndefined()
  })
})
