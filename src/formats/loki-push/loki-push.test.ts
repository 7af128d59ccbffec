import { compressSync } from 'snappy'
import { describe, expect, it } from 'vitest'
import { lineStart, type LogBatch } from '../../model/lines.ts'
import { Problem } from '../../model/problem.ts'
import { ByteWriter } from '../byte-writer.ts'
import { LokiPushDecoder } from './push-decoder.ts'

const decoder = new LokiPushDecoder(1 << 20)
const T = 1_700_000_000_123_456_789n

function rowsOf(batch: LogBatch): string[] {
  return Array.from(batch.ends, (end, row) => {
    const text = Buffer.from(batch.bytes.subarray(lineStart(batch, row), end)).toString()
    const stream = batch.streams[batch.streamIndex[row] ?? 0]?.toString()
    const metadata = batch.metadata[batch.metadataIndex[row] ?? 0]?.toString()
    return `${stream} ${batch.timestampsNs[row]} ${text}${metadata === '{}' ? '' : ` ${metadata}`}`
  })
}

const json = (text: string): string[] => rowsOf(decoder.json(Buffer.from(text)))
const legacy = (text: string): string[] => rowsOf(decoder.legacyJson(Buffer.from(text)))

function push(values: string, stream = '{"app":"web"}'): string {
  return `{"streams":[{"stream":${stream},"values":${values}}]}`
}

function messageOf(run: () => unknown): string {
  try {
    run()
    return 'accepted'
  } catch (thrown) {
    return thrown instanceof Problem ? `${thrown.code}: ${thrown.message}` : String(thrown)
  }
}

