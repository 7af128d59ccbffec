import { setTimeout as wait } from 'node:timers/promises'
import {
  watchResources,
  type ResourceWatch,
  type WatchPace,
} from '../kubernetes/watch-resources.ts'
import type { Page } from '../scrape/page-source.ts'
import { collectionPaths, type ClusterApi } from './cluster-api.ts'
import type { StateSettings } from './kubernetes-section.ts'
import { PageWriter } from './page-writer.ts'
import { matcherOf } from './shown-labels.ts'
import { STATE_KINDS } from './state-kinds.ts'
import { StateReader, type StateRow } from './state-reader.ts'

export interface FollowStateOptions {
  readonly api: ClusterApi
  readonly settings: StateSettings
  readonly namespaces: readonly string[]
  /** A collection cannot be listed or watched; said once. */
  readonly onFault: (resource: string, reason: string) => void
  readonly pace?: WatchPace
}

/** What is followed of one kind. */
interface Followed {
  readonly reader: StateReader
  readonly watches: readonly ResourceWatch<StateRow>[]
}

/** The first page waits for the first lists, so long at most. */
const FIRST_LIST_MS = 5000
const STEP_MS = 50

/** Follows the objects of a cluster, and makes the page that kube-state-metrics would answer. */
export class StateFollower {
  readonly #followed: readonly Followed[]
  readonly #results = new Map<string, { lists: number; faults: number }>()
  #lastBytes = 0

  constructor({ api, settings, namespaces, onFault, pace }: FollowStateOptions) {
    const isLeftOut = matcherOf(settings.deny)
    const wanted = STATE_KINDS.filter(({ resource }) => settings.resources.includes(resource))
    this.#followed = wanted.flatMap((kind) => {
      const labels = settings.labels[kind.resource] ?? []
      const annotations = settings.annotations[kind.resource] ?? []
      const reader = new StateReader(kind, { isLeftOut, labels, annotations })
      if (!reader.hasFamilies) return []
      const counts = { lists: 0, faults: 0 }
      this.#results.set(kind.resource, counts)
      const paths = collectionPaths(kind, kind.isNamespaced ? namespaces : [])
      const watches = paths.map((path) =>
        watchResources<StateRow>({
          api: kind.isMetadataOnly === true ? api.metadata : api.whole,
          path,
          read: (object) => reader.read(object),
          onSnapshot: () => counts.lists++,
          onChange: () => undefined,
          onFault: (fault, isNews) => {
            counts.faults++
            if (isNews) onFault(kind.resource, fault.message)
          },
          ...(pace === undefined ? {} : { pace }),
        }),
      )
      return { reader, watches }
    })
  }

  /** The page of now. What was never listed is not in it. */
  async page(signal: AbortSignal): Promise<Page> {
    await this.#firstLists(signal)
    const page = new PageWriter(this.#lastBytes)
    for (const { reader, watches } of this.#followed)
      await reader.write(
        page,
        watches.map(({ objects }) => objects),
      )
    this.#writeOwn(page)
    const bytes = page.finish()
    this.#lastBytes = bytes.length
    return { bytes, contentType: 'text/plain; version=0.0.4; charset=utf-8' }
  }

  async stop(): Promise<void> {
    await Promise.all(this.#followed.flatMap(({ watches }) => watches.map((watch) => watch.stop())))
  }

  async #firstLists(signal: AbortSignal): Promise<void> {
    const untilMs = performance.now() + FIRST_LIST_MS
    const isOpen = (): boolean =>
      this.#followed.some(({ reader, watches }) => {
        const counts = this.#results.get(reader.kind.resource)
        return counts?.faults === 0 && watches.some(({ isSynced }) => !isSynced)
      })
    while (isOpen() && performance.now() < untilMs && !signal.aborted) await wait(STEP_MS)
  }

  /** What kube-state-metrics says of itself, by which its own alerts go. */
  #writeOwn(page: PageWriter): void {
    const own = 'kube_state_metrics'
    page.add(
      `# HELP ${own}_list_total Lists of a kind of objects.\n# TYPE ${own}_list_total counter\n`,
    )
    for (const [resource, { lists, faults }] of this.#results) {
      page.add(`${own}_list_total{resource="${resource}",result="success"} ${lists}\n`)
      page.add(`${own}_list_total{resource="${resource}",result="error"} ${faults}\n`)
    }
    page.add(`# TYPE ${own}_total_shards gauge\n${own}_total_shards 1\n`)
    page.add(`# TYPE ${own}_shard_ordinal gauge\n${own}_shard_ordinal{shard_ordinal="0"} 0\n`)
  }
}
