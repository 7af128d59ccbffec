import type { Log } from '../self/log.ts'
import type { SeenMember } from '../store/metadata/cluster-leases.ts'
import { LEASE_LIFE_MS } from './lease-times.ts'
import { WatchedSigns } from './watch-signs.ts'

/** One sign of life is not enough to get a share: a program that ends right after its start would only make work move. */
const LEAST_BEATS = 2
/** A member that gave no sign for so long is forgotten. */
const FORGOTTEN_AFTER_MS = 5 * LEASE_LIFE_MS

/** Who of the members lives, as this one sees it. */
export class LivingMembers {
  readonly #log: Log
  readonly #watched = new WatchedSigns<string>()
  #ids: readonly string[] = []
  #names: ReadonlyMap<string, string> = new Map()
  #long: ReadonlySet<string> = new Set()

  constructor(log: Log) {
    this.#log = log
  }

  get ids(): readonly string[] {
    return this.#ids
  }

  /** Whether a member gave no sign of life for long. */
  isLong(id: string): boolean {
    return this.#long.has(id)
  }

  /** Notes what was read, at a monotonic time after it; answers the ids of those that live, `me` among them. */
  note(members: readonly SeenMember[], me: string, nowMs: number): readonly string[] {
    this.#watched.keepOnly(new Set(members.map(({ id }) => id)))
    const silent = new Map(
      members.map(({ id, beat }) => [id, this.#watched.note(id, String(beat), nowMs)]),
    )
    const living = members.filter(
      ({ id, beat }) => id === me || (beat >= LEAST_BEATS && (silent.get(id) ?? 0) < LEASE_LIFE_MS),
    )
    this.#long = new Set(
      members.flatMap(({ id }) => ((silent.get(id) ?? 0) >= FORGOTTEN_AFTER_MS ? [id] : [])),
    )
    this.#tell(new Map(living.map(({ id, name }) => [id, name])), me)
    this.#ids = [...new Set([...living.map(({ id }) => id), me])].sort()
    return this.#ids
  }

  clear(): void {
    this.#watched.clear()
  }

  #tell(names: ReadonlyMap<string, string>, me: string): void {
    for (const [id, member] of names) {
      if (this.#names.has(id) || id === me) continue
      this.#log.info('a member is there', { member })
      if (member === names.get(me))
        this.#log.warn(
          'two members have one name: set cluster.name, which tells their machines apart',
          {
            member,
          },
        )
    }
    for (const [id, member] of this.#names) {
      if (!names.has(id)) this.#log.warn('a member is gone', { member })
    }
    this.#names = names
  }
}
