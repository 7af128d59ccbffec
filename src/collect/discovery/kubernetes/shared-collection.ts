import { isDeepStrictEqual } from 'node:util'
import type { KubernetesApi } from '../../kubernetes/api-client.ts'
import type { KubernetesFault } from '../../kubernetes/kubernetes-fault.ts'
import {
  watchResources,
  type ResourceWatch,
  type WatchPace,
} from '../../kubernetes/watch-resources.ts'
import type { JsonObject } from '../json-value.ts'
import type { Selector } from './kubernetes-settings.ts'

/** Who follows a collection. */
export interface Follower {
  /** Everything was listed, at first or anew. */
  readonly onSnapshot: () => void
  /** What is kept of one object is another than before, or the object came or went. */
  readonly onChange: (key: string) => void
  readonly onFault: (fault: KubernetesFault) => void
}

/** A collection as its followers see it. */
export interface Followed<T> {
  readonly objects: ReadonlyMap<string, T>
  readonly isSynced: boolean
  stop(): void
}

/** What the watches of a kind of objects count. */
export interface WatchCounts {
  readonly added: (by: number) => void
  readonly updated: () => void
  readonly deleted: () => void
  readonly failed: () => void
}

export interface KindOptions<T> {
  readonly read: (object: JsonObject) => T
  readonly counts: WatchCounts
  readonly pace: WatchPace | undefined
}

interface Shared<T> {
  readonly watch: ResourceWatch<T>
  readonly followers: Set<Follower>
}

/** The collections of one kind of objects at an API server: each is watched once, however many follow it. */
export class SharedCollections<T> {
  readonly #options: KindOptions<T>
  readonly #watches = new Map<string, Shared<T>>()

  constructor(options: KindOptions<T>) {
    this.#options = options
  }

  /** `path` is that of the collection. A collection that is known already is shown to the new follower at once, and later. */
  follow(api: KubernetesApi, path: string, selector: Selector, follower: Follower): Followed<T> {
    const key = [path, selector.label ?? '', selector.field ?? ''].join('\n')
    const shared = this.#watches.get(key) ?? this.#open(api, path, selector, key)
    shared.followers.add(follower)
    if (shared.watch.isSynced) {
      queueMicrotask(() => {
        if (shared.followers.has(follower)) follower.onSnapshot()
      })
    }
    return {
      get objects() {
        return shared.watch.objects
      },
      get isSynced() {
        return shared.watch.isSynced
      },
      stop: () => {
        shared.followers.delete(follower)
        if (shared.followers.size > 0 || this.#watches.get(key) !== shared) return
        this.#watches.delete(key)
        void shared.watch.stop()
      },
    }
  }

  #open(api: KubernetesApi, path: string, selector: Selector, key: string): Shared<T> {
    const { read, counts, pace } = this.#options
    const followers = new Set<Follower>()
    const watch = watchResources<T>({
      ...{ api, path, read },
      labelSelector: selector.label,
      fieldSelector: selector.field,
      ...(pace === undefined ? {} : { pace }),
      onSnapshot: (objects) => {
        counts.added(objects.size)
        for (const follower of followers) follower.onSnapshot()
      },
      onChange: ({ type, key: changed, object, previous }) => {
        if (type === 'added') counts.added(1)
        else if (type === 'deleted') counts.deleted()
        else counts.updated()
        // Most changes of an object are of what nobody keeps.
        if (type === 'modified' && isDeepStrictEqual(object, previous)) return
        for (const follower of followers) follower.onChange(changed)
      },
      onFault: (fault, isNews) => {
        counts.failed()
        if (!isNews) return
        // Said once, however many follow.
        const [first] = followers
        first?.onFault(fault)
      },
    })
    const shared = { watch, followers }
    this.#watches.set(key, shared)
    return shared
  }
}
