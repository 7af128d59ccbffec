import { messageOf } from '../model/problem.ts'
import type { WorkShare } from '../model/work-share.ts'
import type { Log } from '../self/log.ts'
import type { ClusterMember, SeenCluster, SeenLease } from '../store/metadata/cluster-leases.ts'
import { HeldShards } from './held-shards.ts'
import { momentOf, type LeaseClock } from './lease-clock.ts'
import type { LeaseTable } from './lease-table.ts'
import { DRAIN_MS, LEASE_LIFE_MS, ROUND_MS, ROUND_TIMEOUT_MS, STOP_MS } from './lease-times.ts'
import { LivingMembers } from './living-members.ts'
import { planShards, type JudgedLease } from './plan-shards.ts'
import { KnownShards } from './shard-of.ts'
import { WatchedSigns } from './watch-signs.ts'

export interface LeasesOptions {
  readonly table: LeaseTable
  /** Asked anew each round: the configuration may change. */
  readonly me: () => ClusterMember
  readonly clock: LeaseClock
  readonly log: Log
}

/** What was counted since the start. */
export interface LeaseCounts {
  /** Shards taken from members that gave no sign of life. */
  takenOver: number
  /** Shards given to others in order. */
  handedOver: number
  failedRounds: number
}

/** A round that was given up because the database did not answer: what it would still do is not done. */
class GivenUp extends Error {}

/**
 * This member's share of the work. Each round it gives a sign of life, renews what it holds, looks at what others hold and takes or
 * gives back shards until all have as many.
 *
 * Why no two work on one shard: a holder works on it until `HOLD_MS` after it asked for the last renewal that came through; another
 * takes it only after it saw the same renewal for `LEASE_LIFE_MS`, which began later and is longer, and only if the lease is then
 * still the one that it saw. All of these are lengths of time on the monotonic clock of one machine; no two clocks are compared, so
 * wrong or jumping ones, also the database's, do no harm.
 */
export class Leases implements WorkShare {
  readonly counts: LeaseCounts = { takenOver: 0, handedOver: 0, failedRounds: 0 }
  readonly #options: LeasesOptions
  readonly #held: HeldShards
  readonly #living: LivingMembers
  readonly #watched = new WatchedSigns<number>()
  readonly #listeners = new Set<() => Promise<void> | void>()
  readonly #shards = new KnownShards()
  #seen: SeenCluster | undefined
  #round = 0
  #running: Promise<void> = Promise.resolve()
  #cancelRound: () => void = () => undefined
  #cancelLapse: () => void = () => undefined
  #isStopped = false
  /** Whether the last round failed: it is said once. */
  #isFailing = false

  constructor(options: LeasesOptions) {
    this.#options = options
    this.#held = new HeldShards(options.clock)
    this.#living = new LivingMembers(options.log)
  }

  /** What was last read of the cluster; undefined before. */
  get seen(): SeenCluster | undefined {
    return this.#seen
  }

  /** How many shards are held now. */
  get heldCount(): number {
    return this.#held.count
  }

  /** Ids of the members that live, this one among them. */
  get living(): readonly string[] {
    return this.#living.ids
  }

  shardOf(key: string): number {
    return this.#shards.of(key)
  }

  isMine(key: string): boolean {
    return this.#held.has(this.#shards.of(key))
  }

  idleMs(key: string): number {
    return this.#held.idleMs(this.#shards.of(key))
  }

  onChange(listener: () => Promise<void> | void): () => void {
    this.#listeners.add(listener)
    return () => void this.#listeners.delete(listener)
  }

  /** Becomes a member. Resolves after the first round, whether or not it came through. */
  start(): Promise<void> {
    return this.#go()
  }

  /** Ends all work and gives it to the others, as far as the database can be reached. */
  async stop(): Promise<void> {
    const { table, me, log } = this.#options
    this.#isStopped = true
    this.#cancelRound()
    await this.#inTime(this.#running, STOP_MS).catch(() => undefined)
    this.#round++
    this.#cancelLapse()
    this.#held.end()
    await this.#drain()
    if (this.#seen === undefined) return
    try {
      await this.#inTime(table.leave(me().id), STOP_MS)
    } catch (thrown) {
      log.warn('the others take over a little later: leases could not be given back', {
        reason: messageOf(thrown),
      })
    }
  }

  #go(): Promise<void> {
    this.#running = this.#goOnce()
    return this.#running
  }

  async #goOnce(): Promise<void> {
    const { clock } = this.#options
    const begun = clock.monotonicMs()
    await this.#tryRound()
    if (this.#isStopped) return
    const waitMs = Math.max(ROUND_MS - (clock.monotonicMs() - begun), ROUND_MS / 4)
    this.#cancelRound = clock.after(waitMs, () => void this.#go())
  }

