import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Labels } from '../../../model/labels.ts'
import type { TargetGroup } from '../target-group.ts'
import type { KnownObjects } from './known-objects.ts'
import type { Followed, SharedCollections } from './shared-collection.ts'
import {
  followPlace,
  WatchedObjects,
  type CollectionPlace,
  type Needs,
  type WatchingDeps,
} from './watched-objects.ts'

/** Changes that come together are taken together. */
const SETTLE_MS = 100
/** So long targets are made before others have their turn. */
const SLICE_MS = 20

/** A role: the objects that it makes targets of. */
export interface Role<T> {
  readonly place: CollectionPlace
  readonly collections: SharedCollections<T>
  readonly needs: Needs
  readonly build: (object: T, known: KnownObjects) => readonly Labels[]
}

/**
 * The targets of a role, kept up with the objects: of those that changed, and of those whose targets tell of another one that changed,
 * they are made anew. Nothing is given before everything was listed once.
 */
export class RoleDiscovery<T> {
  readonly #role: Role<T>
  readonly #main: readonly Followed<T>[]
  readonly #known: WatchedObjects
  readonly #update: (groups: readonly TargetGroup[]) => void
  readonly #groups = new Map<string, TargetGroup>()
  /** What the targets of an object tell of, and the other way round. */
  readonly #dependencies = new Map<string, ReadonlySet<string>>()
  readonly #dependants = new Map<string, Set<string>>()
  readonly #dirty = new Set<string>()
  readonly #leastBetweenMs: number
  #areAllDirty = true
  #lastMs = -Infinity
  #timer: NodeJS.Timeout | undefined
  #isBusy = false
  #isStopped = false

  constructor(role: Role<T>, deps: WatchingDeps, update: (groups: readonly TargetGroup[]) => void) {
    this.#role = role
    this.#update = update
    this.#leastBetweenMs = deps.leastBetweenMs
    const onSnapshot = (): void => {
      this.#areAllDirty = true
      this.#schedule()
    }
    this.#main = followPlace(deps, role.collections, role.place, {
      onSnapshot,
      onChange: (key) => {
        this.#dirty.add(key)
        this.#schedule()
      },
    })
    const { isInNamespaces } = role.place
    this.#known = new WatchedObjects(
      deps,
      { ...role.needs, isInNamespaces },
      {
        onSnapshot,
        onChange: (dependency) => {
          for (const key of this.#dependants.get(dependency) ?? []) this.#dirty.add(key)
          if (this.#dirty.size > 0) this.#schedule()
        },
      },
    )
  }

  stop(): void {
    this.#isStopped = true
    clearTimeout(this.#timer)
    for (const each of this.#main) each.stop()
    this.#known.stop()
  }

  #schedule(): void {
    if (this.#timer !== undefined || this.#isBusy || this.#isStopped) return
    const isSynced = this.#known.isSynced && this.#main.every((each) => each.isSynced)
    if (!isSynced) return
    const waitMs = Math.max(SETTLE_MS, this.#lastMs + this.#leastBetweenMs - performance.now())
    this.#timer = setTimeout(() => {
      this.#timer = undefined
      void this.#flush()
    }, waitMs)
    this.#timer.unref()
  }

  async #flush(): Promise<void> {
    this.#isBusy = true
    if (this.#areAllDirty) this.#markAll()
    // What changes while others have their turn is made once more the next time.
    const keys = [...this.#dirty]
    this.#dirty.clear()
    let begunMs = performance.now()
    for (const key of keys) {
      this.#rebuild(key)
      if (performance.now() - begunMs < SLICE_MS) continue
      await nextTurn()
      if (this.#isStopped) return
      begunMs = performance.now()
    }
    this.#isBusy = false
    this.#lastMs = performance.now()
    this.#update([...this.#groups.values()])
    if (this.#areAllDirty || this.#dirty.size > 0) this.#schedule()
  }

  #markAll(): void {
    this.#areAllDirty = false
    for (const key of this.#groups.keys()) this.#dirty.add(key)
    for (const key of this.#dependencies.keys()) this.#dirty.add(key)
    for (const { objects } of this.#main) for (const key of objects.keys()) this.#dirty.add(key)
  }

  #rebuild(key: string): void {
    for (const dependency of this.#dependencies.get(key) ?? []) {
      const dependants = this.#dependants.get(dependency)
      dependants?.delete(key)
      if (dependants?.size === 0) this.#dependants.delete(dependency)
    }
    this.#dependencies.delete(key)
    this.#groups.delete(key)
    const object = this.#find(key)
    if (object === undefined) return
    const read = new Set<string>()
    this.#known.onRead = (dependency) => read.add(dependency)
    const targets = this.#role.build(object, this.#known)
    if (targets.length > 0) {
      this.#groups.set(key, { source: `${this.#role.place.name}/${key}`, targets })
    }
    if (read.size > 0) this.#dependencies.set(key, read)
    for (const dependency of read) {
      const dependants = this.#dependants.get(dependency) ?? new Set()
      this.#dependants.set(dependency, dependants.add(key))
    }
  }

  #find(key: string): T | undefined {
    for (const { objects } of this.#main) {
      const found = objects.get(key)
      if (found !== undefined) return found
    }
    return undefined
  }
}
