import { describe, expect, it } from 'vitest'
import { SpanGenerator } from './span-generator.ts'
import { TEMPO_GENERATOR } from './tempo-form.ts'
import { Collected, unreadFigures } from './testing/collected.ts'
import { makeBatch, type TestSpan } from './testing/make-batch.ts'

const START = Date.UTC(2026, 0, 1)
const ROUNDS = 10

/** Numbers that look random and are the same each time (mulberry32). */
function randomOf(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let t = Math.imul(state ^ (state >>> 15), 1 | state)
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296
  }
}

/** Requests that go down a chain of services, with work in between. */
function randomSpans(random: () => number, trace: number): TestSpan[] {
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T
  const spans: TestSpan[] = []
  let parent = 0
  let id = trace * 100
  for (let depth = 0; depth < 1 + random() * 5; depth++) {
    const service = pick(['web', 'api', 'db'])
    const common = { trace, startMs: START, durationMs: Math.floor(random() * 3000) / 10 }
    const status = pick([0, 0, 1, 2])
    const server = { ...common, span: ++id, parent, service, kind: 2, status }
    spans.push({ ...server, name: pick(['GET /', 'POST /']) })
    const client = { ...common, span: ++id, parent: id - 1, service, kind: 3, name: 'call' }
    spans.push(client)
    if (random() < 0.3) spans.push({ ...common, span: ++id, service, kind: 1, name: 'work' })
    parent = client.span
  }
  return spans
}

/** As the graph is told of in one sentence each, over whole traces. */
function naiveCounts(spans: readonly TestSpan[]): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (key: string, by = 1): void => void counts.set(key, (counts.get(key) ?? 0) + by)
  const kinds = ['UNSPECIFIED', 'INTERNAL', 'SERVER', 'CLIENT', 'PRODUCER', 'CONSUMER']
  const statuses = ['UNSET', 'OK', 'ERROR']
  for (const span of spans) {
    const kind = kinds[span.kind ?? 0] ?? ''
    const status = statuses[span.status ?? 0] ?? ''
    const labels = `service="${span.service}", span_kind="SPAN_KIND_${kind}", span_name="${span.name}", status_code="STATUS_CODE_${status}"`
    add(`traces_spanmetrics_calls_total{${labels}}`)
    add(`traces_spanmetrics_latency_count{${labels}}`)
    for (let i = 0; i < 14; i++) {
      const le = 0.002 * 2 ** i
      const hit = span.durationMs / 1000 <= le ? 1 : 0
      add(`traces_spanmetrics_latency_bucket{le="${le}", ${labels}}`, hit)
    }
    if (span.kind === 3) {
      const server = spans.find((one) => one.kind === 2 && one.parent === span.span)
      if (server !== undefined) {
        const pair = `client="${span.service}", server="${server.service}"`
        add(`traces_service_graph_request_total{${pair}}`)
        const isFailed = span.status === 2 || server.status === 2
        if (isFailed) add(`traces_service_graph_request_failed_total{${pair}}`)
      }
    }
    if (span.kind === 2 && span.parent === 0) {
      const user = `client="user", connection_type="virtual_node", server="${span.service}"`
      add(`traces_service_graph_request_total{${user}}`)
      if (span.status === 2) add(`traces_service_graph_request_failed_total{${user}}`)
    }
  }
  return counts
}

describe('metrics of random traces', () => {
  it('are those of a naive count, however the spans come', async () => {
    for (let seed = 1; seed <= ROUNDS; seed++) {
      const random = randomOf(seed)
      let nowMs = START + 1000
      const sink = new Collected()
      const generator = new SpanGenerator(TEMPO_GENERATOR, {
        sink,
        figures: unreadFigures(),
        nowMs: () => nowMs,
      })
      const spans: TestSpan[] = []
      for (let trace = 1; trace <= 40; trace++) spans.push(...randomSpans(random, trace))
      const shuffled = spans
        .map((span) => ({ span, at: random() }))
        .toSorted((a, b) => a.at - b.at)
        .map(({ span }) => span)
      for (let from = 0; from < shuffled.length;) {
        const length = 1 + Math.floor(random() * 40)
        generator.observe(makeBatch(shuffled.slice(from, from + length)), undefined)
        from += length
        if (random() < 0.2) {
          nowMs += 100
          await generator.collect()
        }
      }
      // Only now have requests waited long enough for their other side.
      nowMs += 60_000
      await generator.collect()
      const newest = new Map(Object.entries(sink.newest('traces_')))
      for (const [series, count] of naiveCounts(spans))
        expect([seed, series, newest.get(series)]).toEqual([seed, series, count])
      const total = [...newest].filter(([name]) => /calls_total|request_total/.test(name)).length
      const expected = [...naiveCounts(spans).keys()].filter((name) =>
        /calls_total|request_total/.test(name),
      ).length
      expect([seed, total]).toEqual([seed, expected])
      expect(generator.waitingEdges).toBe(0)
    }
  })
})
