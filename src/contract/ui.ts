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
    readonly alertmanagers: number
    readonly remoteWrites: number
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
