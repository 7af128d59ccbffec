import type { DetectedLabelsJson } from '../../contract/loki-detected.ts'
import { parseGoFloat } from '../../formats/go-float.ts'
import type { Matcher } from '../../model/matcher.ts'
import { boundSpan } from '../../query/logs/limit-logql.ts'
import type { StreamQuery } from '../../store/lines-source.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { readBounds, readOrderedBounds } from './decode-params.ts'
import type { LokiDoors } from './doors.ts'
import { guarded, jsonAnswer } from './respond.ts'

type LabelDoors = Pick<LokiDoors, 'logql' | 'source' | 'log' | 'limits' | 'nowMs'>

/** Most streams that one answer lists. */
const MAX_SERIES = 10_000

/** `labels`, `label/{name}/values`, `series` and `detected_labels`, with the older paths of the first two. */
export function labelRoutes(doors: LabelDoors): Route[] {
  const route = (path: string, handle: (exchange: Exchange) => Answer): Route => ({
    methods: ['GET', 'POST'],
    path,
    permission: 'logs:read',
    handle: guarded(doors.log, path, handle),
  })
  const names = ({ params }: Exchange): Answer => {
    const { values } = doors.source.labelNames(readQuery(doors, params))
    return listAnswer(values)
  }
  const values = (exchange: Exchange): Answer => {
    const query = readQuery(doors, exchange.params)
    return listAnswer(doors.source.labelValues(exchange.pathParam('name'), query).values)
  }
  return [
    route('/loki/api/v1/labels', names),
    route('/loki/api/v1/label', names),
    route('/api/prom/label', names),
    route('/loki/api/v1/label/:name/values', values),
    route('/api/prom/label/:name/values', values),
    route('/loki/api/v1/series', ({ params }) => series(doors, params)),
    route('/loki/api/v1/detected_labels', ({ params }) => detectedLabels(doors, params)),
  ]
}

/** As in Loki, an empty list is left out. */
function listAnswer(values: readonly string[]): Answer {
  return jsonAnswer({ status: 'success', ...(values.length > 0 && { data: values }) })
}

function readQuery({ logql, limits, nowMs }: LabelDoors, params: Params): StreamQuery {
  const bounds = boundSpan(readBounds(params, nowMs()), limits(), nowMs())
  const query = params.get('query').trim()
  const selectors = isEverything(query) ? [] : [logql.parseMatchers(query, true)]
  return { selectors, ...bounds, limit: 0 }
}

/** Absent, or `{}`. */
function isEverything(selector: string): boolean {
  return /^(?:\{\s*\})?$/.test(selector)
}

function series({ logql, source, limits, nowMs }: LabelDoors, params: Params): Answer {
  const bounds = boundSpan(readBounds(params, nowMs()), limits(), nowMs())
  const texts = [...new Set([...params.all('match'), ...params.all('match[]')])]
  const asksAll = texts.length <= 1 && isEverything((texts[0] ?? '').replaceAll(' ', ''))
  const selectors: (readonly Matcher[])[] = asksAll
    ? []
    : texts.map((text) => logql.parseMatchers(text, false))
  const found = source.streams({ selectors, ...bounds, limit: MAX_SERIES })
  return jsonAnswer({ status: 'success', data: found.values.map((labels) => labels.toObject()) })
}

/** Labels that are offered whatever their values look like (querier.go, DetectedLabels). */
const STATIC_LABELS = new Set(['cluster', 'namespace', 'instance', 'pod'])

/** Labels to choose from: without those whose values are all numbers or ids. */
function detectedLabels(doors: LabelDoors, params: Params): Answer {
  readOrderedBounds(params, doors.nowMs())
  const query = readQuery(doors, params)
  const detected: { label: string; cardinality: number }[] = []
  for (const label of doors.source.labelNames(query).values) {
    const { values } = doors.source.labelValues(label, query)
    const isUseful = STATIC_LABELS.has(label) || isFlag(values) || !values.every(isIdentifier)
    if (values.length > 0 && isUseful) detected.push({ label, cardinality: values.length })
  }
  const answer: DetectedLabelsJson = { detectedLabels: detected }
  return jsonAnswer(answer)
}

/** 0 and 1 are no ids. */
function isFlag(values: readonly string[]): boolean {
  return values.every((value) => value === '0' || value === '1')
}

function isIdentifier(value: string): boolean {
  if (parseGoFloat(value) !== undefined) return true
  return /^(?:urn:uuid:|\{)?[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}\}?$/i.test(
    value,
  )
}
