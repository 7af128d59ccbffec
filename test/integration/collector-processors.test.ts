import { describe, expect, it } from 'vitest'
import { decodeSpansJson } from '../../src/formats/otlp/decode-spans.ts'
import { startOf, type SpanBatch, type SpanSink } from '../../src/model/spans.ts'
import { createLog } from '../../src/self/log.ts'
import { createRegistry } from '../../src/self/metrics.ts'
import { FaultList } from '../../src/yaml/fault.ts'
import { parseYaml } from '../../src/yaml/parse.ts'
import { buildPipelines } from '../../src/ingest/collector/build-pipelines.ts'
import { PROCESSOR_KINDS } from '../../src/ingest/processors/processor-kinds.ts'

interface Given {
  readonly trace?: number
  readonly name: string
  readonly attributes?: Readonly<Record<string, string | number | boolean>>
  readonly status?: number
  readonly durationMs?: number
  readonly state?: string
}

const RESOURCE = { 'service.name': 'api', zone: 'a' }

function valueOf(value: string | number | boolean): Readonly<Record<string, unknown>> {
  if (typeof value === 'string') return { stringValue: value }
  return typeof value === 'number' ? { intValue: String(value) } : { boolValue: value }
}

function attributesOf(record: Given['attributes'] = {}): unknown[] {
  return Object.entries(record).map(([key, value]) => ({ key, value: valueOf(value) }))
}

function batchOf(spans: readonly Given[]): SpanBatch {
  const json = {
    resourceSpans: [
      {
        resource: { attributes: attributesOf(RESOURCE) },
        scopeSpans: [
          {
            spans: spans.map(
              ({ trace = 1, name, attributes, status, state, durationMs = 1 }, at) => ({
                traceId: String(trace).padStart(32, '0'),
                spanId: String(at + 1).padStart(16, '0'),
                name,
                kind: 2,
                startTimeUnixNano: '1700000000000000000',
                endTimeUnixNano: String(
                  1_700_000_000_000_000_000n + BigInt(durationMs) * 1_000_000n,
                ),
                attributes: attributesOf(attributes),
                status: { code: status ?? 0 },
                ...(state !== undefined && { traceState: state }),
              }),
            ),
          },
        ],
      },
    ],
  }
  return decodeSpansJson(new TextEncoder().encode(JSON.stringify(json))).batch
}

/** `name resource… | attributes…`, each as `key=typed text`. */
function rowsOf(batch: SpanBatch): string[] {
  const { strings, attributes } = batch
  return [...batch.names].map((place, row) => {
    const own: string[] = []
    for (let i = startOf(attributes.ends, row); i < (attributes.ends[row] as number); i++) {
      own.push(`${strings[attributes.keys[i] ?? -1]}=${strings[attributes.values[i] ?? -1]}`)
    }
    const resource = (batch.resources[batch.resourceIndex[row] ?? -1] ?? []).map((e) => e.join('='))
    return `${strings[place]} ${resource.join(' ')} | ${own.sort().join(' ')}`
  })
}

interface Run {
  readonly sink: SpanSink
  readonly end: () => Promise<void>
  readonly got: SpanBatch[]
}

function runOf(kind: string, text: string, nowMs = () => 0): Run {
  const faults = new FaultList()
  const node = parseYaml(text, { file: 'a', faults, env: {} })
  const spec = node && PROCESSOR_KINDS.find(({ name }) => name === kind)?.read(node)
  expect(faults.items.filter(({ severity }) => severity === 'error')).toEqual([])
  const got: SpanBatch[] = []
  const spans: SpanSink = {
    append: (batch) => {
      got.push(batch)
      return Promise.resolve({ accepted: batch.startsNs.length, outOfBounds: 0, refused: 0 })
    },
  }
  const nothing = { append: () => Promise.resolve({ accepted: 0, rejected: 0, message: '' }) }
  const exporters = [{ spans, logs: nothing, metrics: nothing }]
  const processors = spec === undefined ? [] : [{ id: kind, spec }]
  const parts = { registry: createRegistry(), log: createLog({ write: () => undefined }), nowMs }
  return { ...buildPipelines('spans', [{ id: 'traces', processors, exporters }], parts), got }
}

async function process(kind: string, text: string, spans: readonly Given[]): Promise<string[]> {
  const { sink, got } = runOf(kind, text)
  const result = await sink.append(batchOf(spans))
  expect(result.accepted).toBe(spans.length)
  return got.flatMap(rowsOf)
}

const BASE = 'service.name=sapi zone=sa'

