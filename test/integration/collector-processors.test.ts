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
            spans: spans.map(({ trace = 1, name, attributes, status, durationMs = 1 }, at) => ({
              traceId: String(trace).padStart(32, '0'),
              spanId: String(at + 1).padStart(16, '0'),
              name,
              kind: 2,
              startTimeUnixNano: '1700000000000000000',
              endTimeUnixNano: String(1_700_000_000_000_000_000n + BigInt(durationMs) * 1_000_000n),
              attributes: attributesOf(attributes),
              status: { code: status ?? 0 },
            })),
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
