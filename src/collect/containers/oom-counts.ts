import { readTextIfPresent } from '../host/files.ts'
import { eachKeyValue } from './key-values.ts'
import type { Limits, Reading } from './reading.ts'

/** How long a container that is gone may come back and go on counting. */
const FORGET_MS = 60 * 60_000
const MAX_KNOWN = 10_000

/** A container of this scrape. */
export interface CountedContainer {
  /** The path of its group. */
  readonly name: string
  /** Another number is the same container after a restart. */
  readonly identity: number
  readonly reading: Reading
  readonly limits: Limits
}

interface Known {
  identity: number
  /** Of the group as it is now. */
  kills: number
  /** Of groups that this container had before. */
  earlier: number
  /** It was not there in the last scrape; `kills` are among the earlier ones already. */
  hasEnded: boolean
  /** How near it was to its bound of memory when it was last seen. */
  fullness: number
  seenMs: number
}

/**
 * Kills for lack of memory, counted on over restarts. The kernel keeps the count in the control group, which goes away with the
 * container, and most containers end when their only process is killed: nobody could ever see that count. The group above keeps
 * it (in the unified hierarchy), so that a kill that no living group has is that of a container that ended in the meantime.
 */
export class OomCounts {
  readonly #known = new Map<string, Known>()
  readonly #parents = new Map<string, number>()

  /** Sets `oomKills` of each reading to the count since this program sees the container. `root`: of the unified hierarchy. */
  apply(containers: readonly CountedContainer[], root: string | undefined, nowMs: number): void {
    const living = new Map(containers.map((one) => [one.name, one]))
    const ended = new Map<string, Known[]>()
    const accounted = new Map<string, number>()
    for (const [name, known] of this.#known) {
      if (living.get(name)?.identity === known.identity) {
        if (known.hasEnded) resume(known)
      } else if (!known.hasEnded) {
        const parent = parentOf(name)
        ended.set(parent, [...(ended.get(parent) ?? []), known])
      }
    }
    for (const one of containers) {
      const kills = Number.isNaN(one.reading.oomKills) ? 0 : one.reading.oomKills
      const known = this.#known.get(one.name)
      const isSame = known?.identity === one.identity
      const parent = parentOf(one.name)
      const added = isSame ? kills - known.kills : known === undefined ? 0 : kills
      accounted.set(parent, (accounted.get(parent) ?? 0) + added)
      if (!isSame) continue
      known.kills = kills
      known.fullness = one.reading.workingSet / (one.limits.memory || Number.POSITIVE_INFINITY)
      known.seenMs = nowMs
    }
    if (root !== undefined) this.#attribute(root, ended, accounted, containers)
    for (const each of ended.values()) for (const known of each) retire(known)
    for (const one of containers) this.#begin(one, nowMs)
    for (const [name, { seenMs }] of this.#known)
      if (nowMs - seenMs > FORGET_MS) this.#known.delete(name)
  }

  /** Gives the kills that only the group above knows of to the container that was nearest to its bound. */
  #attribute(
    root: string,
    ended: ReadonlyMap<string, readonly Known[]>,
    accounted: ReadonlyMap<string, number>,
    containers: readonly CountedContainer[],
  ): void {
    const parents = new Set([...ended.keys(), ...containers.map(({ name }) => parentOf(name))])
    for (const parent of parents) {
      const total = killsOf(`${root}${parent}/memory.events`)
      const before = this.#parents.get(parent)
      this.#parents.set(parent, total)
      const missing = total - (before ?? Number.NaN) - (accounted.get(parent) ?? 0)
      const [first, ...others] = ended.get(parent) ?? []
      if (first === undefined || !(missing > 0)) continue
      const fullest = others.reduce((a, b) => (b.fullness > a.fullness ? b : a), first)
      fullest.earlier += missing
    }
    for (const parent of this.#parents.keys())
      if (!parents.has(parent)) this.#parents.delete(parent)
  }

  #begin({ name, identity, reading }: CountedContainer, nowMs: number): void {
    if (Number.isNaN(reading.oomKills)) return
    let known = this.#known.get(name)
    if (known === undefined) {
      if (this.#known.size >= MAX_KNOWN) return
      const kills = reading.oomKills
      known = { identity, kills, earlier: 0, hasEnded: false, fullness: 0, seenMs: nowMs }
      this.#known.set(name, known)
    }
    known.identity = identity
    known.kills = reading.oomKills
    known.hasEnded = false
    known.seenMs = nowMs
    reading.oomKills += known.earlier
  }
}

/** What the group that ended had counted stays with the container. */
function retire(known: Known): void {
  known.earlier += known.kills
  known.hasEnded = true
}

/** The same group is there again: it could only not be read. */
function resume(known: Known): void {
  known.earlier -= known.kills
  known.hasEnded = false
}

function parentOf(name: string): string {
  const at = name.lastIndexOf('/')
  return at <= 0 ? '' : name.slice(0, at)
}

function killsOf(path: string): number {
  let kills = Number.NaN
  eachKeyValue(readTextIfPresent(path), (key, value) => {
    if (key === 'oom_kill') kills = value
  })
  return kills
}
