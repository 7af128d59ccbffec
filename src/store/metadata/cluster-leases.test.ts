import { expect, it } from 'vitest'
import {
  beatMember,
  claimLeases,
  forgetMember,
  leaveCluster,
  readCluster,
  releaseLeases,
  renewLeases,
  type ClusterMember,
} from './cluster-leases.ts'
import { listReports, saveReport } from './cluster-reports.ts'
import { SHARD_COUNT } from './tables-cluster.ts'
import { describeOnPostgres } from './testing/each-database.ts'

const member = (id: string): ClusterMember => ({
  ...{ id, name: `name of ${id}`, version: '1.2.3', url: 'http://10.0.0.1:9090' },
  ...{ configHash: 'abc', startedMs: 1_763_700_000_000 },
})

describeOnPostgres('leases of a cluster', ({ open, place }) => {
  it('know who is there by their signs', async () => {
    const metadata = await open()
    await beatMember(metadata, member('a'))
    await beatMember(metadata, member('b'))
    await beatMember(metadata, { ...member('a'), url: 'http://10.0.0.9:9090' })
    const { members, nowMs } = await readCluster(metadata)
    expect(members.toSorted((a, b) => (a.id < b.id ? -1 : 1))).toMatchObject([
      { ...member('a'), url: 'http://10.0.0.9:9090', beat: 2 },
      { ...member('b'), beat: 1 },
    ])
    expect(Math.abs(nowMs - Date.now())).toBeLessThan(600_000)
    await forgetMember(metadata, { id: 'a', beat: 1 })
    await forgetMember(metadata, { id: 'b', beat: 1 })
    expect((await readCluster(metadata)).members.map(({ id }) => id)).toEqual(['a'])
  })

  it('go to one of those who reach for them', async () => {
    const where = await place()
    const [a, b] = [await open(where), await open(where)]
    const { leases } = await readCluster(a)
    expect(leases).toHaveLength(SHARD_COUNT)
    const [ofA, ofB] = await Promise.all([
      claimLeases(a, 'a', leases.slice(0, 40)),
      claimLeases(b, 'b', leases.slice(24)),
    ])
    const all = [...ofA, ...ofB].map(({ shard }) => shard).sort((x, y) => x - y)
    expect(all).toEqual(leases.map(({ shard }) => shard))
    expect(
      ofA.every(({ holder, fence, beat }) => holder === 'a' && fence === 1 && beat === 1),
    ).toBe(true)
  })

  it('are changed only as they were seen', async () => {
    const metadata = await open()
    const free = (await readCluster(metadata)).leases.slice(0, 3)
    const mine = await claimLeases(metadata, 'a', free)
    expect(await claimLeases(metadata, 'b', free)).toEqual([])
    expect(await renewLeases(metadata, 'a')).toMatchObject([
      { shard: 0, fence: 1, beat: 2 },
      { shard: 1, fence: 1, beat: 2 },
      { shard: 2, fence: 1, beat: 2 },
    ])
    // Given back as they were before they were renewed, and taken as such: too late.
    await releaseLeases(metadata, mine)
    expect(await claimLeases(metadata, 'b', mine)).toEqual([])
    const seen = (await readCluster(metadata)).leases.slice(0, 3)
    expect(seen.map(({ holder }) => holder)).toEqual(['a', 'a', 'a'])
    await releaseLeases(metadata, seen.slice(0, 1))
    expect(await claimLeases(metadata, 'b', seen.slice(1, 2))).toMatchObject([
      { shard: 1, holder: 'b', fence: 2 },
    ])
    expect((await renewLeases(metadata, 'a')).map(({ shard }) => shard)).toEqual([2])
  })

  it('are free as soon as their holder leaves', async () => {
    const metadata = await open()
    await beatMember(metadata, member('a'))
    await claimLeases(metadata, 'a', (await readCluster(metadata)).leases)
    await saveReport(metadata, 'a', '{}')
    await saveReport(metadata, 'a', '{"groups":[]}')
    expect(await listReports(metadata, 'a')).toEqual(new Map())
    expect(await listReports(metadata, 'b')).toEqual(new Map([['a', '{"groups":[]}']]))
    await leaveCluster(metadata, 'a')
    const { members, leases } = await readCluster(metadata)
    expect(members).toEqual([])
    expect(await listReports(metadata, 'b')).toEqual(new Map())
    expect(leases.filter(({ holder }) => holder !== '')).toEqual([])
    expect(leases.every(({ touchedMs }) => touchedMs > 0)).toBe(true)
  })
})
