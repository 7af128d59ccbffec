import { describe, expect, it } from 'vitest'
import type { TargetsJson } from '../../contract/prometheus.ts'
import { startFake } from './testing/start-fake.ts'

describe('targets', () => {
  it('are listed with what their last scrape said', async () => {
    const data = await startFake().data<TargetsJson>('/api/v1/targets')
    expect(data.activeTargets[0]).toEqual({
      discoveredLabels: { __address__: 'localhost:9100', job: 'node' },
      labels: { instance: 'localhost:9100', job: 'node' },
      scrapePool: 'node',
      scrapeUrl: 'http://localhost:9100/metrics',
      globalUrl: 'http://mon.example.org:9100/metrics',
      lastError: '',
      lastScrape: '2023-11-14T22:13:20.000Z',
      lastScrapeDuration: 0.0125,
      health: 'up',
      scrapeInterval: '15s',
      scrapeTimeout: '10s',
    })
    expect(data.activeTargets[1]).toMatchObject({
      globalUrl: 'http://10.0.0.1:80/metrics',
      lastScrape: '0001-01-01T00:00:00Z',
      health: 'unknown',
      scrapeInterval: '1m',
    })
    expect(data.droppedTargets).toHaveLength(1)
    expect(data.droppedTargetCounts).toEqual({ node: 1 })
  })

  it('are filtered by state and pool', async () => {
    const { data } = startFake()
    const active = await data<TargetsJson>('/api/v1/targets?state=active&scrapePool=node')
    expect(active.activeTargets).toHaveLength(1)
    expect(active).toMatchObject({ droppedTargets: [], droppedTargetCounts: null })
    const dropped = await data<TargetsJson>('/api/v1/targets?state=Dropped')
    expect(dropped).toMatchObject({ activeTargets: [], droppedTargetCounts: { node: 1 } })
  })

  it('have pools, rules and alertmanagers', async () => {
    const { get } = startFake()
    expect((await get('/api/v1/scrape_pools')).json()).toMatchObject({
      data: { scrapePools: ['node', 'other'] },
    })
    expect((await get('/api/v1/scrape_pools/config?scrapePool=node')).json()).toMatchObject({
      data: { yaml: 'job_name: node\n' },
    })
    const steps = await get('/api/v1/targets/relabel_steps?scrapePool=node&labels={"a":"b"}')
    expect(steps.json()).toMatchObject({ data: { steps: [{ output: { a: 'b' }, keep: true }] } })
    for (const query of [
      '',
      'scrapePool=x&labels={}',
      'scrapePool=node&labels=[',
      'scrapePool=node&labels={"a":1}',
    ]) {
      expect((await get(`/api/v1/targets/relabel_steps?${query}`)).statusCode).toBe(400)
    }
    expect((await get('/api/v1/alertmanagers')).json()).toMatchObject({
      data: {
        activeAlertmanagers: [{ url: 'http://127.0.0.1:9093/api/v2/alerts' }],
        droppedAlertmanagers: [],
      },
    })
  })
})
