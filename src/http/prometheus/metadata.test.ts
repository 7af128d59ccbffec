import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { FORM, startFake } from './testing/start-fake.ts'

describe('metadata', () => {
  it('lists label names and values', async () => {
    const { world, get, send } = startFake()
    expect((await get('/api/v1/labels')).json()).toEqual({
      status: 'success',
      data: ['__name__', 'instance', 'job'],
    })
    const limited = await send(
      'POST',
      '/api/v1/labels',
      FORM,
      'match[]=up{job="a"}&limit=2&start=1',
    )
    expect(limited.json()).toEqual({
      status: 'success',
      data: ['__name__', 'instance'],
      warnings: ['results truncated due to limit'],
    })
    expect(world.nameQueries[1]).toMatchObject({ limit: 2, startMs: 1000 })
    expect((await get('/api/v1/label/job/values')).json()).toMatchObject({ data: ['a', 'b'] })
    expect((await get('/api/v1/label/none/values')).json()).toMatchObject({ data: [] })
  })

  it('knows escaped label names', async () => {
    const { world, get } = startFake()
    world.series.push(Labels.from({ 'a.b': '1', x_y: '2' }))
    expect((await get('/api/v1/label/U__a_2e_b/values')).json()).toMatchObject({ data: ['1'] })
    expect((await get('/api/v1/label/U__x__y/values')).json()).toMatchObject({ data: ['2'] })
    expect((await get('/api/v1/label/a.b/values')).json()).toMatchObject({ data: ['1'] })
    const bad = await get('/api/v1/label/U__/values')
    expect(bad.json()).toMatchObject({ errorType: 'bad_data', error: 'invalid label name: ""' })
  })

  it('lists series', async () => {
    const { get } = startFake()
    const found = await get('/api/v1/series?match[]=up{job="a"}&match[]={job="b"}&limit=2')
    expect(found.json()).toEqual({
      status: 'success',
      data: [
        { __name__: 'up', instance: 'x:1', job: 'a' },
        { __name__: 'up', instance: 'y:1', job: 'b' },
      ],
      warnings: ['results truncated due to limit'],
    })
    expect((await get('/api/v1/series')).json()).toMatchObject({
      error: 'no match[] parameter provided',
    })
    expect((await get('/api/v1/series?match[]={}')).payload).toContain(
      String.raw`invalid parameter \"match[]\": `,
    )
    expect((await get('/api/v1/labels?match[]={x=""}')).json()).toMatchObject({
      error: 'match[] must contain at least one non-empty matcher',
    })
  })

  it('shows what metrics mean', async () => {
    const { get } = startFake()
    const up = [{ type: 'gauge', help: 'Up?', unit: '' }]
    expect((await get('/api/v1/metadata')).json()).toMatchObject({ data: { up } })
    expect((await get('/api/v1/metadata?metric=none')).json()).toMatchObject({ data: {} })
    expect((await get('/api/v1/metadata?limit=x')).json()).toMatchObject({
      error: 'limit must be a number',
    })
    const target = { instance: 'localhost:9100', job: 'node' }
    expect((await get('/api/v1/targets/metadata?metric=b')).json()).toMatchObject({
      data: [{ target, type: 'gauge', help: 'B', unit: 'bytes' }],
    })
    expect((await get('/api/v1/targets/metadata?match_target={job="x"}')).json()).toMatchObject({
      data: [],
    })
  })

  it('lists exemplars by series', async () => {
    const { world, get } = startFake()
    const series = Labels.from({ __name__: 'h', le: '1' })
    const labels = Labels.from({ trace_id: 'x' })
    world.exemplars.push({ series, labels, value: 0.5, timestampMs: 1500 })
    const found = await get('/api/v1/query_exemplars?query=rate(h[5m])+%2B+h&start=0&end=10')
    expect(found.json()).toEqual({
      status: 'success',
      data: [
        {
          seriesLabels: { __name__: 'h', le: '1' },
          exemplars: [{ labels: { trace_id: 'x' }, value: '0.5', timestamp: 1.5 }],
        },
      ],
    })
    expect((await get('/api/v1/query_exemplars?query=1')).statusCode).toBe(204)
  })
})
