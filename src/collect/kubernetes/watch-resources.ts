import { setTimeout as wait } from 'node:timers/promises'
import {
  objectOf,
  isJsonObject,
  numberOf,
  textOf,
  type JsonObject,
} from '../discovery/json-value.ts'
import type { ApiQuery, KubernetesApi } from './api-client.ts'
import { KubernetesFault } from './kubernetes-fault.ts'
import {
  checkBounds,
  DEFAULT_BOUNDS,
  keyOf,
  listResources,
  type ResourceBounds,
} from './list-resources.ts'
import { sizeOfKept } from './size-of-kept.ts'

export interface ResourceChange<T> {
  readonly type: 'added' | 'modified' | 'deleted'
  /** `namespace/name`, or `name` of what is in no namespace. */
  readonly key: string
  /** As it is now, or was last. */
  readonly object: T
  /** As it was before; undefined where it is new. */
  readonly previous: T | undefined
}

/** How fast a watch comes back after faults. */
export interface WatchPace {
  /** After the first fault; doubles with each that follows. */
  readonly leastWaitMs: number
  readonly mostWaitMs: number
  /** The server is asked to end a watch after about so long, so that no dead connection is trusted for ever. */
  readonly watchMs: number
}

export interface WatchOptions<T> {
  readonly api: KubernetesApi
  /** Of the collection: `/api/v1/pods`, `/api/v1/namespaces/default/pods`. */
  readonly path: string
  readonly labelSelector?: string | undefined
  readonly fieldSelector?: string | undefined
  /**
   * What of an object is kept: no more than is needed, since it stays in memory (and never `metadata.managedFields`, which is half of
   * an object). Undefined: it is not kept. Must not throw, whatever it is given.
   */
  readonly read: (object: JsonObject) => T | undefined
  /** Everything was listed, at first and after faults: what is not in it any more is gone. */
  readonly onSnapshot: (objects: ReadonlyMap<string, T>) => void
  /** One object came, changed or went after the last snapshot; `objects` of the watch has it already. */
  readonly onChange: (change: ResourceChange<T>) => void
  /** A list or a watch failed and is tried again. `isNews` is false while the same fault goes on, so that it is said once. */
  readonly onFault: (fault: KubernetesFault, isNews: boolean) => void
  readonly bounds?: ResourceBounds
  readonly pace?: WatchPace
}

const DEFAULT_PACE: WatchPace = { leastWaitMs: 1000, mostWaitMs: 60_000, watchMs: 480_000 }
/** After a watch that ended so soon the next waits: no server is asked in a loop. */
const SHORT_MS = 1000
/** After the end that the server was asked for, the connection is held for dead. */
const GRACE_MS = 30_000

/** The connection of a watch that had begun is gone. */
class Broken extends Error {}

async function* untilBroken(events: AsyncIterable<unknown>): AsyncGenerator {
  try {
    yield* events
  } catch (thrown) {
    throw thrown instanceof KubernetesFault && thrown.isTransport ? new Broken() : thrown
  }
}

/**
 * Follows a collection of the API server as client-go's reflector does: lists it, watches from the list's version on, takes up a
 * watch that ended at the last version seen, and lists again when that is too old (410) or anything was wrong. Begins at once.
 */
export function watchResources<T>(options: WatchOptions<T>): ResourceWatch<T> {
  return new ResourceWatch(options)
}

export class ResourceWatch<T> {
  readonly #options: WatchOptions<T>
  readonly #pace: WatchPace
  readonly #bounds: ResourceBounds
  readonly #selectors: ApiQuery
  readonly #abort = new AbortController()
  readonly #running: Promise<void>
  #objects = new Map<string, T>()
  #keptBytes = 0
  #version = ''
  #isSynced = false
  #faults = 0
  #wasGone = false
  #said = ''

