import { describe, expect, it } from 'vitest'
import { startFake } from './testing/start-fake.ts'

describe('status', () => {
  it('has build info that Grafana takes for Prometheus', async () => {
    const data = await startFake().data('/api/v1/status/buildinfo')
    expect(data).toMatchObject({ version: '3.5.0' })
    expect(data).not.toHaveProperty('features')
  })

  it('shows configuration, flags and the rest', async () => {
    const fake = startFake()
    const data = (path: string): Promise<unknown> => fake.data(`/api/v1/${path}`)
    expect(await data('status/config')).toEqual({ yaml: 'global:\n  scrape_interval: 15s\n' })
    expect(await data('status/flags')).toEqual({ 'web.enable-lifecycle': 'true' })
    expect(await data('status/runtimeinfo')).toMatchObject({ storageRetention: '15d' })
    expect(await data('status/tsdb')).toMatchObject({ headStats: { numSeries: 10 } })
    expect(await data('status/tsdb?limit=3')).toMatchObject({ headStats: { numSeries: 3 } })
    expect(await data('status/walreplay')).toEqual({ min: 0, max: 0, current: 0 })
    expect(await data('features')).toMatchObject({
      promql: { subqueries: true },
      api: { admin: true },
    })
    expect(await data('notifications')).toEqual([])
    for (const limit of ['0', 'x', '10001']) {
      expect((await fake.get(`/api/v1/status/tsdb?limit=${limit}`)).statusCode).toBe(400)
    }
  })
})
