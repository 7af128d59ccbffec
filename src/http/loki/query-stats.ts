import type { QueryStatsJson } from '../../contract/loki.ts'
import type { ReadFigures } from '../../query/logs/logql.ts'

const CACHE = {
  entriesFound: 0,
  entriesRequested: 0,
  entriesStored: 0,
  bytesReceived: 0,
  bytesSent: 0,
  requests: 0,
  downloadTime: 0,
  queryLengthServed: 0,
}

const CACHES = [
  ...['chunk', 'index', 'result', 'statsResult', 'volumeResult', 'seriesResult'],
  ...['labelResult', 'instantMetricResult', 'logResult', 'taskResult'],
]

function storeStats(figures: ReadFigures): QueryStatsJson['querier']['store'] {
  return {
    totalChunksRef: 0,
    totalChunksDownloaded: 0,
    chunksDownloadTime: 0,
    queryReferencedStructuredMetadata: false,
    queryUsedV2Engine: false,
    chunk: {
      headChunkBytes: 0,
      headChunkLines: 0,
      decompressedBytes: figures.bytes,
      decompressedLines: figures.lines,
      compressedBytes: 0,
      totalDuplicates: 0,
      postFilterLines: figures.postFilterLines,
      headChunkStructuredMetadataBytes: 0,
      decompressedStructuredMetadataBytes: 0,
    },
    chunkRefsFetchTime: 0,
    congestionControlLatency: 0,
    pipelineWrapperFilteredLines: 0,
  }
}

const NOTHING: ReadFigures = { lines: 0, bytes: 0, postFilterLines: 0 }

/** The figures of a query in the shape of Loki; what has no counterpart here is 0. */
export function queryStats(
  figures: ReadFigures,
  execMs: number,
  entriesReturned: number,
): QueryStatsJson {
  const seconds = execMs / 1000
  const perSecond = (count: number): number => (seconds > 0 ? Math.round(count / seconds) : 0)
  return {
    summary: {
      bytesProcessedPerSecond: perSecond(figures.bytes),
      linesProcessedPerSecond: perSecond(figures.lines),
      totalBytesProcessed: figures.bytes,
      totalLinesProcessed: figures.lines,
      execTime: seconds,
      queueTime: 0,
      subqueries: 0,
      totalEntriesReturned: entriesReturned,
      splits: 0,
      shards: 0,
      totalPostFilterLines: figures.postFilterLines,
      totalStructuredMetadataBytesProcessed: 0,
    },
    querier: { store: storeStats(figures), querierExecTime: seconds },
    ingester: {
      totalReached: 0,
      totalChunksMatched: 0,
      totalBatches: 0,
      totalLinesSent: 0,
      store: storeStats(NOTHING),
    },
    cache: Object.fromEntries(CACHES.map((name) => [name, CACHE])),
    index: {
      totalChunks: 0,
      postFilterChunks: 0,
      shardsDuration: 0,
      usedBloomFilters: false,
      totalStreams: 0,
      chunkRefsLookupTime: 0,
      bloomFilterTime: 0,
    },
  }
}