describe('processors', () => {
  it('pass batches untouched when they do nothing', async () => {
    const { sink, got } = runOf('batch', '{timeout: 1s}')
    const batch = batchOf([{ name: 'a' }])
    await sink.append(batch)
    expect(got[0]).toBe(batch)
  })

  it.each([
    ['{key: x, value: 1, action: insert}', 'a=s1 n=i7 x=i1'],
    ['{key: a, value: 1, action: insert}', 'a=s1 n=i7'],
    ['{key: a, value: true, action: update}', 'a=btrue n=i7'],
    ['{key: x, value: "1", action: update}', 'a=s1 n=i7'],
    ['{key: a, value: b, action: upsert}', 'a=sb n=i7'],
    ['{key: x, from_attribute: n, action: upsert}', 'a=s1 n=i7 x=i7'],
    ['{key: a, action: delete}', 'n=i7'],
    ['{pattern: "^[an]$", action: delete}', ''],
    [
      '{key: a, action: hash}',
      'a=s6b86b273ff34fce19d6b804eff5a3f5747ada4eaa22f1d49c01e52ddb7875b4b n=i7',
    ],
    ['{key: a, pattern: "^(?P<one>.)", action: extract}', 'a=s1 n=i7 one=s1'],
    ['{key: a, action: convert, converted_type: int}', 'a=i1 n=i7'],
    ['{key: n, action: convert, converted_type: string}', 'a=s1 n=s7'],
    ['{key: n, action: convert, converted_type: double}', 'a=s1 n=f7'],
  ])('attributes: %s', async (action, wanted) => {
    const given = [{ name: 's', attributes: { a: '1', n: 7 } }]
    expect(await process('attributes', `{actions: [${action}]}`, given)).toEqual([
      `s ${BASE} | ${wanted}`,
    ])
  })

  it('change resources', async () => {
    const text =
      '{attributes: [{key: zone, action: delete}, {key: env, value: dev, action: upsert}]}'
    expect(await process('resource', text, [{ name: 's' }])).toEqual([
      's env=sdev service.name=sapi | ',
    ])
  })

  it.each([
    ['attributes["n"] > 5 and not IsMatch(name, "^b")', 'b'],
    ['resource.attributes["zone"] == "a" or name == "zz"', ''],
    ['status.code == STATUS_CODE_ERROR', 'a'],
    ['attributes["none"] == nil', ''],
    ['span.attributes["n"] * 2 == 14.0', 'b'],
    ['kind != SPAN_KIND_SERVER', 'a b'],
    ['Len(name) >= 2', 'a b'],
    ['IsRootSpan()', ''],
  ])('filter: %s', async (condition, kept) => {
    const found = await process('filter', `{traces: {span: ['${condition}']}}`, [
      { name: 'a', attributes: { n: 7 } },
      { name: 'b', attributes: { n: 3 }, status: 2 },
    ])
    expect(found.map((row) => row.split(' ')[0]).join(' ')).toBe(kept)
  })

  it('filter by the older form', async () => {
    const text = '{spans: {include: {match_type: regexp, services: ["^ap"], span_names: ["^a"]}}}'
    const found = await process('filter', text, [{ name: 'a' }, { name: 'b' }])
    expect(found).toEqual([`a ${BASE} | `])
  })

  it.each([
    ['set(attributes["x"], name) where name == "s"', `s ${BASE} | a=s1-2 x=ss`],
    ['delete_key(attributes, "a")', `s ${BASE} | `],
    ['keep_keys(resource.attributes, ["zone"])', 's zone=sa | a=s1-2'],
    ['replace_pattern(attributes["a"], "(\\\\d)-(\\\\d)", "$$2+$$1")', `s ${BASE} | a=s2+1`],
    [
      'set(resource.attributes["zone"], Concat([name, "b"], "-"))',
      's service.name=sapi zone=ss-b | a=s1-2',
    ],
    ['set(span.name, "other")', `other ${BASE} | a=s1-2`],
  ])('transform: %s', async (statement, wanted) => {
    const text = `{trace_statements: [{context: span, statements: ['${statement}']}]}`
    const given = [{ name: 's', attributes: { a: '1-2' } }]
    expect(await process('transform', text, given)).toEqual([wanted])
  })
})

