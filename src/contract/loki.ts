/** What an entry of a result says of its labels, to those who ask for it. */
export interface CategorizedLabelsJson {
  readonly structuredMetadata?: Readonly<Record<string, string>>
  readonly parsed?: Readonly<Record<string, string>>
}

interface CacheStatsJson {
  readonly entriesFound: number
  readonly entriesRequested: number
  readonly entriesStored: number
  readonly bytesReceived: number
  readonly bytesSent: number
  readonly requests: number
  readonly downloadTime: number
  readonly queryLengthServed: number
}

interface StoreStatsJson {
  readonly totalChunksRef: number
  readonly totalChunksDownloaded: number
  readonly chunksDownloadTime: number
  readonly queryReferencedStructuredMetadata: boolean
  readonly queryUsedV2Engine: boolean
  readonly chunk: Readonly<Record<string, number>>
  readonly chunkRefsFetchTime: number
  readonly congestionControlLatency: number
  readonly pipelineWrapperFilteredLines: number
}

/** The `stats` of a query's answer (Loki's stats.proto); times in seconds unless they say otherwise. */
export interface QueryStatsJson {
  readonly summary: {
    readonly bytesProcessedPerSecond: number
    readonly linesProcessedPerSecond: number
    readonly totalBytesProcessed: number
    readonly totalLinesProcessed: number
    readonly execTime: number
    readonly queueTime: number
    readonly subqueries: number
    readonly totalEntriesReturned: number
    readonly splits: number
    readonly shards: number
    readonly totalPostFilterLines: number
    readonly totalStructuredMetadataBytesProcessed: number
  }
  readonly querier: { readonly store: StoreStatsJson; readonly querierExecTime: number }
  readonly ingester: {
    readonly totalReached: number
    readonly totalChunksMatched: number
    readonly totalBatches: number
    readonly totalLinesSent: number
    readonly store: StoreStatsJson
  }
  readonly cache: Readonly<Record<string, CacheStatsJson>>
  readonly index: {
    readonly totalChunks: number
    readonly postFilterChunks: number
    readonly shardsDuration: number
    readonly usedBloomFilters: boolean
    readonly totalStreams: number
    readonly chunkRefsLookupTime: number
    readonly bloomFilterTime: number
  }
}

/** `index/stats`. */
export interface IndexStatsJson {
  readonly streams: number
  readonly chunks: number
  readonly bytes: number
  readonly entries: number
}
