import type { SpanBatch } from '../../../model/spans.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import { SpanSizes } from '../../span-metrics/span-size.ts'
import type { TraceTest, WaitedTrace } from './trace-test.ts'

/** Without `burst_capacity`, of the bytes of a second. */
const BURST_SECONDS = 2

/**
 * The policy `bytes_limiting`: a bucket of bytes that is full at first and is filled again all the time. A trace that finds less in it than
 * it is long takes nothing.
 */
export function readBytesLimiting(map: YamlMap | undefined): TraceTest | undefined {
  if (map === undefined) return undefined
  const rate = map.key('bytes_per_second').asInteger({ min: 1 })
  if (map.key('bytes_per_second').isEmpty) map.node.error('bytes_per_second must be set')
  const burst = map.key('burst_capacity').asInteger({ min: 0 }) ?? 0
  map.finish()
  if (rate === undefined) return undefined
  const capacity = burst === 0 ? rate * BURST_SECONDS : burst
  let left = capacity
  let sinceMs = Number.NEGATIVE_INFINITY
  return (trace, nowMs) => {
    const gained = (Math.max(0, nowMs - sinceMs) / 1000) * rate
    left = Math.min(capacity, left + gained)
    sinceMs = nowMs
    const size = sizeOf(trace)
    if (size > left) return false
    left -= size
    return true
  }
}

/** Batches have many traces: what is known of the lengths of their texts is kept as long as they are. */
const sizes = new WeakMap<SpanBatch, SpanSizes>()

function sizeOf({ parts }: WaitedTrace): number {
  let size = 0
  for (const { editor, rows } of parts) {
    const known = sizes.get(editor.batch) ?? new SpanSizes(editor.batch)
    sizes.set(editor.batch, known)
    size += known.sizeOfRequest(rows)
  }
  return size
}