  constructor(options: WatchOptions<T>) {
    this.#options = options
    this.#pace = options.pace ?? DEFAULT_PACE
    this.#bounds = options.bounds ?? DEFAULT_BOUNDS
    this.#selectors = {
      ...(options.labelSelector ? { labelSelector: options.labelSelector } : {}),
      ...(options.fieldSelector ? { fieldSelector: options.fieldSelector } : {}),
    }
    this.#running = this.#run()
  }

  /** What is known now, by `namespace/name`; empty before the first list. */
  get objects(): ReadonlyMap<string, T> {
    return this.#objects
  }

  /** True once everything was listed. */
  get isSynced(): boolean {
    return this.#isSynced
  }

  /** Ends at once; nothing is called back afterwards. */
  async stop(): Promise<void> {
    this.#abort.abort()
    await this.#running
  }

  async #run(): Promise<void> {
    const { signal } = this.#abort
    while (!signal.aborted) {
      try {
        if (this.#version === '') await this.#list()
        await this.#watch()
      } catch (thrown) {
        if (signal.aborted) return
        await this.#recover(
          thrown instanceof KubernetesFault
            ? thrown
            : new KubernetesFault(String(thrown), { cause: thrown }),
        )
      }
    }
  }

  async #list(): Promise<void> {
    const { api, path, read, onSnapshot } = this.#options
    const { signal } = this.#abort
    const bounds = this.#bounds
    const list = await listResources({ api, path, read, bounds, signal, query: this.#selectors })
    if (signal.aborted) return
    if (list.resourceVersion === '') {
      throw new KubernetesFault(`the list of ${path} has no resourceVersion`)
    }
    this.#objects = list.objects
    this.#keptBytes = list.keptBytes
    this.#version = list.resourceVersion
    this.#isSynced = true
    onSnapshot(this.#objects)
  }

  /** One watch, to its end. */
  async #watch(): Promise<void> {
    const begunMs = performance.now()
    // Spread, so that not all watches come back at once.
    const endsS = Math.max(1, Math.round((this.#pace.watchMs / 1000) * (0.75 + Math.random() / 2)))
    const query = {
      ...this.#selectors,
      watch: '1',
      allowWatchBookmarks: 'true',
      resourceVersion: this.#version,
      timeoutSeconds: String(endsS),
    }
    const late = AbortSignal.timeout(endsS * 1000 + GRACE_MS)
    const signal = AbortSignal.any([this.#abort.signal, late])
    try {
      for await (const event of await this.#open(query, signal)) {
        if (this.#abort.signal.aborted) return
        this.#take(event)
        this.#goesWell()
      }
    } catch (thrown) {
      // A connection that broke is no reason to list everything again: the next watch goes on at the version that was seen last.
      if (!late.aborted && !(thrown instanceof Broken)) throw thrown
    }
    if (performance.now() - begunMs < SHORT_MS) await this.#pause()
    else this.#goesWell()
  }

  async #open(query: ApiQuery, signal: AbortSignal): Promise<AsyncIterable<unknown>> {
    const events = await this.#options.api.stream(this.#options.path, query, signal)
    return untilBroken(events)
  }

  #goesWell(): void {
    this.#faults = 0
    this.#wasGone = false
    this.#said = ''
  }

  #take(event: unknown): void {
    const type = isJsonObject(event) ? textOf(event['type']) : ''
    const object = isJsonObject(event) ? objectOf(event['object']) : {}
    if (type === 'ERROR') {
      const status = numberOf(object['code'], 500)
      throw new KubernetesFault(
        `the API server ends the watch of ${this.#options.path}: ${textOf(object['message']).slice(0, 300)}`,
        { status },
      )
    }
    if (type !== 'ADDED' && type !== 'MODIFIED' && type !== 'DELETED' && type !== 'BOOKMARK') {
      throw new KubernetesFault(
        `the API server sends events of ${this.#options.path} that are none`,
      )
    }
    if (type !== 'BOOKMARK') this.#apply(type === 'DELETED', object)
    const version = textOf(objectOf(object['metadata'])['resourceVersion'])
    if (version !== '') this.#version = version
  }

  #apply(isDeleted: boolean, raw: JsonObject): void {
    const { read, path, onChange } = this.#options
    const key = keyOf(raw)
    const previous = this.#objects.get(key)
    const object = read(raw)
    if (previous !== undefined) this.#keptBytes -= sizeOfKept(previous)
    if (isDeleted || object === undefined) {
      this.#objects.delete(key)
      const last = object ?? previous
      if (last !== undefined) onChange({ type: 'deleted', key, object: last, previous })
      return
    }
    this.#keptBytes += sizeOfKept(object)
    this.#objects.set(key, object)
    checkBounds(path, this.#objects.size, this.#keptBytes, this.#bounds)
    onChange({ type: previous === undefined ? 'added' : 'modified', key, object, previous })
  }

  /** Says what is wrong, once, and waits. Everything is listed again then, unless the server could not be reached. */
  async #recover(fault: KubernetesFault): Promise<void> {
    if (!fault.isTransport) this.#version = ''
    // A version that has become too old is the course of things.
    if (fault.isGone && !this.#wasGone) {
      this.#wasGone = true
      return
    }
    const isNews = fault.message !== this.#said
    this.#said = fault.message
    this.#options.onFault(fault, isNews)
    await this.#pause()
  }

  async #pause(): Promise<void> {
    const { leastWaitMs, mostWaitMs } = this.#pace
    const full = Math.min(mostWaitMs, leastWaitMs * 2 ** Math.min(this.#faults, 20))
    this.#faults++
    const spread = full * (0.8 + Math.random() * 0.4)
    await wait(spread, undefined, { signal: this.#abort.signal }).catch(() => undefined)
  }
}
