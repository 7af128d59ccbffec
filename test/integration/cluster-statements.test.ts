import { afterEach, describe, expect, it, vi } from 'vitest'
import { matcher } from '../../src/model/matcher.ts'
import { StoreClient } from '../../src/store/client.ts'
import type { ClusterSettings } from '../../src/store/clustered/cluster-tables.ts'
import { LinesStore } from '../../src/store/lines-store.ts'
import { MetricsStore } from '../../src/store/metrics-store.ts'
import { SpansStore } from '../../src/store/spans-store.ts'
import { batchOf as linesOf, NOON_NS } from './lines-harness.ts'
import { PlayedCluster } from './played-cluster.ts'
import { spansOf } from './spans-harness.ts'
import { DAY, NOON, sample, StoreHarness } from './store-harness.ts'
import { batchOf } from './store-model.ts'

/** No Keeper runs here: what is proven is which statements a cluster is told, and that the engine takes each for a statement. */
vi.setConfig({ testTimeout: 400_000, hookTimeout: 180_000 })

const harness = new StoreHarness()
const ends: (() => Promise<unknown>)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).toReversed()) await end()
})

const SHARDED = { name: 'main', isReplicated: true, isSharded: true, quorum: undefined } as const
const REPLICATED = { ...SHARDED, isSharded: false, quorum: 'auto' } as const
const options = { nowMs: () => NOON, retention: { timeMs: 15 * DAY, sizeBytes: 0, rules: [] } }

async function play(cluster: ClusterSettings): Promise<PlayedCluster> {
  const played = new PlayedCluster()
  const url = await played.listen()
  ends.push(() => played.close())
  const client = new StoreClient({ url, database: 'vedette', isShared: true, cluster })
  ends.push(() => client.close())
  const metrics = await MetricsStore.open({ client, ...options })
  const lines = await LinesStore.open({ client, ...options })
  const spans = await SpansStore.open({ client, ...options })
  for (const store of [metrics, lines, spans]) ends.push(() => store.stop(1000))
  await metrics.append(batchOf([sample('a', NOON - 1000)]))
  await lines.append(linesOf([{ stream: { app: 'a' }, ns: NOON_NS, text: 'a' }]))
  await spans.append(spansOf([{ trace: 1, span: 1 }]))
  for (const store of [metrics, lines, spans]) {
    await store.follow()
    await store.applyRetention()
  }
  await metrics.deleteSeries([[matcher('i', '=', 'a')]], 0, NOON)
  const range = { startNs: 0n, endNs: NOON_NS + 1n, needles: [], judge: undefined }
  await lines.deleteLines({ ...range, matchers: [matcher('app', '=', 'a')] })
  return played
}

/** Rejects where the engine takes one of these for no statement. */
async function parse(statements: readonly string[]): Promise<void> {
  const { url, socketPath } = harness.engine
  const client = new StoreClient({ url, socketPath, database: 'none' })
  ends.push(() => client.close())
  for (const text of new Set(statements)) {
    const quoted = text.replaceAll('\\', '\\\\').replaceAll("'", "\\'")
    const [row] = await client.rows(`SELECT length(formatQuerySingleLine('${quoted}')) AS length`)
    expect(Number(row?.['length'])).toBeGreaterThan(0)
  }
}

describe.each([
  ['replicated and sharded', SHARDED],
  ['replicated', REPLICATED],
  ['sharded', { ...SHARDED, isReplicated: false }],
])('a cluster that is %s', (_, settings) => {
  it('is told statements that the engine understands, each to all servers', async () => {
    const played = await play(settings)
    const statements = played.told.map(({ text }) => text.trim())
    const changing = statements.filter((text) => !/^(?:SELECT|INSERT|WITH)\b/.test(text))
    expect(changing.length).toBeGreaterThan(30)
    for (const text of changing) expect(text).toContain("ON CLUSTER 'main'")
    await parse(statements.filter((one) => !one.startsWith('INSERT')))
    const made = changing.filter(
      (text) => text.startsWith('CREATE TABLE') && !text.includes('_lock'),
    )
    for (const text of made) {
      expect(/ENGINE = Replicated/.test(text)).toBe(settings.isReplicated)
    }
  })

  it('acknowledges nothing that the shards do not have', async () => {
    const played = await play(settings)
    const inserts = played.told.filter(({ text }) => text.endsWith(' FORMAT Native'))
    const rows = inserts.filter(({ text }) => text.startsWith('INSERT INTO'))
    expect(rows.length).toBeGreaterThanOrEqual(6)
    for (const { settings: sent } of rows) {
      expect(sent).toMatchObject({ insert_distributed_sync: '1', insert_deduplicate: '1' })
      expect(sent['insert_deduplication_token']).not.toBe('')
      expect(sent['insert_quorum']).toBe(settings.quorum)
    }
  })
})

it('puts the rows of one series, stream or trace on one shard', async () => {
  const played = await play(SHARDED)
  const fronts = new Map<string, string>()
  for (const { text } of played.told) {
    const found = /^CREATE OR REPLACE TABLE `vedette`\.(\w+) .*'(\w+)_local', (.*)\)$/.exec(text)
    if (found) fronts.set(found[1] ?? '', found[3] ?? '')
  }
  expect(Object.fromEntries(fronts)).toMatchObject({
    samples: 'id',
    series_days: 'id',
    exemplars: 'id',
    histograms: 'id',
    metric_metadata: 'cityHash64(family)',
    lines: 'id',
    stream_days: 'id',
    spans: 'sipHash64(trace)',
    trace_times: 'sipHash64(trace)',
    resource_days: 'id',
  })
})

it('asks the next server when one cannot be reached, for reads and inserts', async () => {
  const gone = new PlayedCluster()
  const goneUrl = await gone.listen()
  await gone.close()
  const played = new PlayedCluster()
  const url = await played.listen()
  ends.push(() => played.close())
  const client = new StoreClient({ url: [goneUrl, url], database: 'vedette', isShared: true })
  ends.push(() => client.close())
  expect(await client.rows('SELECT max(version) AS v')).toEqual([{ version: 0 }])
  await client.insertNative('samples', ['id'], new Uint8Array(), 'token')
  expect(played.told).toHaveLength(2)
  await played.close()
  await expect(client.rows('SELECT 1')).rejects.toThrow('the store cannot be reached')
})
