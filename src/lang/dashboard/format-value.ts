import { formatDate } from './format-date.ts'
import { filledText } from './json-value.ts'
import type { ScopeValue } from './scope.ts'

/** Writes a value into a query of some language, where the text names no format. */
export type ValueFormat = (value: ScopeValue) => string

type Value = ScopeValue['value']

/**
 * A value in a format of Grafana's: `csv`, `regex`, `date:YYYY-MM`, … Arguments follow after colons; an unknown format is
 * `glob`. Rules: Grafana's variable formats (its documentation, "Advanced variable format options").
 */
export function formatValue(scopeValue: ScopeValue, format: string, zone: string): string {
  const [name = '', ...args] = format.split(':')
  const { value } = scopeValue
  switch (name) {
    case 'raw':
      return String(value)
    case 'regex':
      return formatRegex(value)
    case 'pipe':
      return join(value, '|')
    case 'csv':
      return join(value, ',')
    case 'join':
      return join(value, args[0] ?? ',')
    case 'json':
      return typeof value === 'string' ? value : JSON.stringify(value)
    case 'distributed':
      return isList(value)
        ? value.map((one, i) => (i === 0 ? one : `${scopeValue.name}=${one}`)).join(',')
        : String(value)
    case 'lucene':
      return formatLucene(value)
    case 'html':
      return escapeHtml(join(value, ', '))
    case 'percentencode':
      return encodeStrict(isList(value) ? `{${value.join(',')}}` : String(value))
    case 'uriencode':
      return strictly(encodeURI(isList(value) ? `{${value.join(',')}}` : String(value)))
    case 'singlequote':
      return quoteEach(value, "'", (text) => text.replaceAll("'", String.raw`\'`))
    case 'doublequote':
      return quoteEach(value, '"', (text) => text.replaceAll('"', String.raw`\"`))
    case 'sqlstring':
      return quoteEach(value, "'", (text) =>
        text.replaceAll("'", "''").replaceAll('"', String.raw`\"`),
      )
    case 'date':
      return formatAsDate(value, args, zone)
    case 'text':
      return scopeValue.text
    case 'queryparam':
      return formatQueryParam(scopeValue, `var-${scopeValue.name}`, '')
    case 'customqueryparam':
      return formatQueryParam(
        { ...scopeValue, urlValue: isList(value) ? value : String(value) },
        encodeStrict(filledText(args[0]) ?? scopeValue.name),
        args[1] ?? '',
      )
    default:
      return isList(value) && value.length > 1 ? `{${value.join(',')}}` : String(value)
  }
}

function isList(value: Value): value is readonly string[] {
  return Array.isArray(value)
}

function join(value: Value, separator: string): string {
  return isList(value) ? value.join(separator) : String(value)
}

const META = /[\\^$*+?.()|[\]{}/]/g

function formatRegex(value: Value): string {
  if (!isList(value)) return String(value).replaceAll(META, String.raw`\$&`)
  const escaped = value.map((one) => one.replaceAll(META, String.raw`\$&`))
  return escaped.length === 1 ? (escaped[0] ?? '') : `(${escaped.join('|')})`
}

function formatLucene(value: Value): string {
  if (!isList(value)) return escapeLucene(String(value))
  if (value.length === 0) return '__empty__'
  return `(${value.map((one) => `"${escapeLucene(one)}"`).join(' OR ')})`
}

function escapeLucene(text: string): string {
  if (text.trim() !== '' && !Number.isNaN(Number(text))) return text
  return text.replaceAll(/[!*+\-=<>\s&|()[\]{}^~?:\\/"]/g, String.raw`\$&`)
}

function escapeHtml(text: string): string {
  return text
    .replaceAll('&', '&amp;')
    .replaceAll('<', '&lt;')
    .replaceAll('>', '&gt;')
    .replaceAll("'", '&#39;')
    .replaceAll('"', '&quot;')
}

function quoteEach(value: Value, quote: string, escape: (text: string) => string): string {
  const all = isList(value) ? value : [String(value)]
  return all.map((one) => quote + escape(one) + quote).join(',')
}

function formatAsDate(value: Value, args: readonly string[], zone: string): string {
  const timestampMs = Number.parseInt(isList(value) ? (value[0] ?? '') : String(value), 10)
  if (Number.isNaN(timestampMs)) return 'NaN'
  const style = args.length === 0 ? 'iso' : args.join(':')
  if (style === 'ms') return String(timestampMs)
  if (style === 'seconds') return String(Math.round(timestampMs / 1000))
  if (style === 'iso') return new Date(timestampMs).toISOString()
  return formatDate(timestampMs, style, zone)
}

/** `a=x&a=y`: how a value stands in the address of a page. */
export function formatQueryParam(scopeValue: ScopeValue, key: string, prefix: string): string {
  const value = scopeValue.urlValue ?? scopeValue.value
  const all = isList(value) ? value : [String(value)]
  return all.map((one) => `${key}=${encodeStrict(prefix)}${encodeStrict(one)}`).join('&')
}

/** As RFC 3986 has it: `!'()*` are encoded too. */
function encodeStrict(text: string): string {
  return strictly(encodeURIComponent(text))
}

function strictly(encoded: string): string {
  return encoded.replaceAll(
    /[!'()*]/g,
    (char) => `%${(char.codePointAt(0) ?? 0).toString(16).toUpperCase()}`,
  )
}

/**
 * Into a PromQL string. A variable of one value is escaped as the string's content; one that may have several, or All, is a
 * regular expression of its values within the string, so each metacharacter is escaped twice.
 */
export function formatForPromql(scopeValue: ScopeValue): string {
  return formatForSelector(scopeValue, (patterns) => `(${patterns.join('|')})`)
}

/** Into a LogQL string: as PromQL, but several values are not put in parentheses. */
export function formatForLogql(scopeValue: ScopeValue): string {
  return formatForSelector(scopeValue, (patterns) => patterns.join('|'))
}

/** Into TraceQL: several values as alternatives of a regular expression, as Grafana writes them. */
export function formatForTraceql({ value }: ScopeValue): string {
  return isList(value) ? value.map(escapeText).join('|') : escapeText(String(value))
}

function formatForSelector(
  { value, isPattern }: ScopeValue,
  combine: (patterns: string[]) => string,
): string {
  if (typeof value === 'number') return String(value)
  if (!isPattern) return escapeText(isList(value) ? (value[0] ?? '') : value)
  if (!isList(value)) return escapePattern(value)
  const patterns = value.map(escapePattern)
  return patterns.length === 1 ? (patterns[0] ?? '') : combine(patterns)
}

function escapeText(text: string): string {
  // A whole matcher as the value (`job="x"`) keeps its quotes.
  if (/^\w+(=|!=|=~|!~)".*"$/s.test(text)) return text
  return text.replaceAll('\\', String.raw`\\`).replaceAll('"', String.raw`\"`)
}

function escapePattern(text: string): string {
  return text
    .replaceAll('\\', String.raw`\\\\`)
    .replaceAll('"', String.raw`\\\"`)
    .replaceAll(/[$^*{}[\]'+?.()|]/g, String.raw`\\$&`)
}
