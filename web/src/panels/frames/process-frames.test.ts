// @vitest-environment jsdom
import {
  FieldType,
  getFieldDisplayName,
  standardTransformersRegistry,
  type DataFrame,
} from '@grafana/data'
import { describe, expect, it } from 'vitest'
import type { QueryDataJson } from '../../../../src/contract/prometheus.ts'
import { transformations } from '../../../../src/lang/dashboard/supported.ts'
import { setUpGrafanaData } from './field-registry.ts'
import { ownTransformations } from './own-transformations.ts'
import { overrideFrames, transformFrames } from './process-frames.ts'
import { toFrames, type FrameRequest } from './to-frames.ts'

const matrix: QueryDataJson = {
  resultType: 'matrix',
  result: [
    {
      metric: { __name__: 'up', job: 'a' },
      values: [
        [1, '1'],
        [2, '3'],
      ],
    },
    {
      metric: { __name__: 'up', job: 'b' },
      values: [
        [1, '+Inf'],
        [2, 'NaN'],
      ],
    },
  ],
}
const vector: QueryDataJson = {
  resultType: 'vector',
  result: [
    { metric: { job: 'a', host: 'x' }, value: [5, '10'] },
    { metric: { job: 'b', host: 'y' }, value: [5, '20'] },
  ],
}
const request: FrameRequest = {
  ...{ refId: 'A', format: 'time_series', legendFormat: '{{job}}', expr: 'up' },
  ...{ stepMs: 1000, isOneOfSeveral: false },
}
const scope = new Map()

function names(frames: DataFrame[]): string[] {
  return frames.flatMap((frame) =>
    frame.fields.map((field) => getFieldDisplayName(field, frame, frames)),
  )
}

async function transform(frames: DataFrame[], id: string, options: Record<string, unknown> = {}) {
  return transformFrames(frames, [{ id, options, disabled: false, rest: {} }], scope)
}

function first(frame: DataFrame | undefined): DataFrame {
  if (!frame) throw new Error('no frame')
  return frame
}

function rowsOf(frame: DataFrame | undefined): unknown[][] {
  return (frame?.fields ?? []).map((field) => [field.name, ...Array.from<unknown>(field.values)])
}

describe('frames of an answer', () => {
  it.each([
    ['{{job}}', ['Time', 'a', 'Time', 'b']],
    ['{{ job }}-{{none}}', ['Time', 'a-', 'Time', 'b-']],
    ['', ['Time', 'up{job="a"}', 'Time', 'up{job="b"}']],
  ])('are named by %s', (legendFormat, expected) => {
    expect(names(toFrames(matrix, { ...request, legendFormat }))).toEqual(expected)
  })

  it('keep infinities', () => {
    expect(toFrames(matrix, request)[1]?.fields[1]?.values).toEqual([Infinity, Number.NaN])
  })

  it('are one table', () => {
    const [table] = toFrames(vector, { ...request, format: 'table', isOneOfSeveral: true })
    expect(rowsOf(table)).toEqual([
      ['Time', 5000, 5000],
      ['host', 'x', 'y'],
      ['job', 'a', 'b'],
      ['Value #A', 10, 20],
    ])
  })

  it('are the differences of buckets, by bound', () => {
    const buckets: QueryDataJson = {
      resultType: 'matrix',
      result: [
        { metric: { le: '+Inf' }, values: [[1, '10']] },
        { metric: { le: '0.5' }, values: [[1, '4']] },
        { metric: { le: '1' }, values: [[1, '7']] },
      ],
    }
    const frames = toFrames(buckets, { ...request, format: 'heatmap' })
    expect(frames.map((frame) => [frame.name, frame.fields[1]?.values[0] as unknown])).toEqual([
      ['0.5', 4],
      ['1', 3],
      ['+Inf', 3],
    ])
  })
})

describe('options of fields', () => {
  const options = { scope, scheme: 'dark', zone: 'utc' } as const

  it('defaults and overrides reach the field', () => {
    const fieldConfig = {
      defaults: {
        unit: 'bytes',
        decimals: 1,
        custom: { lineWidth: 2 },
        thresholds: { mode: 'absolute', steps: [{ value: null, color: 'green' }] },
      },
      overrides: [
        {
          matcher: { id: 'byName', options: 'b' },
          properties: [
            { id: 'unit', value: 'percent' },
            { id: 'custom.fillOpacity', value: 30 },
          ],
          rest: {},
        },
      ],
    }
    const frames = overrideFrames(toFrames(matrix, request), { ...options, fieldConfig })
    const [a, b] = frames.map((frame) => frame.fields[1])
    expect(a?.config).toMatchObject({ unit: 'bytes', custom: { lineWidth: 2 } })
    expect(b?.config).toMatchObject({ unit: 'percent', custom: { lineWidth: 2, fillOpacity: 30 } })
    expect(a?.display?.(2048)).toMatchObject({ text: '2.0', suffix: ' KiB' })
    expect(a?.config.thresholds?.steps[0]?.value).toBe(-Infinity)
  })

  it('maps values', () => {
    const mappings = [{ type: 'value', options: { 1: { text: 'UP', color: 'green' } } }]
    const fieldConfig = { defaults: { mappings }, overrides: [] }
    const [frame] = overrideFrames(toFrames(matrix, request), { ...options, fieldConfig })
    expect(frame?.fields[1]?.display?.(1)).toMatchObject({ text: 'UP' })
  })
})

