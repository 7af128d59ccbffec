import type { FamilyCollection } from './families.ts'
import type { HostOptions } from './options.ts'
import type { SlowCalls } from './slow-calls.ts'

/** What every collector is given when it is made. */
export interface HostContext {
  readonly options: HostOptions
  /** For reads that a device or a remote file system answers, which may never return. */
  readonly slow: SlowCalls
  /** For what fails within a collection that goes on all the same. */
  readonly failures: FailureMemory
}

/** Remembers what fails, so that it is reported once and not at every collection. */
export interface FailureMemory {
  /** `error` is undefined when it works (again). */
  note(what: string, error: unknown): void
}

/**
 * One collection: adds its lines to `out`. What it throws makes its `node_scrape_collector_success` 0, with the lines added
 * until then kept; `NoData` does so without being reported. Work through `slow` ends by `deadlineMs` (of performance.now()).
 */
export type Collect = (out: FamilyCollection, deadlineMs: number) => void | Promise<void>

/** A collector of node_exporter: a name for `--collector.NAME`, and how to make it. Listed once, in collectors.ts. */
export interface CollectorKind {
  readonly name: string
  readonly enabledByDefault: boolean
  /** Throws a `Problem` when its options are impossible (a pattern that does not compile). */
  create(host: HostContext): Collect
}

/** This host has nothing of the kind (node_exporter's ErrNoData): not a failure, though success is 0. */
export class NoData extends Error {
  override readonly name = 'NoData'
}
