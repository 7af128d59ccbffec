import { describe, expect, it } from 'vitest'
import { FORM, startFake } from './prometheus/testing/start-fake.ts'

describe('the rest', () => {
  it('counts requests under the names of the original', async () => {
    const { get } = startFake()
    await get('/api/v1/query?query=up')
    await get('/api/v1/label/job/values')
    const metrics = await get('/metrics')
    expect(metrics.headers['content-type']).toBe('text/plain; version=0.0.4; charset=utf-8')
    for (const name of [
      'prometheus_http_requests_total',
      'prometheus_http_request_duration_seconds',
      'prometheus_build_info',
      'prometheus_ready',
    ]) {
      expect(metrics.payload).toContain(name)
    }
  })

  it('says what it does not have', async () => {
    const { get, send } = startFake()
    const read = await send('POST', '/api/v1/read')
    expect([read.statusCode, read.payload]).toEqual([
      404,
      'remote read is not supported by this server yet\n',
    ])
    expect((await get('/federate?match[]=up')).statusCode).toBe(404)
    expect((await get('/api/v1/search/metric_names')).json()).toMatchObject({
      error: 'search API disabled',
    })
  })

  it('tells unknown paths from wrong methods', async () => {
    const { get, send } = startFake()
    expect((await get('/api/v1/nothing')).statusCode).toBe(404)
    expect((await get('/nothing')).payload).toBe('404 page not found\n')
    const wrong = await send('DELETE', '/api/v1/query')
    expect([wrong.statusCode, wrong.headers['allow']]).toEqual([405, 'GET, HEAD, POST'])
    expect((await get('/api/v1/write')).statusCode).toBe(405)
    expect((await send('OPTIONS', '/api/v1/query')).statusCode).toBe(204)
  })

  it('shows a page without script where the original has its interface', async () => {
    const { get } = startFake()
    for (const path of ['/', '/graph?g0.expr=up', '/targets', '/alerts', '/rules']) {
      const page = await get(path)
      expect(page.statusCode).toBe(200)
      expect(page.headers['content-security-policy']).toContain("default-src 'none'")
      expect(page.payload).not.toContain('<script')
    }
  })

  it('refuses foreign hosts and pages everywhere', async () => {
    const { get, send } = startFake()
    for (const path of ['/api/v1/query?query=up', '/metrics', '/-/healthy', '/', '/nothing']) {
      expect((await get(path, { host: 'evil.example.com' })).statusCode).toBe(403)
    }
    const pushed = await send(
      'POST',
      '/api/v1/query',
      { ...FORM, origin: 'https://evil.example.com' },
      'query=up',
    )
    expect(pushed.statusCode).toBe(403)
    expect(pushed.payload).toContain('https://evil.example.com')
  })
})
