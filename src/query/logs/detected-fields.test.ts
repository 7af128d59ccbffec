import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { detectFields, detectFieldValues } from './detected-fields.ts'
import type { ResultStream } from './logql.ts'

function streamOf(
  ...lines: readonly (string | { line: string; metadata?: object; parsed?: object })[]
): ResultStream {
  return {
    labels: Labels.from({ app: 'web' }),
    entries: lines.map((given, at) => {
      const { line, metadata, parsed } =
        typeof given === 'string'
          ? { line: given, metadata: undefined, parsed: undefined }
          : { metadata: undefined, parsed: undefined, ...given }
      return {
        timestampNs: BigInt(at),
        line,
        structuredMetadata: Labels.from({ ...metadata }),
        parsed: Labels.from({ ...parsed }),
      }
    }),
  }
}

describe('fields of lines', () => {
  it('are those of JSON, with the keys that lead to them', async () => {
    const stream = streamOf(
      '{"level":"info","user":{"id":7,"na me":"x"},"took":"12ms","app":"shop","tags":[1]}',
      '{"level":"warn","user":{"id":8}}',
    )
    expect(await detectFields([stream], 100)).toEqual(
      [
        { label: 'level', type: 'string', cardinality: 2, parsers: ['json'], jsonPath: ['level'] },
        {
          label: 'user_id',
          type: 'int',
          cardinality: 2,
          parsers: ['json'],
          jsonPath: ['user', 'id'],
        },
        {
          ...{ label: 'user_na_me', type: 'string', cardinality: 1, parsers: ['json'] },
          jsonPath: ['user', 'na me'],
        },
        { label: 'took', type: 'duration', cardinality: 1, parsers: ['json'], jsonPath: ['took'] },
        {
          ...{ label: 'app_extracted', type: 'string', cardinality: 1, parsers: ['json'] },
          jsonPath: ['app'],
        },
      ].sort((a, b) => (a.label < b.label ? -1 : 1)),
    )
  })

  it('are those of logfmt, of structured metadata and of the query', async () => {
    const stream = streamOf(
      { line: 'a=1.5 b=true c=10MB msg="hello world"', metadata: { trace: 'abc' } },
      { line: 'no fields', metadata: { trace: 'def' }, parsed: { status: '200' } },
    )
    const fields = await detectFields([stream], 100)
    expect(
      fields.map(({ label, type, cardinality, parsers }) => [label, type, cardinality, parsers]),
    ).toEqual([
      ['trace', 'string', 2, []],
      ['a', 'float', 1, ['logfmt']],
      ['b', 'boolean', 1, ['logfmt']],
      ['c', 'bytes', 1, ['logfmt']],
      ['msg', 'string', 1, ['logfmt']],
      ['status', 'int', 1, ['logfmt']],
    ])
  })

  it('are no more than the limit, and never the errors of stages', async () => {
    const stream = streamOf({
      line: 'a=1 b=2 c=3',
      parsed: { __error__: 'JSONParserErr', __error_details__: 'x' },
    })
    expect((await detectFields([stream], 2)).map(({ label }) => label)).toEqual(['a', 'b'])
  })

  it.each([
    ['9223372036854775807', 'int'],
    ['9223372036854775808', 'float'],
    ['-1', 'int'],
    ['1e3', 'float'],
    ['NaN', 'float'],
    ['True', 'boolean'],
    ['t', 'boolean'],
    ['1h2m', 'duration'],
    ['1.5s', 'duration'],
    ['12 kB', 'bytes'],
    ['1,024KiB', 'bytes'],
    ['10.1.2.3', 'string'],
    ['yes', 'string'],
  ])('have a type: %s is %s', async (value, type) => {
    const [field] = await detectFields([streamOf({ line: '', metadata: { x: value } })], 10)
    expect(field?.type).toBe(type)
  })

  it('have values, of which sizes are written for queries', async () => {
    const stream = streamOf('size=1000000', 'size="1 MB"', 'size=1536KiB', 'size=5b', 'size=big')
    expect(await detectFieldValues([stream], 'size', 100)).toEqual([
      '1000000',
      '1.0MB',
      '1.6MB',
      '5B',
      'big',
    ])
    expect(await detectFieldValues([stream], 'size', 2)).toHaveLength(2)
    expect(await detectFieldValues([stream], 'other', 2)).toEqual([])
  })
})