  /** Never rejects. */
  async #tryRound(): Promise<void> {
    const { log } = this.#options
    const id = ++this.#round
    try {
      await this.#inTime(this.#look(id), ROUND_TIMEOUT_MS)
      if (this.#isFailing) log.info('the metadata database answers again: the work goes on')
      this.#isFailing = false
    } catch (thrown) {
      // Whatever of the round is still under way does nothing more.
      this.#round++
      this.counts.failedRounds++
      this.#watched.clear()
      this.#living.clear()
      if (!this.#isFailing && !this.#isStopped)
        log.warn(
          'the metadata database cannot be asked who does what; work that is shared ends soon',
          {
            reason: messageOf(thrown),
            held_for_ms: Math.max(0, Math.round(this.#held.restMs)),
          },
        )
      this.#isFailing = true
    }
  }

  async #look(id: number): Promise<void> {
    const { table, me, clock } = this.#options
    const member = me()
    await table.beat(member)
    this.#check(id)
    const asked = momentOf(clock)
    const renewed = await table.renew(member.id)
    this.#check(id)
    const before = this.#held.count
    const lost = this.#held.renew(renewed, asked)
    this.#planLapse()
    // Who works on a shard that was away, if only for a moment, ends that before it may begin anew.
    if (lost.length > 0) {
      this.#held.leave(lost)
      await this.#drain()
      this.#check(id)
      this.#held.renew(renewed, asked)
    }
    const seen = await table.read()
    this.#check(id)
    this.#seen = seen
    const living = this.#living.note(seen.members, member.id, clock.monotonicMs())
    const { claim, release } = planShards(member.id, living, this.#judge(seen, member.id))
    await this.#claim(id, member.id, claim, seen)
    await this.#release(id, release)
    if (lost.length > 0 || before !== this.#held.count) this.#tell()
    await this.#forgetDead(seen)
  }

  #judge({ leases }: SeenCluster, me: string): readonly JudgedLease[] {
    const nowMs = this.#options.clock.monotonicMs()
    return leases.map((lease) => {
      const { shard, holder, fence, beat } = lease
      const sameForMs = this.#watched.note(shard, `${fence}/${beat}`, nowMs)
      return { lease, isFree: holder === '' || (holder !== me && sameForMs >= LEASE_LIFE_MS) }
    })
  }

  async #claim(
    id: number,
    me: string,
    wanted: readonly SeenLease[],
    { nowMs, members }: SeenCluster,
  ): Promise<void> {
    if (wanted.length === 0) return
    const before = new Map(wanted.map((lease) => [lease.shard, lease]))
    const got = await this.#options.table.claim(me, wanted)
    this.#check(id)
    this.#held.take(got, (shard) => {
      const lease = before.get(shard)
      // Nobody ever had it.
      if (lease === undefined || lease.touchedMs === 0) return Number.POSITIVE_INFINITY
      return Math.max(0, nowMs - lease.touchedMs)
    })
    const dead = got.flatMap(({ shard }) => before.get(shard)?.holder ?? []).filter(isSomebody)
    this.counts.takenOver += dead.length
    for (const holder of new Set(dead)) {
      const name = members.find((member) => member.id === holder)?.name ?? holder
      const shards = dead.filter((each) => each === holder).length
      this.#options.log.warn('work of a member that gives no sign of life is taken over', {
        member: name,
        shards,
      })
    }
  }

  /** What is under way on them ends first. */
  async #release(id: number, leases: readonly SeenLease[]): Promise<void> {
    if (leases.length === 0) return
    const shards = leases.map(({ shard }) => shard)
    this.#held.leave(shards)
    await this.#drain()
    this.#check(id)
    await this.#options.table.release(leases)
    this.#check(id)
    this.#held.drop(shards)
    this.counts.handedOver += shards.length
    this.#options.log.info('a part of the work goes to other members', { shards: shards.length })
  }

  async #forgetDead(seen: SeenCluster): Promise<void> {
    for (const member of seen.members) {
      if (this.#living.isLong(member.id)) await this.#options.table.forget(member)
    }
  }

  /** Work ends by itself when no renewal comes in time. */
  #planLapse(): void {
    this.#cancelLapse()
    this.#cancelLapse = this.#options.clock.after(Math.max(1, this.#held.restMs + 1), () => {
      // A timer may be a little early.
      if (this.#held.isValid) return this.#planLapse()
      if (!this.#held.lapse()) return
      this.#options.log.error(
        'work that is shared has stopped: the metadata database could not be asked in time who does it',
      )
      this.#tell()
    })
  }

  #tell(): void {
    for (const listener of this.#listeners) void this.#ask(listener)
  }

  /** Tells, and waits for what is under way, within bounds. */
  async #drain(): Promise<void> {
    const ended = Promise.all([...this.#listeners].map((listener) => this.#ask(listener)))
    let cancel = (): void => undefined
    const late = new Promise<void>((resolve) => {
      cancel = this.#options.clock.after(DRAIN_MS, resolve)
    })
    await Promise.race([ended, late])
    cancel()
  }

  async #ask(listener: () => Promise<void> | void): Promise<void> {
    try {
      await listener()
    } catch (thrown) {
      this.#options.log.error('a part could not follow a change of the shared work', {
        reason: messageOf(thrown),
      })
    }
  }

  #check(id: number): void {
    if (id !== this.#round) throw new GivenUp('the round was given up')
  }

  async #inTime<T>(work: Promise<T>, limitMs: number): Promise<T> {
    let cancel = (): void => undefined
    const late = new Promise<never>((_resolve, reject) => {
      cancel = this.#options.clock.after(limitMs, () =>
        reject(new Error(`no answer within ${limitMs} ms`)),
      )
    })
    try {
      return await Promise.race([work, late])
    } finally {
      cancel()
      work.catch(() => undefined)
    }
  }
}

function isSomebody(holder: string): boolean {
  return holder !== ''
}
