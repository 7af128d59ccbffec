import { describe, expect, it } from 'vitest'
import { SHARD_COUNT } from '../store/metadata/tables-cluster.ts'
import { SimulatedCluster } from './testing/simulated-cluster.ts'

/** A generator of numbers from 0 to 1 that a number decides (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed >>> 0
  return () => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}

const SHARDS = Array.from({ length: SHARD_COUNT }, (_, shard) => shard)

function counts(cluster: SimulatedCluster): readonly number[] {
  return cluster.running
    .map((member) => SHARDS.filter((shard) => member.worksOn(shard)).length)
    .sort((a, b) => a - b)
}

/** Fails as soon as two members would work on one shard. */
function expectExclusion(cluster: SimulatedCluster): void {
  cluster.onEvent(() => {
    for (const shard of SHARDS) {
      const workers = cluster.workersOf(shard)
      if (workers.length > 1)
        throw new Error(
          `shard ${shard} is worked on by ${workers.map(({ id }) => id).join(' and ')} at ${cluster.nowMs} ms`,
        )
    }
  })
}

describe('the division of work', () => {
  it('is one member’s who is alone, and even among several', async () => {
    const cluster = new SimulatedCluster(randomOf(1))
    expectExclusion(cluster)
    const first = cluster.join()
    await cluster.advance(1000)
    expect(first.leases.heldCount).toBe(SHARD_COUNT)
    cluster.join()
    await cluster.advance(15_000)
    expect(counts(cluster)).toEqual([32, 32])
    cluster.join()
    await cluster.advance(20_000)
    expect(counts(cluster)).toEqual([21, 21, 22])
  })

  it('goes to the others within 20 s when a member is killed, and knows how long it lay idle', async () => {
    const cluster = new SimulatedCluster(randomOf(2))
    expectExclusion(cluster)
    const [first, second] = [cluster.join(), cluster.join()]
    await cluster.advance(20_000)
    expect(counts(cluster)).toEqual([32, 32])
    first.kill()
    await cluster.advance(20_000)
    expect(second.leases.heldCount).toBe(SHARD_COUNT)
    expect(second.leases.counts.takenOver).toBe(32)
    const idle = Array.from({ length: 200 }, (_, i) => second.leases.idleMs(`key ${i}`))
    const taken = idle.filter((idleMs) => Number.isFinite(idleMs) && idleMs > 5000)
    expect(taken.length).toBeGreaterThan(50)
    expect(Math.max(...taken)).toBeLessThan(20_000)
  })

  it('goes to the others at once when a member leaves in order', async () => {
    const cluster = new SimulatedCluster(randomOf(3))
    expectExclusion(cluster)
    const [first, second] = [cluster.join(), cluster.join()]
    await cluster.advance(20_000)
    let isOver = false
    void first.leases.stop().then(() => (isOver = true))
    await cluster.advance(4000)
    expect(isOver).toBe(true)
    expect(first.leases.heldCount).toBe(0)
    expect(second.leases.heldCount).toBe(SHARD_COUNT)
    expect(second.leases.counts.takenOver).toBe(0)
  })

  it('waits for work that is under way before it gives a shard to another, but not for ever', async () => {
    const cluster = new SimulatedCluster(randomOf(4))
    expectExclusion(cluster)
    const first = cluster.join()
    await cluster.advance(5000)
    let asked = 0
    first.leases.onChange(() => {
      asked++
      return new Promise(() => undefined)
    })
    const second = cluster.join()
    await cluster.advance(8000)
    expect(asked).toBeGreaterThan(0)
    await cluster.advance(12_000)
    expect(second.leases.heldCount).toBe(32)
  })

  it('has nobody work while the database is away, and goes on with what each had', async () => {
    const cluster = new SimulatedCluster(randomOf(5))
    expectExclusion(cluster)
    const members = [cluster.join(), cluster.join()]
    await cluster.advance(20_000)
    const before = members.map((member) => SHARDS.filter((shard) => member.worksOn(shard)))
    let told = 0
    members[0]?.leases.onChange(() => void told++)
    cluster.weather.isDown = true
    await cluster.advance(9000 - 3000)
    expect(counts(cluster)).toEqual([32, 32])
    await cluster.advance(9000)
    expect(counts(cluster)).toEqual([0, 0])
    expect(told).toBe(1)
    await cluster.advance(60_000)
    cluster.weather.isDown = false
    await cluster.advance(15_000)
    expect(members.map((member) => SHARDS.filter((shard) => member.worksOn(shard)))).toEqual(before)
    expect(members[0]?.leases.counts.takenOver).toBe(0)
    expect(told).toBe(2)
  })

  it('is not moved by clocks that jump, the database’s among them', async () => {
    const cluster = new SimulatedCluster(randomOf(6))
    expectExclusion(cluster)
    const [first, second] = [cluster.join(), cluster.join()]
    await cluster.advance(20_000)
    cluster.databaseOffsetMs += 86_400_000
    first.wallOffsetMs -= 3_600_000
    second.wallOffsetMs += 3_600_000
    await cluster.advance(6000)
    cluster.databaseOffsetMs -= 2 * 86_400_000
    await cluster.advance(6000)
    expect(counts(cluster)).toEqual([32, 32])
    expect(first.leases.counts.takenOver + second.leases.counts.takenOver).toBe(0)
  })

  it('lets a member that was frozen do nothing that went to others', async () => {
    const cluster = new SimulatedCluster(randomOf(7))
    expectExclusion(cluster)
    const [first, second] = [cluster.join(), cluster.join()]
    await cluster.advance(20_000)
    first.freeze(40_000)
    await cluster.advance(39_000)
    expect(second.leases.heldCount).toBe(SHARD_COUNT)
    await cluster.advance(25_000)
    expect(counts(cluster)).toEqual([32, 32])
  })

  it.each(['release', 'claim'] as const)('is not changed by a %s that comes late', async (verb) => {
    const cluster = new SimulatedCluster(randomOf(8))
    expectExclusion(cluster)
    cluster.join()
    await cluster.advance(5000)
    cluster.slowMs.set(verb, 15_000)
    cluster.join()
    await cluster.advance(11_000)
    cluster.slowMs.clear()
    await cluster.advance(30_000)
    expect(counts(cluster)).toEqual([32, 32])
  })

  it.each(Array.from({ length: 24 }, (_, i) => i + 100))(
    'never has two work on one shard, whatever happens (%i)',
    async (seed) => {
      const random = randomOf(seed)
      const cluster = new SimulatedCluster(random)
      expectExclusion(cluster)
      for (let i = 0; i < 3; i++) cluster.join()
      for (let step = 0; step < 60; step++) {
        disturb(cluster, random)
        await cluster.advance(random() * 8000)
      }
      Object.assign(cluster.weather, { latencyMs: 20, lossShare: 0, isDown: false })
      if (cluster.running.length === 0) cluster.join()
      await cluster.advance(150_000)
      const shares = counts(cluster)
      expect(shares.reduce((sum, share) => sum + share, 0)).toBe(SHARD_COUNT)
      expect((shares.at(-1) ?? 0) - (shares[0] ?? 0)).toBeLessThanOrEqual(1)
    },
  )
})

function disturb(cluster: SimulatedCluster, random: () => number): void {
  const { running, weather } = cluster
  const member = running[Math.floor(random() * running.length)]
  const die = random()
  if (die < 0.12) member?.kill()
  else if (die < 0.2) void member?.leases.stop().then(() => member.kill())
  else if (die < 0.36 && running.length < 5) cluster.join()
  else if (die < 0.5 && member?.isFrozen === false) member.freeze(random() * 40_000)
  else if (die < 0.6 && member !== undefined) member.wallOffsetMs += (random() - 0.5) * 1e7
  else if (die < 0.65) cluster.databaseOffsetMs += (random() - 0.5) * 1e9
  else if (die < 0.72) weather.isDown = !weather.isDown
  else if (die < 0.82) weather.latencyMs = random() < 0.5 ? 20 : random() * 20_000
  else if (die < 0.9) weather.lossShare = random() < 0.5 ? 0 : random() * 0.4
}
