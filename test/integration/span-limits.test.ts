import { expect, it } from 'vitest'
import { decodeSpansJson } from '../../src/formats/otlp/decode-spans.ts'
import type { SpanBatch, SpanSink } from '../../src/model/spans.ts'
import { FaultList, formatFault } from '../../src/yaml/fault.ts'
import { parseYaml } from '../../src/yaml/parse.ts'
import { SpanLimiter } from '../../src/ingest/span-limits.ts'
import { readSpanLimits, type SpanLimitSettings } from '../../src/ingest/span-limits-section.ts'

function batchOf(traces: readonly number[]): SpanBatch {
  const spans = traces.map((trace, i) => ({
    traceId: trace.toString(16).padStart(32, '0'),
    spanId: (i + 1).toString(16).padStart(16, '0'),
    name: 'x'.repeat(54),
    startTimeUnixNano: '1778400000000000000',
    endTimeUnixNano: '1778400000000000001',
  }))
  const json = JSON.stringify({ resourceSpans: [{ resource: {}, scopeSpans: [{ spans }] }] })
  return decodeSpansJson(new TextEncoder().encode(json)).batch
}

function limiterOf(settings: SpanLimitSettings): {
  readonly limiter: SpanLimiter
  readonly stored: number[]
  readonly discarded: string[]
  readonly clock: { nowMs: number }
} {
  const stored: number[] = []
  const discarded: string[] = []
  const clock = { nowMs: 1000 }
  const sink: SpanSink = {
    append: ({ startsNs }) => {
      stored.push(startsNs.length)
      return Promise.resolve({ accepted: startsNs.length, refused: 0, outOfBounds: 0 })
    },
  }
  const limiter = new SpanLimiter(sink, {
    settings: () => settings,
    nowMs: () => clock.nowMs,
    onDiscarded: (reason, spans) => discarded.push(`${reason} ${spans}`),
  })
  return { limiter, stored, discarded, clock }
}

it('refuses what is over the rate until the bucket has filled again', async () => {
  const { limiter, stored, discarded, clock } = limiterOf({ rateBytes: 100, burstBytes: 250 })
  await limiter.append(batchOf([1, 2]))
  await expect(limiter.append(batchOf([3]))).rejects.toThrow(/^RATE_LIMITED: .*100 bytes/)
  clock.nowMs += 1000
  await limiter.append(batchOf([3]))
  expect(stored).toEqual([2, 1])
  expect(discarded).toEqual(['rate_limited 1'])
})

it('leaves out spans of traces that are too large', async () => {
  const { limiter, stored, clock } = limiterOf({ maxBytesPerTrace: 250 })
  expect(await limiter.append(batchOf([1, 1, 1, 2]))).toMatchObject({ accepted: 3, tooLarge: 1 })
  expect(await limiter.append(batchOf([1]))).toMatchObject({ accepted: 0, tooLarge: 1 })
  clock.nowMs += 20_000
  expect(await limiter.append(batchOf([1]))).toMatchObject({ accepted: 1 })
  expect(stored).toEqual([3, 1])
})

it('leaves out spans of traces beyond those that may be live', async () => {
  const { limiter, discarded } = limiterOf({ maxLiveTraces: 2 })
  const result = await limiter.append(batchOf([1, 2, 3, 1]))
  expect(result).toMatchObject({ accepted: 3, liveTracesExceeded: 1 })
  expect(discarded).toEqual(['live_traces_exceeded 1'])
})

it.each([
  ['ingestion: {rate_limit_bytes: 7, max_traces_per_user: 0}', { rateBytes: 7 }],
  [
    'global: {max_bytes_per_trace: 9}\nread: {max_search_duration: 1h}',
    { maxBytesPerTrace: 9, maxSearchMs: 3_600_000 },
  ],
])('reads %s', (defaults, wanted) => {
  const faults = new FaultList()
  const map = parseYaml(defaults, { file: 't.yml', faults })?.asMap()
  expect(readSpanLimits(map, undefined)).toEqual(wanted)
  expect(faults.items).toEqual([])
})

it('reads the flat form, and warns about what has no effect', () => {
  const faults = new FaultList()
  const read = (text: string): ReturnType<typeof parseYaml> =>
    parseYaml(text, { file: 't.yml', faults })
  const flat = read('ingestion_burst_size_bytes: 5\nmax_traces_per_user: 3')?.asMap()
  expect(readSpanLimits(undefined, flat)).toEqual({ burstBytes: 5, maxLiveTraces: 3 })
  expect(flat?.unread).toEqual([])
  readSpanLimits(read('read: {unsafe_query_hints: true}')?.asMap(), undefined)
  expect(faults.items.map(formatFault).join()).toContain('unsafe_query_hints: has no effect here')
})
