import path from 'node:path'
import { env } from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { EventCursor } from './collect/kube-events/event-cursor.ts'
import { EventFollower } from './collect/kube-events/follow-events.ts'
import {
  collectionPaths,
  createClusterApi,
  type ClusterApi,
} from './collect/kube-state/cluster-api.ts'
import { StateFollower } from './collect/kube-state/follow-state.ts'
import {
  readKubernetesSection,
  type KubernetesSettings,
} from './collect/kube-state/kubernetes-section.ts'
import { OperatorFollower, type OperatorItem } from './collect/operator/follow-operator.ts'
import type { PartSource } from './collect/scrape/alias-source.ts'
import type { VedetteConfig } from './config.ts'
import type { CollectCore } from './core.ts'
import type { LineIngest } from './ingest/lines.ts'
import { inTurn } from './model/in-turn.ts'
import { messageOf } from './model/problem.ts'
import {
  NO_OPERATOR_PART,
  readOperatorPart,
  withOperatorPart,
  type OperatorPart,
} from './operator-config.ts'
import type { Log } from './self/log.ts'

/** What a cluster brings beside targets: its custom resources and its events. */
export interface RunningKubernetes {
  /** A configuration that was loaded, with what the cluster adds to it now. */
  extend(config: VedetteConfig): VedetteConfig
  /** Begins to follow the cluster, until the program ends. `apply` puts a configuration in force and resolves to what is wrong with it. */
  start(apply: (config: VedetteConfig) => Promise<readonly string[]>): void
  /** Takes the section of the configuration in force into account. */
  apply(): void
}

/** Follows the cluster of the section `kubernetes`; without one, nothing. */
export function createKubernetes(
  core: CollectCore,
  ingest: Pick<LineIngest, 'push'>,
): RunningKubernetes {
  return new KubernetesFollower(core, ingest)
}

/** Custom resources, and values of secrets that are not to be shown. */
interface Found {
  readonly items: readonly OperatorItem[]
  readonly secrets: readonly string[]
}

class KubernetesFollower implements RunningKubernetes {
  readonly #core: CollectCore
  readonly #ingest: Pick<LineIngest, 'push'>
  readonly #log: Log
  #loaded: VedetteConfig
  #part: OperatorPart = NO_OPERATOR_PART
  /** What the cluster said last. */
  #found: Found = { items: [], secrets: [] }
  /** Once the objects are read, they are read again only after that is in force. */
  readonly #take = inTurn((found: Found) => this.#takeOver(found))
  #inForce: KubernetesSettings | undefined
  #api: ClusterApi | undefined
  #operator: OperatorFollower | undefined
  #events: readonly EventFollower[] = []
  #applyConfig: ((config: VedetteConfig) => Promise<readonly string[]>) | undefined
  #said = new Set<string>()
  #switching: Promise<void> = Promise.resolve()

