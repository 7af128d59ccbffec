import { describe, expect, it } from 'vitest'
import { startFake } from './testing/start-fake.ts'

describe('admin', () => {
  it('is refused unless it is switched on', async () => {
    const { send } = startFake(({ admin: _admin, ...doors }) => doors)
    for (const path of ['delete_series?match[]=up', 'clean_tombstones', 'snapshot']) {
      const answer = await send('POST', `/api/v1/admin/tsdb/${path}`)
      expect(answer.statusCode).toBe(503)
      expect(answer.json()).toMatchObject({
        errorType: 'unavailable',
        error: 'admin APIs disabled',
      })
    }
  })

  it('deletes', async () => {
    const { world, send } = startFake()
    const answer = await send(
      'PUT',
      '/api/v1/admin/tsdb/delete_series?match[]=up&match[]=down&end=5',
    )
    expect(answer.statusCode).toBe(204)
    expect(world.deletions[0]?.selectors).toHaveLength(2)
    expect(world.deletions[0]?.endMs).toBe(5000)
    expect((await send('POST', '/api/v1/admin/tsdb/delete_series')).statusCode).toBe(400)
    expect((await send('POST', '/api/v1/admin/tsdb/clean_tombstones')).statusCode).toBe(204)
    expect((await send('POST', '/api/v1/admin/tsdb/snapshot')).statusCode).toBe(422)
  })
})