describe('transformations', () => {
  it('that are said to be supported are', () => {
    setUpGrafanaData()
    const missing = [...transformations].filter(
      (id) => !ownTransformations[id] && !standardTransformersRegistry.getIfExists(id),
    )
    expect(missing).toEqual([])
  })

  const table = () => toFrames(vector, { ...request, format: 'table' })

  it('organize', async () => {
    const options = {
      excludeByName: { Time: true },
      renameByName: { job: 'Job' },
      indexByName: { Value: 0 },
    }
    expect(names(await transform(table(), 'organize', options))).toEqual(['Value', 'host', 'Job'])
  })

  it('joinByField', async () => {
    const other = toFrames(vector, {
      ...request,
      format: 'table',
      refId: 'B',
      isOneOfSeveral: true,
    })
    const [joined] = await transform([...table(), ...other], 'joinByField', {
      byField: 'job',
      mode: 'outer',
    })
    expect(joined?.fields.map((field) => field.name)).toContain('Value #B')
    expect(joined?.length).toBe(2)
  })

  it('reduce, then sortBy', async () => {
    const [reduced] = await transform(toFrames(matrix, request), 'reduce', { reducers: ['max'] })
    expect(rowsOf(reduced)[0]).toEqual(['Field', 'a', 'b'])
    const [sorted] = await transform([first(reduced)], 'sortBy', {
      sort: [{ field: 'Field', desc: true }],
    })
    expect(rowsOf(sorted)[0]).toEqual(['Field', 'b', 'a'])
  })

  it('extractFields', async () => {
    const frame = {
      length: 1,
      fields: [{ name: 's', type: FieldType.string, config: {}, values: ['{"a":1,"b":"x"}'] }],
    }
    expect(
      rowsOf((await transform([frame], 'extractFields', { source: 's' }))[0]).slice(1),
    ).toEqual([
      ['a', 1],
      ['b', 'x'],
    ])
  })

  it('rowsToFields', async () => {
    const mappings = [
      { fieldName: 'job', handlerKey: 'field.name' },
      { fieldName: 'Value', handlerKey: 'field.value' },
      { fieldName: 'Time', handlerKey: '__ignore' },
    ]
    const [frame] = await transform(table(), 'rowsToFields', { mappings })
    expect(rowsOf(frame)).toEqual([
      ['a', 10],
      ['b', 20],
    ])
    expect(frame?.fields[0]?.labels).toEqual({ host: 'x' })
  })

  it('partitionByValues', async () => {
    const frames = await transform(table(), 'partitionByValues', { fields: ['job'] })
    expect(frames.map((frame) => frame.name)).toEqual(['a', 'b'])
    expect(frames[0]?.fields.map((field) => field.name)).toEqual(['Time', 'host', 'Value'])
  })

  it('prepareTimeSeries', async () => {
    const series = toFrames(matrix, request)
    const [wide] = await transform(series, 'prepareTimeSeries', { format: 'wide' })
    expect(wide?.fields).toHaveLength(3)
    const [long] = await transform(series, 'prepareTimeSeries', { format: 'long' })
    expect(long?.length).toBe(4)
  })

  it('timeSeriesTable', async () => {
    const [frame] = await transform(toFrames(matrix, request), 'timeSeriesTable', {
      A: { stat: 'max' },
    })
    expect(frame?.fields.map((field) => field.name)).toEqual(['__name__', 'job', 'Trend #A'])
    expect(frame?.length).toBe(2)
  })

  it('heatmap', async () => {
    const [frame] = await transform([first(toFrames(matrix, request)[0])], 'heatmap', {
      xBuckets: { mode: 'count', value: '2' },
      yBuckets: { mode: 'size', value: '1' },
    })
    const total = frame?.fields
      .slice(1)
      .flatMap((field) => Array.from<unknown>(field.values).map(Number))
    expect(total?.reduce((sum, count) => sum + count, 0)).toBe(2)
  })

  it('configFromData', async () => {
    const limits = toFrames(vector, { ...request, refId: 'config', legendFormat: 'max' })
    const frames = await transform(
      [...toFrames(matrix, request), first(limits[0])],
      'configFromData',
      {
        configRefId: 'config',
      },
    )
    expect(frames).toHaveLength(2)
    expect(frames[0]?.fields[1]?.config.max).toBe(10)
  })

  it('joinByLabels', async () => {
    const [frame] = await transform(toFrames(matrix, request), 'joinByLabels', { value: 'job' })
    expect(rowsOf(frame)).toEqual([
      ['__name__', 'up'],
      ['a', 3],
      ['b', Number.NaN],
    ])
  })
})
