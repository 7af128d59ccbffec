import { keepPreviousData, useInfiniteQuery } from '@tanstack/react-query'
import { useCallback, useMemo } from 'react'
import { queryLines } from '../api/loki.ts'
import type { ResolvedRange } from '../time/time-range.ts'
import { shiftNs, toLines, toNs, type LineOrder, type LogLine } from './log-line.ts'

/** Lines of one answer. */
const PAGE_LINES = 1000
/** More than these are held by no page: a narrower question helps more. */
const MOST_PAGES = 50

/** A part of a range; the end is not in it. */
interface Part {
  readonly startNs: string
  readonly endNs: string
}

interface LinesPage {
  /** What was asked for, whatever the range. */
  readonly question: string
  readonly part: Part
  readonly lines: readonly LogLine[]
  /** Fewer than were asked for: there is nothing behind them. */
  readonly isLast: boolean
  readonly warnings: readonly string[]
  readonly readBytes: number
  readonly tookMs: number
}

export interface LogLinesState {
  /** Undefined until the first answer. */
  readonly lines: readonly LogLine[] | undefined
  /** What the lines that are shown answer, whatever the range: a list of another one begins at its start. */
  readonly question: string
  readonly error: Error | null
  readonly isFetching: boolean
  /** What is shown belongs to the question before this one. */
  readonly isOld: boolean
  readonly hasMore: boolean
  /** Whether there would be more than a page holds. */
  readonly isFull: boolean
  readonly warnings: readonly string[]
  readonly readBytes: number
  readonly tookMs: number
  readonly readMore: () => void
  readonly retry: () => void
}

/** The lines of a query over a range, page by page. An empty query asks for nothing. */
export function useLogLines(
  query: string,
  order: LineOrder,
  range: ResolvedRange,
  isOn: boolean,
): LogLinesState {
  const { fromMs, toMs } = range
  const result = useInfiniteQuery({
    queryKey: ['log-lines', query, order, fromMs, toMs],
    queryFn: ({ pageParam, signal }) => readPage(query, order, pageParam, signal),
    initialPageParam: { startNs: toNs(fromMs), endNs: toNs(toMs) },
    getNextPageParam: (last, pages) =>
      last.isLast || pages.length >= MOST_PAGES ? undefined : nextPart(last, order),
    enabled: isOn && query !== '',
    placeholderData: keepPreviousData,
    retry: false,
    gcTime: 30_000,
    structuralSharing: false,
  })
  const { data, error, isFetching, hasNextPage, isFetchNextPageError, fetchNextPage } = result
  const pages = data?.pages
  const lines = useMemo(() => pages && joinPages(pages.map((page) => page.lines)), [pages])
  const canRead = hasNextPage && !isFetching && !isFetchNextPageError && !result.isPlaceholderData
  const readMore = useCallback(() => {
    if (canRead) void fetchNextPage()
  }, [canRead, fetchNextPage])
  return {
    lines,
    question: pages?.[0]?.question ?? '',
    error,
    isFetching,
    isOld: result.isPlaceholderData,
    hasMore: hasNextPage,
    isFull: pages !== undefined && pages.length >= MOST_PAGES && pages.at(-1)?.isLast === false,
    warnings: [...new Set(pages?.flatMap((page) => page.warnings))],
    readBytes: pages?.reduce((sum, page) => sum + page.readBytes, 0) ?? 0,
    tookMs: pages?.reduce((sum, page) => sum + page.tookMs, 0) ?? 0,
    readMore,
    retry: () => void (isFetchNextPageError ? fetchNextPage() : result.refetch()),
  }
}

async function readPage(
  query: string,
  order: LineOrder,
  part: Part,
  signal: AbortSignal,
): Promise<LinesPage> {
  const direction = order === 'newest-first' ? 'backward' : 'forward'
  const { data, warnings, tookMs } = await queryLines({
    ...{ query, ...part, limit: PAGE_LINES, direction, signal },
  })
  const streams = data.resultType === 'streams' ? data.result : []
  const count = streams.reduce((sum, { values }) => sum + values.length, 0)
  return {
    question: `${order} ${query}`,
    part,
    lines: toLines(streams, order),
    isLast: count < PAGE_LINES,
    warnings,
    readBytes: data.stats.summary.totalBytesProcessed,
    tookMs,
  }
}

/**
 * What comes behind a page. Lines of its last nanosecond may be missing from it, so the next one begins with them again, and what
 * is there twice comes once; a whole page of one nanosecond is passed over.
 */
export function nextPart(
  { part, lines }: Pick<LinesPage, 'part' | 'lines'>,
  order: LineOrder,
): Part | undefined {
  const lastNs = lines.at(-1)?.timestampNs
  if (lastNs === undefined) return undefined
  const isOneInstant = lines[0]?.timestampNs === lastNs
  if (order === 'newest-first') {
    return { ...part, endNs: isOneInstant ? lastNs : shiftNs(lastNs, 1n) }
  }
  return { ...part, startNs: isOneInstant ? shiftNs(lastNs, 1n) : lastNs }
}

/** Lines of pages that follow each other, each once. */
export function joinPages(pages: readonly (readonly LogLine[])[]): readonly LogLine[] {
  const [first = [], ...others] = pages
  if (others.length === 0) return first
  const seen = new Set<string>()
  return pages.flat().filter(({ id }) => {
    if (seen.has(id)) return false
    seen.add(id)
    return true
  })
}
