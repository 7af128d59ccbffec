import type { MetadataJson, TargetMetadataJson } from '../../contract/prometheus.ts'
import { parseGoInt } from '../../formats/go-float.ts'
import type { Labels } from '../../model/labels.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { MetricMetadata } from '../../model/samples.ts'
import type { Limited, NameQuery } from '../../store/metrics-source.ts'
import type { Exchange } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer, Pieces } from '../send.ts'
import {
  invalidParam,
  MAX_TIME_MS,
  MIN_TIME_MS,
  parseMatchers,
  readLimit,
  readSelectors,
  readTime,
} from './decode-params.ts'
import type { PrometheusDoors } from './doors.ts'
import { encodeLabels } from './encode-result.ts'
import { decodeLabelName, isLabelName } from './label-name.ts'
import { success, successBody, TRUNCATED, type ApiRoute } from './respond.ts'

type MetadataDoors = Pick<PrometheusDoors, 'source' | 'limits' | 'targets'>

export function metadataRoutes(doors: MetadataDoors): ApiRoute[] {
  const both = ['GET', 'POST'] as const
  const get = ['GET'] as const
  return [
    { methods: both, path: '/labels', handle: (exchange) => labelNames(doors, exchange) },
    {
      methods: get,
      path: '/label/:name/values',
      handle: (exchange) => labelValues(doors, exchange),
    },
    { methods: both, path: '/series', handle: (exchange) => series(doors, exchange) },
    { methods: get, path: '/metadata', handle: ({ params }) => metadata(doors, params) },
    {
      methods: get,
      path: '/targets/metadata',
      handle: ({ params }) => targetMetadata(doors, params),
    },
  ]
}

async function labelNames(doors: MetadataDoors, { params, signal }: Exchange): Promise<Answer> {
  const query = readNameQuery(params, readSelectors)
  const names = await doors.source.labelNames(query, { ...doors.limits, signal })
  return successBody(encodeList(names, (name) => JSON.stringify(name)))
}

async function labelValues(doors: MetadataDoors, exchange: Exchange): Promise<Answer> {
  const { params, signal } = exchange
  const name = decodeLabelName(exchange.pathParam('name'))
  if (!isLabelName(name)) {
    throw new Problem('bad_data', `invalid label name: ${JSON.stringify(name)}`)
  }
  const query = readNameQuery(params, readSelectors)
  const values = await doors.source.labelValues(name, query, { ...doors.limits, signal })
  return successBody(encodeList(values, (value) => JSON.stringify(value)))
}

async function series(doors: MetadataDoors, { params, signal }: Exchange): Promise<Answer> {
  if (params.all('match[]').length === 0) {
    throw new Problem('bad_data', 'no match[] parameter provided')
  }
  const query = readNameQuery(params, (texts) => {
    try {
      return readSelectors(texts)
    } catch (thrown) {
      // Only this endpoint names the parameter in front of the reason.
      throw invalidParam('match[]', messageOf(thrown))
    }
  })
  const found = await doors.source.series(query, { ...doors.limits, signal })
  return successBody(encodeList(found, encodeLabels))
}

function readNameQuery(
  params: Params,
  read: (texts: readonly string[]) => NameQuery['selectors'],
): NameQuery {
  const limit = readLimit(params)
  const startMs = readTime(params, 'start', MIN_TIME_MS)
  const endMs = readTime(params, 'end', MAX_TIME_MS)
  return { limit, startMs, endMs, selectors: read(params.all('match[]')) }
}

/** About a millisecond of work. */
const PIECE_LENGTH = 64 * 1024

/** The answer with a list as its data, in pieces. */
function* encodeList<T>({ values, truncated }: Limited<T>, encode: (value: T) => string): Pieces {
  let out = '{"status":"success","data":['
  let separator = ''
  for (const value of values) {
    out += separator + encode(value)
    separator = ','
    if (out.length < PIECE_LENGTH) continue
    yield out
    out = ''
  }
  yield `${out}]${truncated ? `,"warnings":[${JSON.stringify(TRUNCATED)}]` : ''}}`
}

function metadata({ source }: MetadataDoors, params: Params): Answer {
  const limit = readNumber(params, 'limit')
  const limitPerMetric = readNumber(params, 'limit_per_metric')
  // As the original: here 0 means none, and a negative number means all.
  if (limit === 0) return success({})
  const found = source.metadata(
    params.get('metric'),
    Math.max(0, limit),
    Math.max(0, limitPerMetric),
  )
  const data: MetadataJson = Object.fromEntries(
    [...found].map(([family, entries]) => [family, entries.map(metadataEntry)]),
  )
  return success(data)
}

/** -1 when absent. */
function readNumber(params: Params, name: string): number {
  const text = params.get(name)
  if (text === '') return -1
  const value = parseGoInt(text)
  if (typeof value !== 'number') throw new Problem('bad_data', `${name} must be a number`)
  return value
}

function metadataEntry({ type, help, unit }: MetricMetadata) {
  return { type, help, unit }
}

function targetMetadata({ targets }: MetadataDoors, params: Params): Answer {
  const limit = readNumber(params, 'limit')
  const isWanted = readTargetMatch(params)
  const metric = params.get('metric')
  const data: TargetMetadataJson[] = []
  for (const { target, metadata: entries } of targets.metadata()) {
    if (limit >= 0 && data.length >= limit) break
    if (!isWanted(target)) continue
    const labels = target.toObject()
    for (const entry of entries) {
      if (metric === '')
        data.push({ target: labels, metric: entry.family, ...metadataEntry(entry) })
      else if (metric === entry.family) data.push({ target: labels, ...metadataEntry(entry) })
    }
  }
  return success(data)
}

function readTargetMatch(params: Params): (target: Labels) => boolean {
  const text = params.get('match_target')
  if (text === '') return () => true
  try {
    const matchers = parseMatchers(text)
    return (target) => matchers.every((m) => m.matches(target.get(m.name)))
  } catch (thrown) {
    throw invalidParam('match_target', messageOf(thrown))
  }
}
