import { isDeepStrictEqual } from 'node:util'
import { inClusterAccess, type ApiAccess } from '../../kubernetes/api-access.ts'
import { createKubernetesApi, type KubernetesApi } from '../../kubernetes/api-client.ts'
import { readKubeconfig } from '../../kubernetes/kubeconfig.ts'
import { KubernetesFault } from '../../kubernetes/kubernetes-fault.ts'
import type { WatchPace } from '../../kubernetes/watch-resources.ts'
import { messageOf } from '../../../model/problem.ts'
import type { DiscoveryMetrics } from '../discovery-metrics.ts'
import type { JsonObject } from '../json-value.ts'
import { readEndpointSlice } from './endpoint-slice.ts'
import { readEndpoints } from './endpoints.ts'
import { readIngress } from './ingress.ts'
import type { ClusterSettings } from './kubernetes-settings.ts'
import { readNode } from './node.ts'
import { readMeta } from './object-meta.ts'
import { readPod } from './pod.ts'
import { readService } from './service.ts'
import { SharedCollections } from './shared-collection.ts'

/** What this process is told of the cluster that it runs in. */
export interface ClusterPlace {
  readonly env: Readonly<Record<string, string | undefined>>
  /** Of the service account. */
  readonly folder: string
  readonly pace?: WatchPace
  /** Targets are given again no more often than this. Default 5 s, as by Prometheus's discovery manager. */
  readonly leastBetweenMs?: number
}

const EVENTS = ['add', 'update', 'delete'] as const

/** The collections of one API server. */
export class KubernetesWatches {
  readonly settings: ClusterSettings
  readonly api: KubernetesApi
  readonly pods
  readonly nodes
  readonly services
  readonly endpoints
  readonly endpointSlices
  readonly ingresses
  readonly namespaces
  readonly replicaSets
  readonly jobs
  /** How many discoveries use it. */
  users = 0

  constructor(settings: ClusterSettings, place: ClusterPlace, metrics: DiscoveryMetrics) {
    const { pace } = place
    this.settings = settings
    this.api = createKubernetesApi({ access: accessOf(settings, place) })
    const make = <T>(role: string, read: (object: JsonObject) => T): SharedCollections<T> =>
      new SharedCollections({ read, pace, counts: countsOf(role, metrics) })
    this.pods = make('pod', readPod)
    this.nodes = make('node', readNode)
    this.services = make('service', readService)
    this.endpoints = make('endpoints', readEndpoints)
    this.endpointSlices = make('endpointslice', readEndpointSlice)
    this.ingresses = make('ingress', readIngress)
    this.namespaces = make('namespace', readMeta)
    this.replicaSets = make('replicaset', readMeta)
    this.jobs = make('job', readMeta)
  }
}

/** The API servers that are spoken to: one client, and one watch of each collection, for all that ask alike. */
export class Clusters {
  readonly place: ClusterPlace
  readonly #metrics: DiscoveryMetrics
  readonly #open: KubernetesWatches[] = []

  constructor(place: ClusterPlace, metrics: DiscoveryMetrics) {
    this.place = place
    this.#metrics = metrics
  }

  /** To be given back by `release`. */
  take(settings: ClusterSettings): KubernetesWatches {
    let found = this.#open.find((each) => isDeepStrictEqual(each.settings, settings))
    if (found === undefined) {
      found = new KubernetesWatches(settings, this.place, this.#metrics)
      this.#open.push(found)
    }
    found.users++
    return found
  }

  release(watches: KubernetesWatches): void {
    watches.users--
    if (watches.users > 0) return
    this.#open.splice(this.#open.indexOf(watches), 1)
    void watches.api.close()
  }
}

function accessOf(
  { apiServer, kubeconfigFile, http }: ClusterSettings,
  { env, folder }: ClusterPlace,
): ApiAccess | (() => Promise<ApiAccess>) {
  if (apiServer !== undefined) return { server: apiServer, http, namespace: undefined }
  const read = async (): Promise<ApiAccess> =>
    kubeconfigFile === undefined ? inClusterAccess(env, folder) : readKubeconfig(kubeconfigFile)
  return () =>
    read().catch((thrown: unknown) => {
      throw new KubernetesFault(messageOf(thrown), { cause: thrown })
    })
}

function countsOf(role: string, metrics: DiscoveryMetrics) {
  const [add, update, remove] = EVENTS.map((event) => metrics.kubernetesEvents.with(role, event))
  return {
    added: (by: number): void => add?.inc(by),
    updated: (): void => update?.inc(),
    deleted: (): void => remove?.inc(),
    failed: (): void => metrics.kubernetesFailures.inc(),
  }
}
