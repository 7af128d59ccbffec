import { randomUUID } from 'node:crypto'
import { afterEach, describe, expect, it } from 'vitest'
import { ownLeaseClock } from '../../src/cluster/lease-clock.ts'
import { leaseTableIn } from '../../src/cluster/lease-table.ts'
import { Leases } from '../../src/cluster/leases.ts'
import { silentLog } from '../../src/self/log.ts'
import type { ClusterMember } from '../../src/store/metadata/cluster-leases.ts'
import { openMetadata } from '../../src/store/metadata/open.ts'
import { SHARD_COUNT } from '../../src/store/metadata/tables-cluster.ts'
import { waitFor } from '../e2e/tools/wait-for.ts'
import { Cluster, findPostgres } from './postgres/cluster.ts'

const programs = findPostgres()
if (programs === undefined) {
  console.log('notice: PostgreSQL is not installed: leases are tested in memory only')
}

/** For what takes seconds where nobody else works. */
const PATIENCE_MS = 60_000
const KEYS = Array.from({ length: 500 }, (_, i) => `piece ${i}`)

const ends: (() => Promise<void> | void)[] = []

afterEach(async () => {
  for (const end of ends.splice(0).reverse()) await end()
})

async function startPostgres(): Promise<Cluster> {
  const postgres = await Cluster.start(programs ?? '')
  ends.push(() => postgres.stop())
  return postgres
}

async function join(postgres: Cluster, name: string): Promise<Leases> {
  const url = `postgres:///postgres?host=${encodeURIComponent(postgres.folder)}&user=vedette`
  const metadata = await openMetadata({ url }, silentLog())
  ends.push(() => metadata.close())
  const me: ClusterMember = {
    ...{ id: randomUUID(), name, version: '1', url: '', configHash: '', startedMs: 0 },
  }
  const leases = new Leases({
    ...{ table: leaseTableIn(() => metadata), me: () => me },
    ...{ clock: ownLeaseClock, log: silentLog() },
  })
  ends.push(() => leases.stop())
  await leases.start()
  return leases
}

/** Looks all the time whether two have the same piece; the answer tells which ones did. */
function watchExclusion(members: readonly Leases[]): () => ReadonlySet<string> {
  const shared = new Set<string>()
  const timer = setInterval(() => {
    for (const key of KEYS) {
      if (members.filter((member) => member.isMine(key)).length > 1) shared.add(key)
    }
  }, 10)
  ends.push(() => clearInterval(timer))
  return () => shared
}

describe.skipIf(programs === undefined)('leases in PostgreSQL', () => {
  it('are divided, handed over by who leaves, and nobody’s while the database hangs', async () => {
    const postgres = await startPostgres()
    const a = await join(postgres, 'a')
    expect(a.heldCount).toBe(SHARD_COUNT)
    const b = await join(postgres, 'b')
    const shared = watchExclusion([a, b])
    const half = SHARD_COUNT / 2
    await waitFor('halves', () => a.heldCount === half && b.heldCount === half, PATIENCE_MS)

    postgres.freeze(true)
    try {
      await waitFor('nobody to work', () => a.heldCount + b.heldCount === 0, PATIENCE_MS)
    } finally {
      postgres.freeze(false)
    }
    await waitFor(
      'all to be worked on again',
      () => a.heldCount + b.heldCount === SHARD_COUNT,
      PATIENCE_MS,
    )

    await b.stop()
    expect(b.heldCount).toBe(0)
    await waitFor('one to have everything', () => a.heldCount === SHARD_COUNT, PATIENCE_MS)
    expect(a.counts.takenOver).toBe(0)
    expect(shared()).toEqual(new Set())
  }, 180_000)
})
