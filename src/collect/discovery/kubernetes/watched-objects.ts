import type { KubernetesFault } from '../../kubernetes/kubernetes-fault.ts'
import { EVERYTHING, type KubernetesSettings } from './kubernetes-settings.ts'
import type { KubernetesWatches } from './kubernetes-watches.ts'
import type { AttachSettings, KnownObjects } from './known-objects.ts'
import type { KeptNode } from './node.ts'
import type { ObjectMeta } from './object-meta.ts'
import type { KeptPod } from './pod.ts'
import type { KeptService } from './service.ts'
import type { Followed, Follower, SharedCollections } from './shared-collection.ts'

/** Where the objects of a kind are asked for. */
export interface CollectionPlace {
  /** Of selectors and in messages: `pod`. */
  readonly name: string
  /** `/api/v1`. */
  readonly root: string
  /** `pods`. */
  readonly plural: string
  readonly isInNamespaces: boolean
  readonly isSelectable: boolean
}

const place = (
  name: string,
  root: string,
  plural: string,
  isSelectable = true,
): CollectionPlace => ({
  ...{ name, root, plural, isSelectable },
  isInNamespaces: true,
})

/** Every kind that discovery looks at. */
export const PLACES = {
  pod: place('pod', '/api/v1', 'pods'),
  service: place('service', '/api/v1', 'services'),
  endpoints: place('endpoints', '/api/v1', 'endpoints'),
  endpointslice: place('endpointslice', '/apis/discovery.k8s.io/v1', 'endpointslices'),
  ingress: place('ingress', '/apis/networking.k8s.io/v1', 'ingresses'),
  replicaSet: place('replicaset', '/apis/apps/v1', 'replicasets', false),
  job: place('job', '/apis/batch/v1', 'jobs', false),
  node: { ...place('node', '/api/v1', 'nodes'), isInNamespaces: false },
  namespace: { ...place('namespace', '/api/v1', 'namespaces', false), isInNamespaces: false },
} as const satisfies Record<string, CollectionPlace>

/** What a discovery watches with. */
export interface WatchingDeps {
  readonly settings: KubernetesSettings
  readonly watches: KubernetesWatches
  /** '' alone for all of them. */
  readonly namespaces: readonly string[]
  /** Targets are given again no more often than this. */
  readonly leastBetweenMs: number
  /** Something cannot be listed or watched; said once. */
  readonly onFault: (kind: string, fault: KubernetesFault) => void
}

/** Follows the objects of a kind: in each namespace that is wanted, as far as the selector chooses them. */
export function followPlace<T>(
  { settings, watches, namespaces, onFault }: WatchingDeps,
  collections: SharedCollections<T>,
  { name, root, plural, isInNamespaces, isSelectable }: CollectionPlace,
  follower: Omit<Follower, 'onFault'>,
): readonly Followed<T>[] {
  const selector = (isSelectable ? settings.selectors.get(name) : undefined) ?? EVERYTHING
  return (isInNamespaces ? namespaces : ['']).map((namespace) => {
    const within = namespace === '' ? '' : `/namespaces/${encodeURIComponent(namespace)}`
    return collections.follow(watches.api, `${root}${within}/${plural}`, selector, {
      ...follower,
      onFault: (fault) => onFault(plural, fault),
    })
  })
}

/** What the objects of a role point at. */
export interface Needs {
  readonly pods: boolean
  readonly services: boolean
  /** Whether targets are pods, or have pods behind them: then `attach_metadata` is of nodes and owners too. */
  readonly isOfPods: boolean
}

/** Tells what a discovery has to watch beside the objects of its role, and which of them was asked for. */
export class WatchedObjects implements KnownObjects {
  readonly attach: AttachSettings
  /** Called with the dependency (`pod default/web-0`) of whatever is built just now. */
  onRead: (dependency: string) => void = () => undefined
  readonly #pods: readonly Followed<KeptPod>[]
  readonly #services: readonly Followed<KeptService>[]
  readonly #nodes: readonly Followed<KeptNode>[]
  readonly #namespaces: readonly Followed<ObjectMeta>[]
  readonly #replicaSets: readonly Followed<ObjectMeta>[]
  readonly #jobs: readonly Followed<ObjectMeta>[]

  /** `onSnapshot` says that anything may be another, `onChange` which dependency is. */
  constructor(
    deps: WatchingDeps,
    needs: Needs & { readonly isInNamespaces: boolean },
    callbacks: { readonly onSnapshot: () => void; readonly onChange: (dependency: string) => void },
  ) {
    const { watches, settings } = deps
    this.attach = settings.attach
    const { node, namespace, deployment, job, cronjob } = settings.attach
    const follow = <T>(
      isNeeded: boolean,
      collections: SharedCollections<T>,
      where: CollectionPlace,
    ): readonly Followed<T>[] =>
      !isNeeded
        ? []
        : followPlace(deps, collections, where, {
            onSnapshot: callbacks.onSnapshot,
            onChange: (key) => callbacks.onChange(`${where.name} ${key}`),
          })
    const { isOfPods } = needs
    this.#pods = follow(needs.pods, watches.pods, PLACES.pod)
    this.#services = follow(needs.services, watches.services, PLACES.service)
    this.#nodes = follow(node && isOfPods, watches.nodes, PLACES.node)
    this.#namespaces = follow(
      namespace && needs.isInNamespaces,
      watches.namespaces,
      PLACES.namespace,
    )
    this.#replicaSets = follow(deployment && isOfPods, watches.replicaSets, PLACES.replicaSet)
    this.#jobs = follow((job || cronjob) && isOfPods, watches.jobs, PLACES.job)
  }

  get isSynced(): boolean {
    return this.#all.every(({ isSynced }) => isSynced)
  }

  pod(key: string): KeptPod | undefined {
    return this.#find(PLACES.pod, this.#pods, key)
  }

  service(key: string): KeptService | undefined {
    return this.#find(PLACES.service, this.#services, key)
  }

  node(name: string): ObjectMeta | undefined {
    return this.#find(PLACES.node, this.#nodes, name)?.meta
  }

  namespace(name: string): ObjectMeta | undefined {
    return this.#find(PLACES.namespace, this.#namespaces, name)
  }

  replicaSet(key: string): ObjectMeta | undefined {
    return this.#find(PLACES.replicaSet, this.#replicaSets, key)
  }

  job(key: string): ObjectMeta | undefined {
    return this.#find(PLACES.job, this.#jobs, key)
  }

  stop(): void {
    for (const each of this.#all) each.stop()
  }

  get #all(): readonly Followed<unknown>[] {
    return [
      ...[...this.#pods, ...this.#services, ...this.#nodes],
      ...[...this.#namespaces, ...this.#replicaSets, ...this.#jobs],
    ]
  }

  #find<T>(
    { name }: CollectionPlace,
    followed: readonly Followed<T>[],
    key: string,
  ): T | undefined {
    if (followed.length === 0) return undefined
    this.onRead(`${name} ${key}`)
    for (const { objects } of followed) {
      const found = objects.get(key)
      if (found !== undefined) return found
    }
    return undefined
  }
}
