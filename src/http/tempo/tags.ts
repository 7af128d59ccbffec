import type { Field } from '../../lang/traceql/ast.ts'
import { Problem } from '../../model/problem.ts'
import { decodeAttribute } from '../../model/attribute-value.ts'
import type { FieldValue } from '../../query/traceql/field-value.ts'
import { isList, elementsOf } from '../../query/traceql/field-value.ts'
import { searchTraces } from '../../query/traceql/search.ts'
import type { SpanRange } from '../../store/spans-source.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import type { TempoDoors } from './doors.ts'
import { readQuery, readRange } from './read-search.ts'
import { guarded, jsonAnswer } from './respond.ts'
import { MAX_SEARCH_SPANS } from './search.ts'

type TagDoors = Pick<TempoDoors, 'source' | 'log' | 'nowMs'>

const MAX_VALUES = 1000
/** Traces that are looked at for the values that a query leaves. */
const SAMPLED_TRACES = 200
const INTRINSICS = [
  ...['duration', 'event:name', 'event:timeSinceStart', 'instrumentation:name'],
  ...['instrumentation:version', 'kind', 'name', 'rootName', 'rootServiceName', 'span:duration'],
  ...['span:kind', 'span:name', 'span:status', 'span:statusMessage', 'status', 'statusMessage'],
  ...['trace:duration', 'trace:rootName', 'trace:rootService', 'traceDuration'],
]
/** Tempo's names of types that have another one here. */
const WORDS: Readonly<Partial<Record<FieldValue['type'], string>>> = {
  boolean: 'bool',
  status: 'keyword',
  kind: 'keyword',
}
const STATUSES = ['error', 'ok', 'unset']
const KINDS = ['unspecified', 'internal', 'server', 'client', 'producer', 'consumer']

/** A value and its type, as `/api/v2/search/tag/{name}/values` lists it. */
interface TagValueJson {
  readonly type: string
  readonly value: string
}

/** What completes queries: names of attributes and their values, in both versions of the API. */
export function tagRoutes(doors: TagDoors): Route[] {
  const route = (path: string, handle: (exchange: Exchange) => Promise<Answer>): Route => ({
    methods: ['GET'],
    path,
    permission: 'traces:read',
    handle: guarded(doors.log, path, handle),
  })
  return [
    route('/api/search/tags', async (exchange) => {
      const { span, resource, intrinsic } = await namesOf(doors, exchange)
      const tagNames = [...new Set([...span, ...resource, ...intrinsic])].toSorted()
      return jsonAnswer({ tagNames, metrics: {} })
    }),
    route('/api/v2/search/tags', async (exchange) => {
      const names = await namesOf(doors, exchange)
      const wanted = exchange.params.get('scope')
      const scopes = Object.entries(names)
        .filter(
          ([name, tags]) =>
            tags.length > 0 && (wanted === '' || wanted === 'none' || wanted === name),
        )
        .map(([name, tags]) => ({ name, tags }))
      return jsonAnswer({ scopes, metrics: {} })
    }),
    route('/api/search/tag/:tag/values', async (exchange) => {
      const values = await valuesOf(doors, exchange)
      return jsonAnswer({ tagValues: values.map(({ value }) => value), metrics: {} })
    }),
    route('/api/v2/search/tag/:tag/values', async (exchange) => {
      return jsonAnswer({ tagValues: await valuesOf(doors, exchange), metrics: {} })
    }),
  ]
}

async function namesOf(
  { source, nowMs }: TagDoors,
  { params, signal }: Exchange,
): Promise<Readonly<Record<'span' | 'resource' | 'intrinsic', readonly string[]>>> {
  const range = readRange(params, nowMs())
  const resource = new Set<string>()
  for (const labels of source.resources(range))
    for (const name of Object.keys(labels.toObject())) resource.add(name)
  return {
    span: await source.attributeNames(range, signal),
    resource: [...resource].toSorted(),
    intrinsic: INTRINSICS,
  }
}

