import { setImmediate as nextTurn } from 'node:timers/promises'
import { silentLog } from '../../self/log.ts'
import type { ClusterMember } from '../../store/metadata/cluster-leases.ts'
import { SHARD_COUNT } from '../../store/metadata/tables-cluster.ts'
import type { LeaseClock } from '../lease-clock.ts'
import type { LeaseTable } from '../lease-table.ts'
import { Leases } from '../leases.ts'
import { MemoryTable } from './memory-table.ts'

interface Event {
  readonly atMs: number
  readonly order: number
  readonly run: () => void
}

/** How the way to the database is at the moment. */
export interface Weather {
  /** Longest time of one way. */
  latencyMs: number
  /** The share of statements and of answers that never arrive. */
  lossShare: number
  /** Nobody reaches the database. */
  isDown: boolean
}

/** Members and a database on one simulated time, each with clocks of its own. */
export class SimulatedCluster {
  readonly table = new MemoryTable()
  readonly members: SimulatedMember[] = []
  readonly weather: Weather = { latencyMs: 20, lossShare: 0, isDown: false }
  /** How much longer statements of a verb take to reach the database. */
  readonly slowMs = new Map<keyof LeaseTable, number>()
  readonly random: () => number
  /** What the database's clock is off by. */
  databaseOffsetMs = 1_700_000_000_000
  #nowMs = 0
  #order = 0
  #events: Event[] = []
  #onEvent: () => void = () => undefined

  constructor(random: () => number) {
    this.random = random
  }

  get nowMs(): number {
    return this.#nowMs
  }

  get databaseNowMs(): number {
    return this.#nowMs + this.databaseOffsetMs
  }

  /** Members that run now, frozen ones among them. */
  get running(): readonly SimulatedMember[] {
    return this.members.filter(({ isDead }) => !isDead)
  }

  /** Called after everything that happens. */
  onEvent(check: () => void): void {
    this.#onEvent = check
  }

  schedule(delayMs: number, run: () => void): () => void {
    const event = { atMs: this.#nowMs + Math.max(0, delayMs), order: this.#order++, run }
    this.#events.push(event)
    return () => void (this.#events = this.#events.filter((each) => each !== event))
  }

  join(): SimulatedMember {
    const member = new SimulatedMember(this, `member-${this.members.length}`)
    this.members.push(member)
    void member.leases.start()
    return member
  }

  async advance(durationMs: number): Promise<void> {
    const untilMs = this.#nowMs + durationMs
    for (let next = this.#next(untilMs); next !== undefined; next = this.#next(untilMs)) {
      const event = next
      this.#events = this.#events.filter((each) => each !== event)
      this.#nowMs = event.atMs
      event.run()
      await nextTurn()
      this.#onEvent()
    }
    this.#nowMs = untilMs
  }

  /** The members that would work on a shard now. */
  workersOf(shard: number): readonly SimulatedMember[] {
    return this.running.filter((member) => !member.isFrozen && member.worksOn(shard))
  }

  #next(untilMs: number): Event | undefined {
    let first: Event | undefined
    for (const event of this.#events) {
      if (event.atMs > untilMs) continue
      const isEarlier =
        first === undefined ||
        event.atMs < first.atMs ||
        (event.atMs === first.atMs && event.order < first.order)
      if (isEarlier) first = event
    }
    return first
  }
}

/** Keys whose shards are 0, 1, 2, … */
const KEYS: string[] = []

export class SimulatedMember {
  readonly id: string
  readonly leases: Leases
  isDead = false
  isFrozen = false
  wallOffsetMs: number
  readonly #cluster: SimulatedCluster
  /** Its monotonic clock runs faster or slower by up to 1 %. */
  readonly #rate: number
  readonly #originMs: number
  readonly #waiting: (() => void)[] = []

  constructor(cluster: SimulatedCluster, id: string) {
    this.#cluster = cluster
    this.id = id
    this.#rate = 0.99 + cluster.random() * 0.02
    this.#originMs = cluster.random() * 1e6
    this.wallOffsetMs = cluster.random() * 1e7
    const me: ClusterMember = {
      ...{ id, name: id, version: '1', url: '', configHash: 'a', startedMs: 0 },
    }
    this.leases = new Leases({
      table: this.#table(),
      me: () => me,
      clock: this.#clock(),
      log: silentLog(),
    })
    if (KEYS.length === 0) findKeys(this.leases)
  }

  worksOn(shard: number): boolean {
    return this.leases.isMine(KEYS[shard] ?? '')
  }

  kill(): void {
    this.isDead = true
  }

  freeze(durationMs: number): void {
    this.isFrozen = true
    this.#cluster.schedule(durationMs, () => {
      this.isFrozen = false
      // What became due meanwhile comes in an order that nobody promises.
      for (const run of this.#waiting.splice(0).toSorted(() => this.#cluster.random() - 0.5)) run()
    })
  }

  /** What happens in this process: not while it is frozen, and never when it is dead. */
  #happen(run: () => void): void {
    if (this.isDead) return
    if (this.isFrozen) this.#waiting.push(run)
    else run()
  }

  #clock(): LeaseClock {
    return {
      monotonicMs: () => this.#originMs + this.#cluster.nowMs * this.#rate,
      wallMs: () => this.#cluster.nowMs + this.wallOffsetMs,
      after: (delayMs, run) => {
        let isOff = false
        const cancel = this.#cluster.schedule(delayMs / this.#rate, () =>
          this.#happen(() => {
            if (!isOff) run()
          }),
        )
        return () => {
          isOff = true
          cancel()
        }
      },
    }
  }

  #table(): LeaseTable {
    const { table } = this.#cluster
    const now = (): number => this.#cluster.databaseNowMs
    return {
      beat: (member) => this.#ask('beat', () => table.beat(member, now())),
      renew: (holder) => this.#ask('renew', () => table.renew(holder, now())),
      read: () => this.#ask('read', () => table.read(now())),
      claim: (holder, seen) => this.#ask('claim', () => table.claim(holder, seen, now())),
      release: (seen) => this.#ask('release', () => table.release(seen, now())),
      leave: (member) => this.#ask('leave', () => table.leave(member, now())),
      forget: (member) => this.#ask('forget', () => table.forget(member)),
    }
  }

  #ask<T>(verb: keyof LeaseTable, statement: () => T): Promise<T> {
    const { weather, random, slowMs } = this.#cluster
    return new Promise((resolve, reject) => {
      if (weather.isDown) {
        if (random() < 0.5)
          this.#cluster.schedule(50, () => this.#happen(() => reject(new Error('refused'))))
        return
      }
      if (random() < weather.lossShare) return
      this.#cluster.schedule(random() * weather.latencyMs + (slowMs.get(verb) ?? 0), () => {
        const answer = statement()
        if (random() < weather.lossShare) return
        this.#cluster.schedule(random() * weather.latencyMs, () =>
          this.#happen(() => resolve(answer)),
        )
      })
    })
  }
}

function findKeys(leases: Leases): void {
  for (let i = 0, found = 0; found < SHARD_COUNT; i++) {
    const shard = leases.shardOf(String(i))
    if (KEYS[shard] !== undefined) continue
    KEYS[shard] = String(i)
    found++
  }
}
