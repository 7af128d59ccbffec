// @vitest-environment jsdom
import { describe, expect, it } from 'vitest'
import type { StreamJson } from '../../api/loki.ts'
import { transformFrames } from './process-frames.ts'
import { linesOfFrames, toLineFrames } from './line-frames.ts'

const streams: StreamJson[] = [
  {
    stream: { job: 'web' },
    values: [
      ['1700000000000000001', '{"code":500}', { parsed: { code: '500' } }],
      ['1700000000000000003', 'level=warn slow', { structuredMetadata: { trace_id: 'x' } }],
    ],
  },
  { stream: { job: 'db' }, values: [['1700000000000000002', 'ERROR down']] },
]

describe('frames of lines', () => {
  it('have Grafana’s fields, the newest line first', () => {
    const [frame] = toLineFrames(streams, 'A')
    expect(frame?.fields.map(({ name }) => name)).toEqual([
      ...['labels', 'Time', 'Line', 'tsNs', 'labelTypes', 'id'],
    ])
    expect(frame?.fields[2]?.values).toEqual(['level=warn slow', 'ERROR down', '{"code":500}'])
    expect(frame?.fields[0]?.values[2]).toEqual({ job: 'web', code: '500' })
    expect(toLineFrames([], 'A')).toEqual([])
  })

  it('are lines again, with what each label is', () => {
    const lines = linesOfFrames(toLineFrames(streams, 'A'))
    const seen = lines.map(({ level, stream, metadata, parsed }) => [
      level,
      stream,
      metadata,
      parsed,
    ])
    expect(seen).toEqual([
      ['warn', { job: 'web' }, { trace_id: 'x' }, {}],
      ['error', { job: 'db' }, {}, {}],
      ['unknown', { job: 'web' }, {}, { code: '500' }],
    ])
    expect(lines[0]?.timestampNs).toBe('1700000000000000003')
    expect(lines[0]?.timeMs).toBe(1_700_000_000_000)
    expect(lines[0]?.stream).toBe(lines[2]?.stream)
  })

  it('pass through transformations', async () => {
    const options = { source: 'Line', format: 'json' }
    const transformation = { id: 'extractFields', options, disabled: false, rest: {} }
    const frames = await transformFrames(toLineFrames(streams, 'A'), [transformation], new Map())
    expect(frames[0]?.fields.at(-1)?.values).toEqual([null, null, 500])
    expect(linesOfFrames(frames)).toHaveLength(3)
  })
})
