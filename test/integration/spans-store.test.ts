import { describe, expect, it } from 'vitest'
import { check } from '../../src/lang/traceql/check.ts'
import { parse } from '../../src/lang/traceql/parse.ts'
import { compilePipeline } from '../../src/query/traceql/evaluate-pipeline.ts'
import { searchTraces } from '../../src/query/traceql/search.ts'
import { tracesOf } from '../../src/query/traceql/stored-traces.ts'
import type { SpansSource } from '../../src/store/spans-source.ts'
import { randomOf, randomSpans } from './random-spans.ts'
import { NOON_NS, spansOf, spansOver, traceIdOf, type TestSpan } from './spans-harness.ts'
import { StoreHarness } from './store-harness.ts'

const harness = new StoreHarness()
const open = spansOver(harness)
const signal = new AbortController().signal
const HOUR_NS = 3_600_000_000_000n
const DAY_RANGE = { startNs: NOON_NS - 24n * HOUR_NS, endNs: NOON_NS + 24n * HOUR_NS }
const READ = { signal, maxSpans: 100_000 }

function pipelineOf(text: string) {
  const { query, faults } = parse(text)
  const fault = query ? check(query)[0] : faults[0]
  if (query?.body.kind !== 'pipeline' || fault) throw new Error(`${text}: ${fault?.message}`)
  return query.body
}

async function search(source: SpansSource, text: string, limit = 1000): Promise<string[]> {
  const options = { range: DAY_RANGE, limit, maxSpans: 100_000, signal }
  const { found } = await searchTraces(source, pipelineOf(text), options)
  return found.map(({ trace }) => trace.traceId)
}

describe('spans in the store', () => {
  it('come back whole, by the id of their trace, also after a restart', async () => {
    const { store, database } = await open()
    const spans: TestSpan[] = [
      {
        ...{ trace: 1, span: 1, name: "GET '/' \\", kind: 2, status: 2, durationMs: 100 },
        attributes: { method: 'GET', code: 500, ratio: 0.5, ok: true, tags: ['a', 'b'] },
        events: [{ name: 'exception', attributes: { type: 'E' } }],
        links: [{ trace: 9, span: 8 }],
      },
      { trace: 1, span: 2, parent: 1, name: 'query', service: 'db', atMs: 5 },
      { trace: 2, span: 3, name: 'other' },
    ]
    expect(await store.append(spansOf(spans))).toEqual({ accepted: 3, refused: 0, outOfBounds: 0 })
    await store.append(spansOf(spans.slice(0, 1)))
    const again = await open({}, database)
    for (const source of [store, again.store]) {
      const rows = await source.readTraces([traceIdOf(1), traceIdOf(7)], READ)
      expect([...rows.names]).toEqual(["GET '/' \\", 'query'])
      const [trace] = tracesOf(rows)
      expect(trace?.fieldOf(0, fieldOf('.code'))).toEqual({ type: 'int', value: 500n })
      expect(trace?.fieldOf(0, fieldOf('.tags'))).toEqual({ type: 'strings', value: ['a', 'b'] })
      expect(trace?.fieldOf(1, fieldOf('resource.service.name'))?.value).toBe('db')
      expect(trace?.fieldOf(0, fieldOf('event.type'))?.value).toBe('E')
      expect(trace?.fieldOf(0, fieldOf('link:traceID'))?.value).toBe(traceIdOf(9))
      expect(trace?.bounds()).toEqual({ startNs: NOON_NS, endNs: NOON_NS + 100_000_000n })
      // An item of a list is no value of its own: who looks for one must be told where lists are.
      expect(await search(source, '{ span.tags = "b" }')).toEqual([traceIdOf(1)])
    }
  })

  it('are found, the newest first, as many as are wanted', async () => {
    const { store } = await open()
    const spans = Array.from({ length: 300 }, (_, i): TestSpan => {
      return { trace: i + 1, span: 1, atMs: -i * 60_000, attributes: { n: i } }
    })
    await store.append(spansOf(spans))
    const newest = await search(store, '{ .n >= 10 }', 5)
    expect(newest).toEqual([11, 12, 13, 14, 15].map(traceIdOf))
    expect(await search(store, '{ .n = 299 }')).toEqual([traceIdOf(300)])
    expect(await search(store, '{}')).toHaveLength(300)
    expect(await search(store, '{ .n = 300 }')).toEqual([])
  })

  it('tell which attributes there are, and their values', async () => {
    const { store } = await open()
    await store.append(
      spansOf([
        {
          trace: 1,
          span: 1,
          name: 'a',
          attributes: { x: 'often', y: 1 },
          resource: { zone: 'eu' },
        },
        { trace: 2, span: 1, name: 'b', attributes: { x: 'often' } },
        { trace: 3, span: 1, name: 'b', attributes: { x: "it's" } },
      ]),
    )
    expect(await store.attributeNames(DAY_RANGE, signal)).toEqual(['x', 'y'])
    const values = (of: Parameters<SpansSource['values']>[0]) =>
      store.values(of, DAY_RANGE, { signal, limit: 10 })
    expect(await values({ attribute: 'x' })).toEqual(['soften', "sit's"])
    expect(await values({ attribute: "'; DROP" })).toEqual([])
    expect(await values({ column: 'name' })).toEqual(['b', 'a'])
    expect(store.resources(DAY_RANGE).map(String)).toContain('{"service.name"="sapi", zone="seu"}')
  })
})