describe('a push as JSON', () => {
  it('has streams with lines and structured metadata', () => {
    const text = `{"streams": [
      {"stream": {"b": "2", "a": "1"}, "values": [ ["${T}", "first"], ["1", "", {"trace": "x", "n": 7}] ]},
      {"values": [["${T}", "before its \\u0041"]], "other": [{"x": [1, true, null, -1.5e3]}], "stream": {"a": "1", "b": "2"}}
    ], "more": "is passed over"}`
    expect(json(text)).toEqual([
      `{a="1", b="2"} ${T} first`,
      '{a="1", b="2"} 1  {n="7", trace="x"}',
      `{a="1", b="2"} ${T} before its A`,
    ])
    expect(decoder.json(Buffer.from(text)).streams).toHaveLength(1)
  })

  it.each([
    [String.raw`plain`, 'plain'],
    [String.raw`quote \" back \\ slash \/`, 'quote " back \\ slash /'],
    [String.raw`\b\f\n\r\t`, '\b\f\n\r\t'],
    [String.raw`\u0041\u00e4\u20AC\ud83d\ude00`, 'Aä€😀'],
    [String.raw`half \ud83d pair \ude00`, 'half \ufffd pair \ufffd'],
    [String.raw`\ud83d\u0041`, '\ufffdA'],
    ['äö€😀', 'äö€😀'],
    [String.raw`{\"level\":\"info\"}\\`, '{"level":"info"}\\'],
  ])('resolves escapes: %s', (written, meant) => {
    expect(json(push(`[["5","${written}"],["6","next"]]`))).toEqual([
      `{app="web"} 5 ${meant}`,
      '{app="web"} 6 next',
    ])
  })

  it('resolves escapes at any distance from each other and from the ends of a line', () => {
    const gaps = Array.from({ length: 11 }, (_, size) => 'abcdefghijk'.slice(0, size))
    const lines = gaps.flatMap((before) =>
      gaps.flatMap((between) => [
        `${before}"${between}\\ä${before}`,
        `${before}\n${between}"`,
        `${between}\u0001"`,
      ]),
    )
    const values = JSON.stringify(lines.map((line, at) => [String(at), line]))
    const streams = [`{"stream":{"a":"1"},"values":${values}}`, `{"stream":{},"values":${values}}`]
    expect(json(`{"streams":[${streams.join(',')}]}`)).toEqual(
      ['{a="1"}', '{}'].flatMap((labels) => lines.map((line, at) => `${labels} ${at} ${line}`)),
    )
  })

  it.each(['0', '999999999', '1000000000', String(T), '9223372036854775807', '-1', '+5'])(
    'reads the time %s',
    (time) => {
      const batch = decoder.json(Buffer.from(push(`[["${time}","x"]]`)))
      expect(batch.timestampsNs[0]).toBe(BigInt(time))
    },
  )

  it('has entries before, between and behind the labels of a stream', () => {
    const entries = (text: string): string => `"values":[["1",${JSON.stringify(text)}]]`
    const long = 'a "quoted" line that is long: '.repeat(20)
    const text = `{"streams":[{${entries('early')},"stream":{"a":"1"},${entries(long)},${entries('more')}},{"stream":{"a":"2"},${entries('next')}}]}`
    expect(json(text)).toEqual([
      `{a="1"} 1 ${long}`,
      '{a="1"} 1 more',
      '{a="1"} 1 early',
      '{a="2"} 1 next',
    ])
  })

  it('keeps the bytes of lines that are not UTF-8', () => {
    const [head = '', tail = ''] = push('[["1","|"]]').split('|')
    const line = Buffer.from([0xff, 0x00, 0xc3])
    const { bytes } = decoder.json(Buffer.concat([Buffer.from(head), line, Buffer.from(tail)]))
    expect(Buffer.compare(bytes, line)).toBe(0)
  })

  it('takes structured metadata as query results write it', () => {
    const entry = '["1","x",{"structuredMetadata":{"a":"b"},"parsed":{"c":"d"}}]'
    expect(json(push(`[${entry}]`))).toEqual(['{app="web"} 1 x {a="b"}'])
  })

  it('tells structured metadata that is empty from none', () => {
    const text = push('[["1","x",{"a":""}],["1","x",{}],["1","x"]]')
    expect(decoder.json(Buffer.from(text)).metadata.map(({ flat }) => flat)).toEqual([
      [],
      ['a', ''],
    ])
  })

  it('may hold nothing', () => {
    expect(json('{}')).toEqual([])
    expect(json('{"streams":[]}')).toEqual([])
    expect(json('{"streams":null}')).toEqual([])
    expect(json(push('[]'))).toEqual([])
    expect(json(push('null'))).toEqual([])
  })

  it.each([
    ['', 'expected "{" at the beginning of the push'],
    ['{"streams":[{"stream":{"a":"b"},"values":[["1","x"]', 'expected "]" at the end of values'],
    [push('[[1,"x"]]'), 'expected a string for the time of an entry'],
    [push('[["1"]]'), 'an entry has a time and a line'],
    [push('[["one","x"]]'), 'the time of an entry is nanoseconds since 1970, not "one"'],
    [push('[["99999999999999999999","x"]]'), 'the time of an entry is nanoseconds since 1970'],
    [push('[["1",7]]'), 'expected a string for a line'],
    [push('[["1","no end]]'), 'the string of a line has no end'],
    [push(String.raw`[["1","\x"]]`), 'unknown escape in a string'],
    [push(String.raw`[["1","\u12"]]`), 'a \\u escape needs four hexadecimal digits'],
    [push('[["1","x"]]', '{"a":{"b":"c"}}'), 'the value of label "a" is no string'],
    [`{"x":${'['.repeat(100)}`, 'values nested deeper than 64'],
    ['{"streams":[nul]}', 'expected "{" at the beginning of a stream'],
  ])('is refused when it is malformed: %s', (text, message) => {
    expect(messageOf(() => json(text))).toContain(`bad_data: malformed JSON: ${message}`)
  })

  it('is refused for label names that are none', () => {
    expect(messageOf(() => json(push('[["1","x"]]', '{"a-b":"c"}')))).toBe(
      "bad_data: couldn't parse labels: 1:3: parse error: unexpected character inside braces: '-'",
    )
  })

  it('knows a stream again although the memory of the first push became that of others', () => {
    const fresh = new LokiPushDecoder(1 << 20)
    const memory = Buffer.from(push('[["1","x"]]', '{"app":"one"}'))
    const [first] = fresh.json(memory).streams
    memory.set(Buffer.from(push('[["1","x"]]', '{"app":"two"}')))
    const [second] = fresh.json(memory).streams
    expect([first, second].map(String)).toEqual(['{app="one"}', '{app="two"}'])
    memory.set(Buffer.from(push('[["1","x"]]', '{"app":"one"}')))
    expect(fresh.json(memory).streams[0]).toBe(first)
  })

  it('has one stream for equal labels, however they are written and however many come between', () => {
    const fresh = new LokiPushDecoder(1 << 24)
    const names = Array.from({ length: 3000 }, (_, i) => `{"app":"a","n":"${i}"}`)
    const streams = [
      ...names,
      ...names.map((text) => text.replace(',', ', ')),
      '{"n":"7","app":"a"}',
    ]
    const text = JSON.stringify({ streams: [] }).replace(
      '[]',
      `[${streams.map((stream, i) => `{"stream":${stream},"values":[["${i}","x"]]}`).join(',')}]`,
    )
    const batch = fresh.json(Buffer.from(text))
    expect(batch.streams).toHaveLength(3000)
    expect(batch.streams[batch.streamIndex[6000] ?? 0]?.toString()).toBe('{app="a", n="7"}')
    expect(fresh.json(Buffer.from(text)).streams[2999]).toBe(batch.streams[2999])
  })

  it('gives streams that come again the same labels', () => {
    const [a] = decoder.json(Buffer.from(push('[["1","x"]]'))).streams
    const [b] = decoder.json(Buffer.from(push('[["2","y"]]'))).streams
    expect(a).toBe(b)
  })
})