async function valuesOf(doors: TagDoors, exchange: Exchange): Promise<readonly TagValueJson[]> {
  const { params } = exchange
  const field = readField(exchange.pathParam('tag'))
  const range = readRange(params, doors.nowMs())
  const known = field.kind === 'intrinsic' ? knownValues(field.name) : undefined
  if (known) return known
  const query = params.get('q').trim()
  const values = /^\{?\s*\}?$/.test(query)
    ? await allValues(doors, exchange, field, range)
    : await valuesUnder(doors, exchange, field, range, query)
  const unique = new Map(
    values.flatMap(toJson).map((value) => [`${value.type} ${value.value}`, value]),
  )
  return [...unique.values()].slice(0, MAX_VALUES)
}

/** `.name`, `span.name`, `name`, `span:name`: a name that is no field is an attribute of any scope. */
function readField(tag: string): Field {
  for (const text of [tag, `."${tag.replaceAll(/[\\"]/g, (char) => `\\${char}`)}"`]) {
    try {
      const { body } = readQuery(`{ ${text} != nil }`)
      const [stage] = body.kind === 'pipeline' ? body.stages : []
      const condition = stage?.kind === 'spanset_filter' ? stage.condition : undefined
      const operand = condition?.kind === 'exists' ? condition.operand : undefined
      if (operand?.kind === 'attribute' || operand?.kind === 'intrinsic') return operand
    } catch (thrown) {
      if (!(thrown instanceof Problem)) throw thrown
    }
  }
  throw new Problem('bad_data', `invalid tag ${JSON.stringify(tag.slice(0, 100))}`)
}

function knownValues(name: string): readonly TagValueJson[] | undefined {
  const words = name === 'status' ? STATUSES : name === 'kind' ? KINDS : undefined
  return words?.map((value) => ({ type: 'keyword', value }))
}

async function allValues(
  { source }: TagDoors,
  { signal }: Exchange,
  field: Field,
  range: SpanRange,
): Promise<readonly FieldValue[]> {
  const options = { signal, limit: MAX_VALUES }
  if (field.kind === 'intrinsic') {
    if (field.name === 'rootServiceName')
      return resourceValues(source.resources(range), 'service.name')
    const column = field.name === 'statusMessage' ? 'message' : 'name'
    if (!['name', 'rootName', 'statusMessage'].includes(field.name)) return []
    const texts = await source.values({ column }, range, options)
    return texts.map((value) => ({ type: 'string', value }))
  }
  const ofResources =
    field.scope === 'span' ? [] : resourceValues(source.resources(range), field.name)
  if (field.scope === 'resource') return ofResources
  const ofSpans = await source.values({ attribute: field.name }, range, options)
  return [...ofResources, ...ofSpans.map(decode)]
}

function resourceValues(
  resources: ReturnType<TempoDoors['source']['resources']>,
  name: string,
): readonly FieldValue[] {
  const texts = new Set(resources.map((labels) => labels.get(name) ?? ''))
  return [...texts].filter((text) => text !== '').map(decode)
}

function decode(text: string): FieldValue {
  const value = decodeAttribute(text)
  return value.type === 'bytes' || value.type === 'json'
    ? { type: 'string', value: value.value }
    : value
}

/** The values of the spans that a query finds. */
async function valuesUnder(
  { source }: TagDoors,
  { signal }: Exchange,
  field: Field,
  range: SpanRange,
  query: string,
): Promise<readonly FieldValue[]> {
  const { body } = readQuery(query)
  if (body.kind !== 'pipeline') throw new Problem('bad_data', 'only searches narrow down values')
  const options = {
    ...{ range, limit: SAMPLED_TRACES, maxSpans: MAX_SEARCH_SPANS, signal },
    alsoRead: [field],
  }
  const { found } = await searchTraces(source, body, options)
  return found.flatMap(({ trace, spansets }) =>
    spansets.flatMap(({ rows }) =>
      Array.from(rows, (row) => trace.fieldOf(row, field)).filter((value) => value !== undefined),
    ),
  )
}

function toJson(value: FieldValue): readonly TagValueJson[] {
  if (isList(value)) return elementsOf(value).flatMap(toJson)
  const type = WORDS[value.type] ?? value.type
  return [{ type, value: String(value.value) }]
}
