import { quoteString } from '../../model/go-notation.ts'
import { LogfmtDecoder } from '../logql/pipeline/logfmt-decoder.ts'
import { listOf, textOf, type JsonObject } from './json-value.ts'

/**
 * The filters of Grafana's form of search (`queryType: traceqlSearch`) as TraceQL: each has `scope`, `tag`, `operator`, `value` (one or
 * several) and `valueType`. Those without a value are left out, as Grafana does.
 */
export function filtersToTraceql(filters: readonly JsonObject[]): string {
  const conditions = filters.flatMap(conditionOf)
  return conditions.length === 0 ? '{}' : `{${conditions.join(' && ')}}`
}

function conditionOf(filter: JsonObject): string[] {
  const field = fieldOf(filter)
  const operator = textOf(filter['operator']) ?? '='
  const written = filter['value']
  const values = Array.isArray(written) ? listOf(written) : [written]
  const texts = values.map(textOf).filter((text) => text !== undefined && text !== '')
  if (field === undefined || texts.length === 0) return []
  const [first = ''] = texts
  const isText = (textOf(filter['valueType']) ?? 'string') === 'string'
  if (texts.length > 1) {
    const several = operator === '!=' || operator === '!~' ? '!~' : '=~'
    if (isText) return [`${field}${several}${quoteString(texts.join('|'))}`]
    const [word, joint] = several === '!~' ? ['!=', ' && '] : ['=', ' || ']
    return [`(${texts.map((text) => `${field}${word}${text}`).join(joint)})`]
  }
  return [`${field}${operator}${isText ? quoteString(first) : first}`]
}

function fieldOf(filter: JsonObject): string | undefined {
  const tag = textOf(filter['tag']) ?? ''
  if (tag === '') return undefined
  if (tag === 'duration' && filter['isCustomValue'] !== true) {
    const isOfTrace = textOf(filter['id']) === 'duration-type-trace'
    return isOfTrace ? 'traceDuration' : 'duration'
  }
  const scope = textOf(filter['scope']) ?? ''
  if (scope === 'intrinsic') return tag
  return scope === '' || scope === 'unscoped' ? `.${tag}` : `${scope}.${tag}`
}

/** The older form (`queryType: nativeSearch`): service, name, attributes as logfmt, and bounds of the duration. */
export function nativeSearchToTraceql(query: JsonObject): string {
  const text = (name: string): string => (textOf(query[name]) ?? '').trim()
  const conditions: string[] = []
  const add = (field: string, operator: string, value: string): void => {
    if (value !== '') conditions.push(`${field}${operator}${value}`)
  }
  const quoted = (value: string): string => (value === '' ? '' : quoteString(value))
  add('resource.service.name', '=', quoted(text('serviceName')))
  add('name', '=', quoted(text('spanName')))
  const logfmt = new LogfmtDecoder()
  logfmt.begin(text('search'))
  while (logfmt.next()) conditions.push(tagCondition(logfmt.key, logfmt.value))
  add('duration', '>=', text('minDuration'))
  add('duration', '<=', text('maxDuration'))
  return conditions.length === 0 ? '{}' : `{${conditions.join(' && ')}}`
}

/** What looks like a number or a truth may be one or a text. */
function tagCondition(key: string, value: string): string {
  const field = `.${JSON.stringify(key)}`
  const asText = `${field}=${quoteString(value)}`
  const isOther = /^(?:-?[0-9]{1,18}|-?[0-9]+\.[0-9]+|true|false)$/.test(value)
  return isOther ? `(${asText} || ${field}=${value})` : asText
}
