import { collectionPaths, type ClusterApi } from '../kube-state/cluster-api.ts'
import type { OperatorSettings } from '../kube-state/kubernetes-section.ts'
import {
  watchResources,
  type ResourceWatch,
  type WatchPace,
} from '../kubernetes/watch-resources.ts'
import { FetchedSecrets } from './fetched-secrets.ts'
import { documentOf, type OperatorDocument } from './generate-documents.ts'
import { OPERATOR_KINDS, readOperatorObject, type OperatorObject } from './operator-object.ts'

/** An object with what it becomes. */
export interface OperatorItem {
  readonly object: OperatorObject
  readonly document: OperatorDocument
}

export interface FollowOperatorOptions {
  readonly api: ClusterApi
  readonly settings: OperatorSettings
  /** Of the whole section; the operator's own go before. */
  readonly namespaces: readonly string[]
  /** All objects, whenever one of them or a secret that they name has changed. Called after the one before has ended. */
  readonly onItems: (items: readonly OperatorItem[], secrets: readonly string[]) => Promise<void>
  /** A collection cannot be read; `isMissing` where the cluster does not know the kind. */
  readonly onFault: (resource: string, reason: string, isMissing: boolean) => void
  readonly pace?: WatchPace
  /** Changes come in swarms; one that comes alone waits so long. Default 500 ms. */
  readonly lingerMs?: number
  /** How often secrets are looked at. Default a minute. */
  readonly secretsMs?: number
}

const LINGER_MS = 500
const SECRETS_MS = 60_000
/** What a secret holds may name another; nothing here goes deeper. */
const MAX_ROUNDS = 3

/** Follows the custom resources of prometheus-operator and the secrets that they name. */
export class OperatorFollower {
  readonly #options: FollowOperatorOptions
  readonly #secrets: FetchedSecrets
  readonly #watches: readonly ResourceWatch<OperatorObject>[]
  readonly #abort = new AbortController()
  readonly #secretsTimer: NodeJS.Timeout
  #timer: NodeJS.Timeout | undefined
  #working: Promise<void> = Promise.resolve()

  constructor(options: FollowOperatorOptions) {
    this.#options = options
    const { api, settings } = options
    this.#secrets = new FetchedSecrets(api.whole)
    this.#watches = OPERATOR_KINDS.filter(({ kind }) => settings.kinds.includes(kind)).flatMap(
      (kind) => this.#watchKind(kind),
    )
    this.#secretsTimer = setInterval(() => this.#enqueue(true), options.secretsMs ?? SECRETS_MS)
    this.#secretsTimer.unref()
  }

  async stop(): Promise<void> {
    clearTimeout(this.#timer)
    clearInterval(this.#secretsTimer)
    this.#abort.abort()
    await Promise.all(this.#watches.map((watch) => watch.stop()))
    await this.#working
  }

  #watchKind({ kind, resource, version }: (typeof OPERATOR_KINDS)[number]) {
    const { api, settings, namespaces, onFault, pace } = this.#options
    const own = settings.namespaces.length > 0 ? settings.namespaces : namespaces
    const collection = { group: 'monitoring.coreos.com', version, resource }
    return collectionPaths(collection, own).map((path) =>
      watchResources<OperatorObject>({
        ...{ api: api.whole, path, labelSelector: settings.selector },
        read: (object) => readOperatorObject(kind, object),
        onSnapshot: () => this.#changed(),
        onChange: () => this.#changed(),
        onFault: (fault, isNews) => {
          if (isNews) onFault(resource, fault.message, fault.status === 404)
        },
        ...(pace === undefined ? {} : { pace }),
      }),
    )
  }

  #changed(): void {
    if (this.#abort.signal.aborted) return
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined
      this.#enqueue(false)
    }, this.#options.lingerMs ?? LINGER_MS)
  }

  #enqueue(isForSecrets: boolean): void {
    this.#working = this.#working.then(() => this.#work(isForSecrets)).catch(() => undefined)
  }

  async #work(isForSecrets: boolean): Promise<void> {
    const { signal } = this.#abort
    if (isForSecrets && !(await this.#secrets.refresh(true, signal))) return
    let items = this.#makeItems()
    for (let round = 0; round < MAX_ROUNDS && !signal.aborted; round++) {
      if (!(await this.#secrets.refresh(false, signal))) break
      items = this.#makeItems()
    }
    if (!signal.aborted) await this.#options.onItems(items, this.#secrets.revealed)
  }

  #makeItems(): readonly OperatorItem[] {
    const { serviceRole, deniesFiles } = this.#options.settings
    const options = { values: this.#secrets, serviceRole, deniesFiles }
    this.#secrets.begin()
    return this.#watches
      .flatMap(({ objects }) => [...objects.values()])
      .map((object) => ({ object, document: documentOf(object, options) }))
  }
}
