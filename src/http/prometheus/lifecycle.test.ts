import { describe, expect, it } from 'vitest'
import { startFake } from './testing/start-fake.ts'

describe('lifecycle', () => {
  it('is refused unless it is switched on', async () => {
    const { send, get } = startFake(({ lifecycle: _lifecycle, ...doors }) => doors)
    for (const path of ['/-/reload', '/-/quit']) {
      const answer = await send('POST', path)
      expect([answer.statusCode, answer.payload]).toEqual([403, 'Lifecycle API is not enabled.'])
      expect((await get(path)).statusCode).toBe(405)
    }
  })

  it('reloads and quits', async () => {
    const { world, send } = startFake()
    expect((await send('POST', '/-/reload')).statusCode).toBe(200)
    world.reloadFaults = ['prometheus.yml:1:1: no']
    const failed = await send('PUT', '/-/reload')
    expect([failed.statusCode, failed.payload]).toEqual([
      500,
      'failed to reload config: prometheus.yml:1:1: no\n',
    ])
    expect((await send('POST', '/-/quit')).payload).toBe('Requesting termination... Goodbye!')
    expect(world.quits).toBe(1)
  })

  it('tells health and readiness', async () => {
    const { world, get, send } = startFake()
    expect((await get('/-/healthy')).payload).toBe('Prometheus Server is Healthy.\n')
    expect((await get('/-/ready')).statusCode).toBe(200)
    world.isReady = false
    const answer = await get('/-/ready')
    expect([answer.statusCode, answer.payload]).toEqual([503, 'Service Unavailable: store away\n'])
    expect((await send('HEAD', '/-/ready')).statusCode).toBe(503)
    expect((await get('/-/healthy')).statusCode).toBe(200)
  })
})
