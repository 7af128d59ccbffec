import type { FoundTraceJson } from '../../../src/contract/tempo.ts'
import type { TraceOrder } from './traces-state.ts'

/** Spans of a trace that was found, and how many of them failed. */
export function countSpans({ serviceStats }: FoundTraceJson): {
  readonly spans: number
  readonly errors: number
} {
  const stats = Object.values(serviceStats)
  return {
    spans: stats.reduce((sum, { spanCount }) => sum + spanCount, 0),
    errors: stats.reduce((sum, { errorCount = 0 }) => sum + errorCount, 0),
  }
}

/** In an order; of equals the newest first. */
export function sortFound(
  traces: readonly FoundTraceJson[],
  order: TraceOrder,
): readonly FoundTraceJson[] {
  const weigh = (trace: FoundTraceJson): number => {
    switch (order) {
      case 'newest':
        return 0
      case 'longest':
        return trace.durationMs ?? 0
      case 'errors':
        return countSpans(trace).errors
      case 'spans':
        return countSpans(trace).spans
      default:
        return order satisfies never
    }
  }
  return traces.toSorted((a, b) => weigh(b) - weigh(a) || newer(a, b))
}

function newer(a: FoundTraceJson, b: FoundTraceJson): number {
  return Number(BigInt(b.startTimeUnixNano) - BigInt(a.startTimeUnixNano))
}