  constructor(core: CollectCore, ingest: Pick<LineIngest, 'push'>) {
    this.#core = core
    this.#ingest = ingest
    this.#log = core.log.child({ component: 'kubernetes' })
    this.#loaded = core.config()
    core.registry.collect(() => [
      {
        name: 'vedette_kubernetes_objects_refused',
        help: 'Custom resources of the operator that cannot be used.',
        type: 'gauge',
        metrics: [{ labels: [], value: this.#part.refused.length }],
      },
    ])
  }

  extend(config: VedetteConfig): VedetteConfig {
    this.#loaded = config
    return withOperatorPart(config, this.#part)
  }

  start(apply: (config: VedetteConfig) => Promise<readonly string[]>): void {
    this.#applyConfig = apply
    this.#core.ends.push(() => this.#stop())
    this.apply()
  }

  apply(): void {
    // Not waited for: what ends here may itself wait for the configuration that is being applied.
    this.#switching = this.#switching
      .then(() => this.#switch())
      // What objects take over from the rest of the configuration may be different now.
      .then(() => this.#take(this.#found))
      .catch((thrown: unknown) =>
        this.#log.error('the cluster cannot be followed', { reason: messageOf(thrown) }),
      )
  }

  async #switch(): Promise<void> {
    const settings = this.#core.config().collectors.kubernetes
    if (this.#applyConfig === undefined || isDeepStrictEqual(settings, this.#inForce)) return
    await this.#end()
    this.#inForce = settings
    if (settings === undefined) return
    const api = createClusterApi(settings.reach, env)
    this.#api = api
    if (settings.isEventsOn) await this.#followEvents(api, settings)
    if (settings.operator !== undefined)
      this.#operator = new OperatorFollower({
        ...{ api, settings: settings.operator, namespaces: settings.namespaces },
        onItems: (items, secrets) => {
          this.#found = { items, secrets }
          return this.#take(this.#found)
        },
        onFault: (resource, reason, isMissing) => {
          if (isMissing) this.#log.info('the cluster has no such custom resources', { resource })
          else this.#log.warn('custom resources cannot be read', { resource, reason })
        },
      })
  }

  async #stop(): Promise<void> {
    this.#applyConfig = undefined
    await this.#switching
    await this.#end()
  }

  async #end(): Promise<void> {
    await Promise.all([this.#operator?.stop(), ...this.#events.map((events) => events.stop())])
    await this.#api?.close()
    this.#operator = undefined
    this.#found = { items: [], secrets: [] }
    this.#events = []
    this.#api = undefined
  }

  async #followEvents(api: ClusterApi, { namespaces }: KubernetesSettings): Promise<void> {
    const { dataFolder } = this.#core.config()
    const cursor = await EventCursor.open(path.join(dataFolder, 'kubernetes-events.json'))
    const collection = { group: '', version: 'v1', resource: 'events' }
    this.#events = collectionPaths(collection, namespaces).map(
      (each) =>
        new EventFollower({
          ...{ api: api.whole, path: each, cursor },
          push: (batch) => this.#ingest.push(batch),
          onFault: (reason) => this.#log.warn('events of the cluster', { reason }),
        }),
    )
  }

  async #takeOver({ items, secrets }: Found): Promise<void> {
    const part = await readOperatorPart(items, this.#loaded, secrets)
    this.#say(part)
    if (isDeepStrictEqual(part, this.#part)) return
    const before = this.#part
    this.#part = part
    const faults = (await this.#applyConfig?.(withOperatorPart(this.#loaded, part))) ?? []
    if (faults.length === 0) {
      const { jobs, groups, alerting } = part
      this.#log.info('custom resources of the operator are in force', {
        ...{ jobs: jobs.length, groups: groups.length, routes: alerting.length },
        refused: part.refused.length,
      })
      return
    }
    this.#part = before
    for (const reason of faults) this.#log.error('custom resources are not in force', { reason })
  }

  /** Each refusal once, until it is another one. */
  #say({ refused, replaced }: OperatorPart): void {
    const said = new Set<string>()
    for (const { name, reason } of refused) {
      const key = `${name}: ${reason}`
      said.add(key)
      if (!this.#said.has(key)) this.#log.warn('a custom resource is refused', { name, reason })
    }
    for (const job of replaced) {
      said.add(job)
      if (!this.#said.has(job))
        this.#log.info('a monitor of the cluster takes the place of a job', { job })
    }
    this.#said = said
  }
}

/** The state of the cluster's objects, as a page: nothing is watched before somebody asks for it. */
export function createStatePage(core: CollectCore): PartSource {
  // Where a job asks for it and no section says more.
  const context = { folder: '.', warnsUnsupported: true }
  const defaults = readKubernetesSection(undefined, { context, env })
  let inForce: KubernetesSettings | undefined
  let running: { readonly follower: StateFollower; readonly api: ClusterApi } | undefined
  const end = async (): Promise<void> => {
    const ending = running
    running = undefined
    await ending?.follower.stop()
    await ending?.api.close()
  }
  core.ends.push(end)
  return async (signal) => {
    const settings = core.config().collectors.kubernetes ?? defaults
    if (!isDeepStrictEqual(settings, inForce)) await end()
    inForce = settings
    const { reach, namespaces, state } = settings
    if (state === undefined) throw new Error('kubernetes.state is false')
    if (running === undefined) {
      const api = createClusterApi(reach, env)
      const onFault = (resource: string, reason: string): void =>
        core.log.warn('objects of the cluster cannot be followed', { resource, reason })
      running = { api, follower: new StateFollower({ api, settings: state, namespaces, onFault }) }
    }
    return running.follower.page(signal)
  }
}