describe('tail sampling', () => {
  const TEXT = `
decision_wait: 10s
num_traces: 3
policies:
  - {name: errors, type: status_code, status_code: {status_codes: [ERROR]}}
  - {name: slow, type: latency, latency: {threshold_ms: 500}}
  - name: no health
    type: drop
    drop: {drop_sub_policy: [{name: a, type: string_attribute, string_attribute: {key: route, values: [/health]}}]}
`

  it('decides on whole traces, and late spans follow', async () => {
    let nowMs = 0
    const { sink, end, got } = runOf('tail_sampling', TEXT, () => nowMs)
    const names = (): string[] =>
      got.flatMap((batch) => rowsOf(batch).map((row) => row[0] ?? '')).sort()
    await sink.append(
      batchOf([
        { trace: 1, name: 'a' },
        { trace: 2, name: 'b', durationMs: 600 },
      ]),
    )
    await sink.append(
      batchOf([
        { trace: 1, name: 'c', status: 2 },
        { trace: 3, name: 'd', status: 2, attributes: { route: '/health' } },
      ]),
    )
    expect(names()).toEqual([])
    nowMs = 11_000
    await end()
    expect(names()).toEqual(['a', 'b', 'c'])
    const late = [
      { trace: 1, name: 'e' },
      { trace: 3, name: 'f' },
    ]
    expect(await sink.append(batchOf(late))).toMatchObject({ accepted: 2 })
    expect(names()).toEqual(['a', 'b', 'c', 'e'])
  })

  it('holds no more traces than it may', async () => {
    const { sink, got } = runOf('tail_sampling', TEXT)
    const spans = [1, 2, 3, 4, 5].map((trace) => ({ trace, name: `s${trace}`, status: 2 }))
    await sink.append(batchOf(spans))
    await Promise.resolve()
    expect(got.flatMap(rowsOf).map((row) => row.slice(0, 2))).toEqual(['s1', 's2'])
  })
})

/** Decides on traces one after the other, each at its second; answers the names of the spans that are sampled. */
async function sample(
  policy: string,
  traces: readonly { readonly atMs?: number; readonly spans: readonly Given[] }[],
): Promise<string[]> {
  let nowMs = 0
  const text = `{decision_wait: 1s, policies: [${policy}]}`
  const { sink, end, got } = runOf('tail_sampling', text, () => nowMs)
  for (const { atMs = 0, spans } of traces) {
    nowMs = atMs
    await sink.append(batchOf(spans))
    await end()
  }
  return got.flatMap((batch) => rowsOf(batch).map((row) => row.split(' ')[0] ?? ''))
}

const oneSpan = (trace: number, given: Omit<Given, 'name' | 'trace'> = {}, atMs = 0) => ({
  atMs,
  spans: [{ trace, name: `t${trace}`, ...given }],
})

describe('policies of tail sampling', () => {
  it.each([
    ['vendor=gold', 't1'],
    ['other=x, vendor=gold ,more=y', 't1'],
    ['a@vendor=gold', ''],
    ['vendor=silver', ''],
    // What is malformed anywhere says nothing at all.
    ['vendor=gold,Broken=1', ''],
    ['vendor=gold,vendor=gold', ''],
    ['vendor=gold,nothing', ''],
    ['', ''],
  ])('trace_state: %s', async (state, wanted) => {
    const policy = '{name: p, type: trace_state, trace_state: {key: vendor, values: [gold, best]}}'
    expect((await sample(policy, [oneSpan(1, { state })])).join(' ')).toBe(wanted)
  })

  it('not turns a policy around', async () => {
    const policy =
      '{name: p, type: not, not: {not_sub_policy: {name: q, type: status_code, status_code: {status_codes: [ERROR]}}}}'
    expect(await sample(policy, [oneSpan(1, { status: 2 }), oneSpan(2)])).toEqual(['t2'])
  })

  it('bytes_limiting is a bucket that fills all the time', async () => {
    // One of these spans, with its resource, takes 98 bytes as a request.
    const policy =
      '{name: p, type: bytes_limiting, bytes_limiting: {bytes_per_second: 98, burst_capacity: 200}}'
    const traces = [
      oneSpan(1),
      oneSpan(2),
      oneSpan(3),
      oneSpan(4, {}, 900),
      oneSpan(5, {}, 1000),
      oneSpan(6, { attributes: { text: 'x'.repeat(200) } }, 60_000),
      oneSpan(7, {}, 60_000),
    ]
    expect(await sample(policy, traces)).toEqual(['t1', 't2', 't5', 't7'])
  })

  const composite = (more: string): string =>
    `{name: p, type: composite, composite: {max_total_spans_per_second: 4, composite_sub_policy: [
      {name: errors, type: status_code, status_code: {status_codes: [ERROR]}},
      {name: all, type: always_sample}], ${more}}}`
  const failing = (trace: number, atMs = 0) => oneSpan(trace, { status: 2 }, atMs)

  it('composite has a share of each second for each sub policy', async () => {
    const policy = composite('rate_allocation: [{policy: errors, percent: 25}]')
    const traces = [
      failing(1),
      // Over its share: the others are not asked.
      failing(2),
      // What is not told has an equal share: two.
      ...[3, 4, 5].map((trace) => oneSpan(trace)),
      failing(6, 1000),
    ]
    expect(await sample(policy, traces)).toEqual(['t1', 't3', 't4', 't6'])
  })

  it('a trace that is too much for a share leaves it to smaller ones', async () => {
    const large = { spans: ['a', 'b', 'c'].map((name) => ({ trace: 1, name })) }
    const policy = composite('rate_allocation: [{policy: all, percent: 50}]')
    expect(await sample(policy, [large, oneSpan(2)])).toEqual(['t2'])
  })
})
