import { expect, it } from 'vitest'
import { createHealthCheck } from './health-check.ts'

it('answers at its path while the program runs', async () => {
  const page = await createHealthCheck({ host: '127.0.0.1', port: 0, path: '/up' }, Date.now())
  const url = `http://127.0.0.1:${page.port}`
  const answer = await fetch(`${url}/up?x=1`)
  expect([answer.status, await answer.text()]).toEqual([
    200,
    expect.stringContaining('"status":"Server available"'),
  ])
  expect((await fetch(`${url}/other`)).status).toBe(404)
  const taken = createHealthCheck({ host: '127.0.0.1', port: page.port, path: '/' }, Date.now())
  await expect(taken).rejects.toThrow('EADDRINUSE')
  await page.close()
  await expect(fetch(`${url}/up`)).rejects.toThrow('fetch failed')
})
