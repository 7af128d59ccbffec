import type { DiskJson } from './disk.ts'
import type { MemoryJson } from './memory.ts'

/** JSON that the web UI reads about the program itself, besides what Prometheus's API says. */
export interface UiStatusJson {
  readonly version: string
  /** Milliseconds since 1970. */
  readonly startedMs: number
  readonly nowMs: number
  /** Whether everything is up, and otherwise what is missing. */
  readonly ready: { readonly ok: boolean; readonly reason: string }
  /** Open listeners by name, with the URL of each. */
  readonly listeners: readonly { readonly name: string; readonly url: string }[]
  readonly config: {
    /** Files that were read; empty when the defaults hold. */
    readonly files: readonly string[]
    /** `file:line:col: what was read differently or is ignored`. */
    readonly warnings: readonly string[]
    readonly scrapeJobs: number
    /** Found ones of those that prometheus.yml names; without any in the file alerts stay in this program. */
    readonly alertmanagers: number
    readonly remoteWrites: number
  }
  readonly alerting: {
    /** Names of receivers that tell somebody: those without entries only swallow, and the console of a default is none. */
    readonly receivers: readonly string[]
    /** Nothing is sent: everything else happens. */
    readonly isShadow: boolean
  }
  readonly access: {
    /** The web UI shows everything to who is not signed in. */
    readonly isAnonymous: boolean
    /** Networks that may write without credentials. */
    readonly writers: readonly string[]
  }
  readonly storage: UiStorageJson
}

export interface UiStorageJson {
  /** The data directory, or the URL of a cluster. */
  readonly place: string
  /** Milliseconds. */
  readonly retentionMs: number
  /** 0: no bound by size. */
  readonly retentionBytes: number
  /** Selectors with a retention of their own, in order. */
  readonly rules: readonly { readonly match: string; readonly retentionMs: number }[]
  /** Of the file system that holds the data directory; null where it cannot be asked. */
  readonly disk: { readonly totalBytes: number; readonly freeBytes: number } | null
  /** What the data directory takes, by signal; null before it was looked at, and with a cluster. */
  readonly usage: DiskJson | null
  readonly memory: MemoryJson | null
  /** Null while the store is starting. */
  readonly store: {
    readonly series: number
    readonly hotSamples: number
    readonly hotBytes: number
    readonly pendingRows: number
    readonly oldestMs: number | null
    readonly newestMs: number | null
  } | null
}
