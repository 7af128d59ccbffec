import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { silentLog } from '../../self/log.ts'
import { createRegistry } from '../../self/metrics.ts'
import { createListener, type Listener } from '../listener.ts'
import { routeMeter } from '../route-meter.ts'
import { runbookRoutes } from './runbook-routes.ts'

describe('runbooks', () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-runbooks-'))
  let listener: Listener
  let url: string

  beforeAll(async () => {
    const packs = ['own', 'shipped', 'bare'].map((name) => ({
      name,
      folder: join(folder, 'packs', name),
    }))
    for (const pack of packs) mkdirSync(pack.folder, { recursive: true })
    mkdirSync(join(folder, 'docs', 'runbooks'), { recursive: true })
    writeFileSync(join(folder, 'packs', 'own', 'runbook.md'), '# Own\n')
    writeFileSync(join(folder, 'docs', 'runbooks', 'own.md'), '# Not this\n')
    writeFileSync(join(folder, 'docs', 'runbooks', 'shipped.md'), '# Shipped\n')
    writeFileSync(join(folder, 'docs', 'runbooks', 'secret.md'), '# Of no pack\n')
    listener = createListener(
      {
        address: { host: '127.0.0.1', port: 0, listener: 'prometheus' },
        access: {},
        log: silentLog(),
        meter: routeMeter(createRegistry(), 'prometheus'),
      },
      runbookRoutes(() => packs),
    )
    url = `http://127.0.0.1:${await listener.listen()}`
  })

  afterAll(async () => {
    await listener?.close()
    rmSync(folder, { recursive: true, force: true })
  })

  it.each([
    ['own', 200, { name: 'own', markdown: '# Own\n' }],
    ['shipped', 200, { name: 'shipped', markdown: '# Shipped\n' }],
    ['bare', 404, { message: 'no runbook "bare"' }],
    ['secret', 404, { message: 'no runbook "secret"' }],
    ['..%2Fdocs%2Frunbooks%2Fsecret', 404, { message: 'no runbook "../docs/runbooks/secret"' }],
  ])('%s: %i', async (name, status, body) => {
    const response = await fetch(`${url}/api/vedette/runbooks/${name}`)
    expect(response.status).toBe(status)
    const answered: unknown = await response.json()
    expect(answered).toEqual(body)
  })
})
