import { env } from 'node:process'
import type { Log } from '../../self/log.ts'
import type { Registry } from '../../self/metrics.ts'
import type { OtherDiscovery } from '../config/discovery.ts'
import { createDnsDiscovery } from './dns.ts'
import { createDockerDiscovery } from './docker.ts'
import { createSwarmDiscovery } from './dockerswarm.ts'
import { DiscoveryMetrics } from './discovery-metrics.ts'
import { createHttpDiscovery } from './http.ts'
import { createKubernetesDiscovery } from './kubernetes/kubernetes.ts'
import { Clusters, type ClusterPlace } from './kubernetes/kubernetes-watches.ts'
import { SERVICE_ACCOUNT_FOLDER } from '../kubernetes/api-access.ts'
import type { Discovery } from './target-group.ts'

/** What a discovery is made with. */
export interface MakingDeps {
  /** Who asked for it: the name of the job. */
  readonly job: string
  /** Names the job already. */
  readonly log: Log
  readonly metrics: DiscoveryMetrics
  readonly clusters: Clusters
}

/** Makes a discovery of what its item in the configuration says, which is checked already. */
type MakeDiscovery = (item: OtherDiscovery, deps: MakingDeps) => Discovery

/** By the key of the configuration. What is here is marked with `finds` in the table of kinds. */
const MAKERS: Readonly<Record<string, MakeDiscovery>> = {
  docker_sd_configs: createDockerDiscovery,
  dockerswarm_sd_configs: createSwarmDiscovery,
  dns_sd_configs: createDnsDiscovery,
  http_sd_configs: createHttpDiscovery,
  kubernetes_sd_configs: createKubernetesDiscovery,
}

export interface DiscoveriesOptions {
  readonly registry: Registry
  readonly cluster?: ClusterPlace
}

const THIS_POD: ClusterPlace = { env, folder: SERVICE_ACCOUNT_FOLDER }

/** The discoveries of this program beside static and file discovery. Jobs with equal settings share what they watch. */
export class Discoveries {
  readonly #metrics: DiscoveryMetrics
  readonly #clusters: Clusters

  /** `cluster` is the one that this program runs in, if it does. */
  constructor({ registry, cluster = THIS_POD }: DiscoveriesOptions) {
    this.#metrics = new DiscoveryMetrics(registry)
    this.#clusters = new Clusters(cluster, this.#metrics)
  }

  /** Those that find targets, in their order; they look for nothing before they are started. */
  create(items: readonly OtherDiscovery[], job: string, log: Log): readonly Discovery[] {
    const deps = this.depsOf(job, log)
    return items.flatMap((item) => MAKERS[item.key]?.(item, deps) ?? [])
  }

  /** For who makes a discovery of its own. */
  depsOf(job: string, log: Log): MakingDeps {
    return { job, log, metrics: this.#metrics, clusters: this.#clusters }
  }
}
