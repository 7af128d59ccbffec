import { isObject, listOf, numberOf, objectsOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'

/** What a query variable asks its source. Selectors and queries are in the source's language, variables filled in. */
export type MetricFind =
  | { readonly kind: 'label names'; readonly selector?: string }
  | { readonly kind: 'label values'; readonly label: string; readonly selector?: string }
  | { readonly kind: 'metric names'; readonly pattern: string }
  | { readonly kind: 'query result'; readonly query: string }
  | { readonly kind: 'series'; readonly selector: string }
  | { readonly kind: 'nothing' }

/**
 * Reads the query of a variable of Prometheus or Loki: `label_values(up, job)`, `label_names()`, `metrics(pattern)`,
 * `query_result(expr)`, or a bare selector (the series it fits).
 */
export function parseMetricFind(query: string): MetricFind {
  const text = query.trim()
  const call = /^(label_names|label_values|metrics|query_result)\((.*)\)$/s.exec(text)
  if (!call) return text === '' ? { kind: 'nothing' } : { kind: 'series', selector: text }
  const inner = (call[2] ?? '').trim()
  switch (call[1]) {
    case 'label_names':
      return inner === ''
        ? { kind: 'label names' }
        : { kind: 'label names', selector: `{__name__=~".*${inner}.*"}` }
    case 'metrics':
      return inner === '' ? { kind: 'nothing' } : { kind: 'metric names', pattern: inner }
    case 'query_result':
      return inner === '' ? { kind: 'nothing' } : { kind: 'query result', query: inner }
    default:
      return parseLabelValues(inner)
  }
}

/** The label is what follows the last comma: selectors have commas of their own. */
function parseLabelValues(inner: string): MetricFind {
  const comma = inner.lastIndexOf(',')
  const selector = inner.slice(0, Math.max(0, comma)).trim()
  const label = unquoteLabel(inner.slice(comma + 1).trim())
  if (label === undefined) return { kind: 'nothing' }
  const isEverything = selector === '' || selector.replaceAll(/\s/g, '') === '{}'
  return isEverything ? { kind: 'label values', label } : { kind: 'label values', label, selector }
}

function unquoteLabel(text: string): string | undefined {
  if (/^[a-zA-Z_][a-zA-Z0-9_]*$/.test(text)) return text
  const quoted = /^"((?:[^"\\]|\\.)+)"$/.exec(text)
  return quoted?.[1]?.replaceAll(/\\(.)/g, '$1')
}

/**
 * The query of a variable as one text, whichever editor wrote it: the text itself, Prometheus's object (which holds the same
 * text in `query`) or Loki's (`type`, `label`, `stream`).
 */
export function queryTextOf(query: string | JsonObject): string {
  if (typeof query === 'string') return query
  const text = textOf(query['query'])
  if (text !== undefined) return text
  const label = textOf(query['label']) ?? ''
  const stream = textOf(query['stream']) ?? ''
  if ('stream' in query || 'type' in query) {
    if (numberOf(query['type']) === 0) return 'label_names()'
    return stream === '' ? `label_values(${label})` : `label_values(${stream}, ${label})`
  }
  return promQueryText(query, label)
}

/** Prometheus's editor without its text: `qryType` 0 to 5 are its kinds in order. */
function promQueryText(query: JsonObject, label: string): string {
  const metric = textOf(query['metric']) ?? ''
  switch (numberOf(query['qryType'])) {
    case 0:
      return `label_names(${textOf(query['match']) ?? ''})`
    case 1: {
      const filters = objectsOf(query['labelFilters']).map(
        (one) =>
          `${textOf(one['label']) ?? ''}${textOf(one['op']) ?? '='}"${textOf(one['value']) ?? ''}"`,
      )
      const selector = `${metric}${filters.length > 0 ? `{${filters.join(',')}}` : ''}`
      return selector === '' ? `label_values(${label})` : `label_values(${selector}, ${label})`
    }
    case 2:
      return `metrics(${metric})`
    case 3:
      return `query_result(${textOf(query['varQuery']) ?? ''})`
    default:
      return textOf(query['seriesQuery']) ?? textOf(query['classicQuery']) ?? ''
  }
}

/** One answer to a query variable, before its regex and order. */
export interface FoundValue {
  readonly text: string
  readonly value: string
}

/**
 * The texts that `query_result(…)` offers, from the `data` of Prometheus's answer to an instant query: `name{a="b"} value
 * timestampMs` each, which the variable's regex takes apart.
 */
export function textsOfQueryResult(data: unknown): FoundValue[] {
  if (!isObject(data)) return []
  const { resultType, result } = data
  if (resultType === 'scalar' || resultType === 'string') {
    const text = Array.isArray(result) ? (textOf(result[1]) ?? '') : ''
    return [{ text, value: text }]
  }
  return objectsOf(result).map((series) => {
    const { __name__: name, ...labels } = isObject(series['metric']) ? series['metric'] : {}
    const written = Object.entries(labels).map(([key, value]) => `${key}="${textOf(value) ?? ''}"`)
    const [seconds, value] = listOf(series['value'])
    const timestampMs = Math.round((numberOf(seconds) ?? 0) * 1000)
    const text = `${textOf(name) ?? ''}{${written.join(',')}} ${textOf(value) ?? ''} ${timestampMs}`
    return { text, value: text }
  })
}
