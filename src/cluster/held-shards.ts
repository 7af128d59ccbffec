import type { SeenLease } from '../store/metadata/cluster-leases.ts'
import { elapsedMs, momentOf, type LeaseClock, type Moment } from './lease-clock.ts'
import { HOLD_MS } from './lease-times.ts'

interface Held {
  readonly lease: SeenLease
  /** For how long nobody worked on it before it came. */
  readonly idleMs: number
}

/**
 * The shards that this member holds. They count as held only as long as the last renewal is young on this member's own clocks, so
 * that one that was stopped, or cannot reach the database, has ended before others may begin.
 */
export class HeldShards {
  readonly #clock: LeaseClock
  #held: ReadonlyMap<number, Held> = new Map()
  /** Shards that are being given to others: no longer worked on, and not free yet. */
  #leaving: ReadonlySet<number> = new Set()
  /** A moment before the last renewal was asked for. */
  #renewed: Moment | undefined
  /** Since when nothing is held any more for want of a renewal. */
  #lapsed: Moment | undefined

  constructor(clock: LeaseClock) {
    this.#clock = clock
  }

  /** Whether what is held may be worked on. */
  get isValid(): boolean {
    return this.restMs > 0
  }

  /** For how long that is so without another renewal. */
  get restMs(): number {
    return this.#renewed === undefined ? 0 : HOLD_MS - elapsedMs(this.#renewed, this.#clock)
  }

  get count(): number {
    return this.isValid ? this.#held.size - this.#leaving.size : 0
  }

  has(shard: number): boolean {
    return this.isValid && this.#held.has(shard) && !this.#leaving.has(shard)
  }

  idleMs(shard: number): number {
    return this.#held.get(shard)?.idleMs ?? Number.POSITIVE_INFINITY
  }

  /** The lease as it was last seen. */
  leaseOf(shard: number): SeenLease | undefined {
    return this.#held.get(shard)?.lease
  }

  /**
   * Takes over what the database says is held; `asked` is a moment before it was asked. Answers the shards that were worked on and
   * are no longer the same: they went to somebody else, if only for a moment.
   */
  renew(leases: readonly SeenLease[], asked: Moment): readonly number[] {
    const wasValid = this.isValid
    const held = new Map(leases.map((lease) => [lease.shard, this.#goOn(lease, wasValid)]))
    const lost = [...this.#held].flatMap(([shard, { lease }]) =>
      held.get(shard)?.lease.fence === lease.fence ? [] : [shard],
    )
    this.#held = held
    this.#leaving = new Set()
    this.#renewed = asked
    this.#lapsed = undefined
    return lost
  }

  /** Adds what was taken. */
  take(leases: readonly SeenLease[], idleMsOf: (shard: number) => number): void {
    const held = new Map(this.#held)
    for (const lease of leases) held.set(lease.shard, { lease, idleMs: idleMsOf(lease.shard) })
    this.#held = held
  }

  /** From now on nobody works on these. */
  leave(shards: readonly number[]): void {
    this.#leaving = new Set([...this.#leaving, ...shards])
  }

  /** These were given back. */
  drop(shards: readonly number[]): void {
    const gone = new Set(shards)
    this.#held = new Map([...this.#held].filter(([shard]) => !gone.has(shard)))
    this.#leaving = new Set([...this.#leaving].filter((shard) => !gone.has(shard)))
  }

  /** Nothing is held any more. */
  end(): void {
    this.#held = new Map()
    this.#leaving = new Set()
    this.#renewed = undefined
  }

  /** Notes that work has stopped for want of a renewal; false when it had before, or has not. */
  lapse(): boolean {
    if (this.isValid || this.#renewed === undefined || this.#lapsed !== undefined) return false
    this.#lapsed = momentOf(this.#clock)
    return true
  }

  #goOn(lease: SeenLease, wasValid: boolean): Held {
    const before = this.#held.get(lease.shard)
    if (before?.lease.fence !== lease.fence) return { lease, idleMs: HOLD_MS }
    if (wasValid || this.#lapsed === undefined) return { lease, idleMs: before.idleMs }
    return { lease, idleMs: elapsedMs(this.#lapsed, this.#clock) }
  }
}
