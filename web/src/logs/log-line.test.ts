import { describe, expect, it } from 'vitest'
import { readAnsi, stripAnsi } from './ansi.ts'
import { detectFields, fieldsOf, fieldStats, textFields } from './line-fields.ts'
import { detectLevel } from './log-level.ts'
import { differingLabels, toLines } from './log-line.ts'

const stream = (labels: Record<string, string>, ...values: [string, string, object?][]) => ({
  stream: labels,
  values,
})

describe('lines', () => {
  it('of several streams come in one order, each once', () => {
    const streams = [
      stream({ a: '1' }, ['1700000000000000003', 'c'], ['1700000000000000001', 'a']),
      stream({ a: '2' }, ['1700000000000000002', 'b'], ['1700000000000000001', 'a']),
      stream({ a: '1' }, ['1700000000000000001', 'a']),
    ]
    const texts = toLines(streams, 'newest-first').map(({ text }) => text)
    expect(texts).toEqual(['c', 'b', 'a', 'a'])
    const lines = toLines(streams, 'oldest-first')
    expect(lines.map(({ text }) => text)).toEqual(['a', 'a', 'b', 'c'])
    expect(lines[0]?.timeMs).toBe(1_700_000_000_000)
    expect(new Set(lines.map(({ id }) => id)).size).toBe(4)
    expect(differingLabels(lines)).toEqual(['a'])
  })

  it.each([
    [[{ level: 'WARNING' }], 'error', 'warn'],
    [[{ detected_level: 'debug' }, { level: 'info' }], '', 'debug'],
    [[], 'level=error msg="no info"', 'error'],
    [[], '{"level":"fatal"}', 'critical'],
    [[], 'Terrors of the information age', 'unknown'],
    [[{ level: 'unknown' }], '[INFO] up', 'info'],
  ] as const)('%o %s is %s', (labels, text, level) => {
    expect(detectLevel(labels, text)).toBe(level)
  })
})

describe('escapes for terminals', () => {
  it('are colours, or are nothing', () => {
    const text =
      '\u001b[1;31mred\u001b[0m \u001b[38;5;200mplain\u001b[2J\u001b]0;title\u0007\u0008\u202e.'
    expect(stripAnsi(text)).toBe('red plain.')
    expect(readAnsi(text)).toEqual([
      { text: 'red', color: 1, isBold: true },
      { text: ' ', color: undefined, isBold: false },
      { text: 'plain', color: undefined, isBold: false },
      { text: '.', color: undefined, isBold: false },
    ])
  })
})

describe('fields', () => {
  it('are those of JSON as the server names them, or of logfmt', () => {
    expect(textFields('{"a":{"b c":1,"d":[1]},"1x":"y","n":null,"t":true}')).toEqual([
      { name: 'a_b_c', value: '1', kind: 'json' },
      { name: '_1x', value: 'y', kind: 'json' },
      { name: 't', value: 'true', kind: 'json' },
    ])
    expect(textFields('at=info msg="a \\"b\\"" n=1').map(({ value }) => value)).toEqual([
      ...['info', 'a "b"', '1'],
    ])
    expect(textFields('x = 1, y=2')).toEqual([])
    expect(textFields('{broken')).toEqual([])
    expect(textFields(`{"a":"${'x'.repeat(300_000)}"}`)).toEqual([])
  })

  it('are counted over lines', () => {
    const values = ['{"n":1}', '{"n":2}', '{"n":1}', 'x'].map(
      (text, i): [string, string, object] => [
        `170000000000000000${i}`,
        text,
        { structuredMetadata: { trace: String(i) } },
      ],
    )
    const lines = toLines([stream({ app: 'web' }, ...values)], 'oldest-first')
    expect(fieldStats(lines, 'n')).toEqual({
      ...{ lines: 3, ofLines: 4, distinct: 2 },
      top: [
        { value: '1', count: 2 },
        { value: '2', count: 1 },
      ],
    })
    expect(detectFields(lines)).toEqual([
      { name: 'app', kind: 'label', lines: 4, distinct: 1 },
      { name: 'trace', kind: 'metadata', lines: 4, distinct: 4 },
      { name: 'n', kind: 'json', lines: 3, distinct: 2 },
    ])
    const hostile = toLines(
      [stream({ a: '1' }, ['1', '{"a":"other","__proto__":{"x":1}}'])],
      'oldest-first',
    )
    expect(fieldsOf(hostile[0] ?? never()).map(({ name, value }) => [name, value])).toEqual([
      ...[
        ['a', '1'],
        ['__proto___x', '1'],
      ],
    ])
  })
})

function never(): never {
  throw new Error('there is no line')
}
