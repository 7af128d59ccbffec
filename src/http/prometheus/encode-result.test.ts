import { describe, expect, it } from 'vitest'
import { parseHistogram } from '../../lang/promql/histogram-notation.ts'
import { HistogramTable } from '../../model/histograms/histogram-table.ts'
import { encodeQueryAnswer, formatSeconds, type EncodeOptions } from './encode-result.ts'
import { resultOf } from './testing/fake-doors.ts'
import type { PromqlResult } from '../../query/promql/engine.ts'

const PLAIN: EncodeOptions = { limit: 0, withStats: false, warnings: [] }

function encode(result: PromqlResult, options: Partial<EncodeOptions> = {}): string {
  return [...encodeQueryAnswer(result, { ...PLAIN, ...options })].join('')
}

describe('encodeQueryAnswer', () => {
  it('writes a vector as the original does, byte for byte', () => {
    const result = resultOf('vector', [
      [{ __name__: 'up', job: 'prometheus' }, [[1435781451781, 1]]],
      [{ job: 'a "b" \\ \n ü 😀' }, [[1435781451781, Number.NaN]]],
    ])
    expect(encode(result)).toBe(
      '{"status":"success","data":{"resultType":"vector","result":[' +
        '{"metric":{"__name__":"up","job":"prometheus"},"value":[1435781451.781,"1"]},' +
        '{"metric":{"job":"a \\"b\\" \\\\ \\n ü 😀"},"value":[1435781451.781,"NaN"]}]}}',
    )
  })

  it('writes a matrix, each time once or over a grid', () => {
    const result = resultOf('matrix', [
      [
        { job: 'a' },
        [
          [1000, 0],
          [2000, -0],
          [3000, 1e21],
          [4500, 1e21],
        ],
      ],
      [{}, [[1000, Infinity]]],
    ])
    const wanted =
      '{"status":"success","data":{"resultType":"matrix","result":[' +
      '{"metric":{"job":"a"},"values":[[1,"0"],[2,"-0"],[3,"1e+21"],[4.500,"1e+21"]]},' +
      '{"metric":{},"values":[[1,"+Inf"]]}]}}'
    expect(encode(result)).toBe(wanted)
    expect(encode(result, { grid: { startMs: 1000, stepMs: 1000 } })).toBe(wanted)
  })

  it('writes native histograms as the original does', () => {
    const table = new HistogramTable()
    const exponential = parseHistogram(
      '{{count:20 sum:10.5 z_bucket:2 z_bucket_w:0.001 buckets:[1 0 2] n_buckets:[1]}}',
      table,
    )
    const custom = parseHistogram(
      '{{schema:-53 count:3 sum:4 custom_values:[1 5] buckets:[1 1 1]}}',
      table,
    )
    const first =
      '{"count":"20","sum":"10.5","buckets":[[1,"-1","-0.5","1"],[3,"-0.001","0.001","2"],[0,"0.5","1","1"],[0,"2","4","2"]]}'
    const second =
      '{"count":"3","sum":"4","buckets":[[3,"-Inf","1","1"],[0,"1","5","1"],[0,"5","+Inf","1"]]}'
    const vector = resultOf('vector', [
      [{ a: '1' }, [[1500, 0]]],
      [{ a: '2' }, [[1500, 7]]],
    ])
    const inVector = { table, rows: Int32Array.of(exponential, -1) }
    expect(encode({ ...vector, histograms: inVector })).toContain(
      `[{"metric":{"a":"1"},"histogram":[1.500,${first}]},{"metric":{"a":"2"},"value":[1.500,"7"]}]`,
    )
    const matrix = resultOf('matrix', [
      [
        { a: '1' },
        [
          [1000, 0],
          [2000, 7],
          [3000, 0],
        ],
      ],
      [{ a: '2' }, [[1000, 8]]],
    ])
    const inMatrix = { table, rows: Int32Array.of(exponential, -1, custom, -1) }
    expect(encode({ ...matrix, histograms: inMatrix })).toContain(
      `[{"metric":{"a":"1"},"values":[[2,"7"]],"histograms":[[1,${first}],[3,${second}]]},` +
        '{"metric":{"a":"2"},"values":[[1,"8"]]}]',
    )
  })

  it('writes scalars without an exponent, and strings', () => {
    expect(encode(resultOf('scalar', [[{}, [[1500, 1e21]]]]))).toBe(
      '{"status":"success","data":{"resultType":"scalar","result":[1.500,"1000000000000000000000"]}}',
    )
    expect(encode(resultOf('string', [[{}, [[1000, 0]]]], { text: 'a"b' }))).toBe(
      '{"status":"success","data":{"resultType":"string","result":[1,"a\\"b"]}}',
    )
  })

  it('writes empty results', () => {
    expect(encode(resultOf('vector', []))).toContain('"result":[]')
    expect(encode(resultOf('matrix', []))).toContain('"result":[]')
  })

  it('keeps to a limit and says so', () => {
    const rows = ['a', 'b', 'c'].map((job) => [{ job }, [[1000, 1]]] as const)
    for (const type of ['vector', 'matrix'] as const) {
      const answer: unknown = JSON.parse(encode(resultOf(type, rows), { limit: 2 }))
      expect(answer).toMatchObject({ warnings: ['results truncated due to limit'] })
      expect(answer).toHaveProperty('data.result.length', 2)
      expect(encode(resultOf(type, rows), { limit: 3 })).not.toContain('warnings')
    }
    expect(encode(resultOf('scalar', [[{}, [[1000, 1]]]]), { limit: 1 })).not.toContain('warnings')
  })

  it('shows ten annotations of each kind', () => {
    const infos = Array.from({ length: 12 }, (_, i) => `info ${i}`)
    const answer = encode(resultOf('vector', [], { warnings: ['w'], infos }), { warnings: ['x'] })
    expect(JSON.parse(answer)).toMatchObject({
      warnings: ['w', 'x'],
      infos: [...infos.slice(0, 10), '2 more info annotations omitted'],
    })
  })

  it('adds statistics on demand', () => {
    const answer: unknown = JSON.parse(encode(resultOf('vector', []), { withStats: true }))
    expect(answer).toMatchObject({
      data: {
        stats: {
          timings: { evalTotalTime: 0.003, execQueueTime: 0.001, execTotalTime: 0.004 },
          samples: { totalQueryableSamples: 10, peakSamples: 5 },
        },
      },
    })
  })

  it('hands large results out in pieces', () => {
    const points = Array.from({ length: 20_000 }, (_, i) => [i * 1000, Math.sqrt(i)] as const)
    const result = resultOf('matrix', [
      [{ job: 'a' }, points],
      [{ job: 'b' }, points],
    ])
    const pieces = [...encodeQueryAnswer(result, PLAIN)]
    expect(pieces.length).toBeGreaterThan(5)
    for (const piece of pieces) expect(piece.length).toBeLessThan(70_000)
    const answer: unknown = JSON.parse(pieces.join(''))
    expect(answer).toHaveProperty('data.result.1.values.19999', [19999, String(Math.sqrt(19999))])
  })
})

describe('formatSeconds', () => {
  const cases: readonly (readonly [number, string])[] = [
    [0, '0'],
    [1, '0.001'],
    [10, '0.010'],
    [100, '0.100'],
    [1000, '1'],
    [1435781451781, '1435781451.781'],
    [-1500, '-1.500'],
    [-1, '-0.001'],
  ]
  for (const [ms, text] of cases) it(`${ms} ms`, () => expect(formatSeconds(ms)).toBe(text))
})
