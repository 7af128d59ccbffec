import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startEngine, type EngineHandle } from '../../src/engine/supervise.ts'
import { Labels } from '../../src/model/labels.ts'
import { matcher } from '../../src/model/matcher.ts'
import { silentLog } from '../../src/self/log.ts'
import { StoreClient } from '../../src/store/client.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import { findFreePorts } from '../e2e/free-ports.ts'

let dataDir = ''
let engine: EngineHandle
let port = 0
const password = 'a password of some length'

beforeAll(async () => {
  dataDir = await mkdtemp(path.join(tmpdir(), 'tcp-'))
  port = (await findFreePorts(1))[0] ?? 0
  engine = await startEngine({
    dataDir,
    memoryBudgetBytes: 300e6,
    log: silentLog(),
    listen: { host: '127.0.0.1', port, user: 'vedette', password },
  })
  await engine.whenReady()
})

afterAll(async () => {
  await engine.stop()
  await rm(dataDir, { recursive: true })
})

it('stores and answers over TCP with user and password, as with a ClickHouse elsewhere', async () => {
  const url = `http://127.0.0.1:${port}`
  const client = new StoreClient({ url, username: 'vedette', password, database: 'vedette' })
  const now = Date.UTC(2026, 4, 1, 12)
  const retention = { timeMs: 15 * 86_400_000, sizeBytes: 0, rules: [] }
  const store = await MetricsStore.open({ client, nowMs: () => now, retention })
  const batch = {
    series: [Labels.from({ __name__: 'up', job: 'a' })],
    seriesIndex: new Uint32Array(1),
    timestampsMs: Float64Array.of(now - 1000),
    values: Float64Array.of(1),
  }
  expect(await store.append(batch)).toMatchObject({ accepted: 1, rejectedCount: 0 })
  await store.stop(5000)
  const again = await MetricsStore.open({ client, nowMs: () => now, retention })
  const bounds = { signal: new AbortController().signal, maxSeries: 10, maxSamples: 10 }
  const found = await again.select(
    { matchers: [matcher('job', '=', 'a')], startMs: 0, endMs: now },
    bounds,
  )
  expect(found.labels.map(String)).toEqual(['up{job="a"}'])
  await again.stop(5000)
  await client.close()
})

it('is refused with a wrong password', async () => {
  const client = new StoreClient({
    url: `http://127.0.0.1:${port}`,
    username: 'vedette',
    password: 'wrong',
    database: 'vedette',
  })
  await expect(client.rows('SELECT 1')).rejects.toThrow(/password|Authentication/i)
  await client.close()
})