describe('a push in the legacy form', () => {
  it('has labels as text and times as RFC 3339 writes them', () => {
    const text = String.raw`{"streams":[{"labels":"{app=\"web\", q='a\"b'}","entries":[
      {"ts":"2023-11-14T22:13:20.123456789Z","line":"a\nb"},
      {"line":"zone","ts":"2023-11-14T23:13:20+01:00","structuredMetadata":[{"name":"n","value":"v"}]}]}]}`
    expect(legacy(text)).toEqual([
      '{app="web", q="a\\"b"} 1700000000123456789 a\nb',
      '{app="web", q="a\\"b"} 1700000000000000000 zone {n="v"}',
    ])
  })

  it.each([
    ['{app="web"', '1:11: parse error: unexpected end of input, expected "," or "}"'],
    ['', '1:1: parse error: unexpected end of input, expected "{"'],
    ['{1a="b"}', "1:2: parse error: unexpected character inside braces: '1'"],
    ['{a=b}', "1:4: parse error: unexpected character 'b', expected string"],
    ['{a="b', '1:4: parse error: unterminated quoted string'],
    ['{a="b"} x', "1:9: parse error: unexpected character 'x', expected end of input"],
  ])('is refused for the labels %s', (labels, message) => {
    const text = JSON.stringify({ streams: [{ labels, entries: [] }] })
    expect(messageOf(() => legacy(text))).toBe(`bad_data: couldn't parse labels: ${message}`)
  })

  it.each(['2023-11-14', 'now', '2023-13-14T22:13:20Z'])('is refused for the time %s', (ts) => {
    const text = JSON.stringify({ streams: [{ labels: '{a="b"}', entries: [{ ts, line: '' }] }] })
    expect(messageOf(() => legacy(text))).toContain('ts is a time as RFC 3339 writes it')
  })
})

/** A message of length-delimited fields. */
function protobuf(fields: readonly (readonly [number, Uint8Array | string])[]): Uint8Array {
  const out = new ByteWriter()
  for (const [number, value] of fields) {
    const bytes = typeof value === 'string' ? Buffer.from(value) : value
    out.varint((number << 3) | 2)
    out.varint(bytes.length)
    out.bytes(bytes)
  }
  return out.finish().slice()
}

function timestamp(seconds: number, nanos: number): Uint8Array {
  const out = new ByteWriter()
  out.varint(8)
  out.int64(seconds)
  out.varint(16)
  out.int64(nanos)
  return out.finish().slice()
}

describe('a push as protobuf', () => {
  const decode = (bytes: Uint8Array): string[] =>
    rowsOf(decoder.protobuf(compressSync(Buffer.from(bytes))))

  it('has streams with lines and structured metadata', () => {
    const entry = protobuf([
      [1, timestamp(1_700_000_000, 123_456_789)],
      [2, 'a line'],
      [
        3,
        protobuf([
          [1, 'trace'],
          [2, 'x'],
        ]),
      ],
      [
        4,
        protobuf([
          [1, 'parsed'],
          [2, 'is passed over'],
        ]),
      ],
    ])
    const early = protobuf([
      [1, timestamp(-5, 0)],
      [2, ''],
    ])
    const stream = protobuf([
      [2, entry],
      [1, '{app="web"}'],
      [2, early],
    ])
    expect(
      decode(
        protobuf([
          [1, stream],
          [2, 'format'],
        ]),
      ),
    ).toEqual([`{app="web"} ${T} a line {trace="x"}`, '{app="web"} -5000000000 '])
  })

  it('is refused when it is malformed, too large or not packed', () => {
    expect(messageOf(() => decoder.protobuf(Buffer.from('not snappy')))).toBe(
      'bad_data: snappy: corrupt input',
    )
    expect(messageOf(() => decode(Uint8Array.of(0x0a, 0x05, 1)))).toBe(
      'bad_data: proto: unexpected end of the message',
    )
    expect(messageOf(() => decode(Uint8Array.of(0x08, 0x05)))).toContain('PushRequest.streams')
    expect(messageOf(() => decode(protobuf([[1, protobuf([[1, '{']])]])))).toContain(
      "couldn't parse labels",
    )
    expect(messageOf(() => decode(new Uint8Array(2 << 20)))).toContain('limit: snappy:')
  })
})