function fieldOf(name: string) {
  const body = pipelineOf(`{ ${name} != nil }`)
  const [stage] = body.stages
  const condition = stage?.kind === 'spanset_filter' ? stage.condition : undefined
  if (condition?.kind !== 'exists' || condition.operand.kind === 'static') throw new Error(name)
  const { operand } = condition
  if (operand.kind !== 'attribute' && operand.kind !== 'intrinsic') throw new Error(name)
  return operand
}

const LEAVES = [
  ...[
    '.x = "a"',
    '.x = 1',
    '.x != 1',
    '.x > 1',
    '2 < .x',
    '.x =~ "a|b"',
    '.x !~ "a"',
    '.x = 2.5',
    '.x',
  ],
  ...[
    'span.x = 2',
    'resource.x = "a"',
    'resource.x != "a"',
    'event.x = 1',
    '.x = nil',
    '.x != nil',
  ],
  ...[
    'name = "GET"',
    'name != "GET"',
    'name =~ "G.*"',
    'kind = server',
    'status = error',
    'status != ok',
  ],
  ...[
    'duration > 100ms',
    'duration = 200ms',
    'nestedSetParent < 0',
    'rootName = "GET"',
    'event:name = "e"',
  ],
  ...[
    'resource.service.name = "db"',
    '.service.name != "db"',
    '.y + 1 = 2',
    '!(.x = 1)',
    'span:childCount > 1',
  ],
  ...['.x >= "b"', '.y = 1 || .x = true', '.y = 1 && .x = true', 'traceDuration > 1m', '.x <= 2'],
]
const OPS = [
  '&&',
  '||',
  '>',
  '>>',
  '<',
  '<<',
  '~',
  '!>',
  '!>>',
  '!<',
  '!<<',
  '!~',
  '&>',
  '&>>',
  '&<',
  '&~',
]
const TAILS = [
  '',
  ' | count() > 1',
  ' | by(name) | count() > 1',
  ' | { .y = 1 }',
  ' | avg(duration) > 100ms',
]

function randomQuery(random: (below: number) => number): string {
  const leaf = () => LEAVES[random(LEAVES.length)] ?? ''
  const filter = () =>
    `{ ${leaf()}${random(3) === 0 ? ` ${random(2) === 0 ? '&&' : '||'} ${leaf()}` : ''} }`
  const base = random(2) === 0 ? filter() : `${filter()} ${OPS[random(OPS.length)]} ${filter()}`
  return base + (TAILS[random(TAILS.length)] ?? '')
}

describe('searches', () => {
  it('find what a look at every trace finds', async () => {
    const { store } = await open()
    const random = randomOf(Number(process.env['SPANS_SEED'] ?? 7))
    const spans = randomSpans(random, 60)
    await store.append(spansOf(spans))
    const all = await store.readTraces(
      Array.from({ length: 60 }, (_, i) => traceIdOf(i + 1)),
      READ,
    )
    const traces = tracesOf(all)
    expect(traces).toHaveLength(60)
    for (let i = 0; i < Number(process.env['SPANS_QUERIES'] ?? 50); i++) {
      const text = randomQuery(random)
      const evaluate = compilePipeline(pipelineOf(text))
      const expected = traces.filter((trace) => evaluate(trace).length > 0)
      const found = await search(store, text)
      expect(found.toSorted(), text).toEqual(expected.map(({ traceId }) => traceId).toSorted())
    }
  }, 60_000)
})
