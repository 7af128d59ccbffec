import type { Metric } from '../../model/metric-family.ts'

const CLASSIC_NAME = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const CLASSIC_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/
const NEEDS_ESCAPE = /[\\"\n]/

/** A number as both formats read it: the shortest digits that read back the same. */
export function formatValue(value: number): string {
  if (Number.isFinite(value)) return Object.is(value, -0) ? '-0' : String(value)
  return Number.isNaN(value) ? 'NaN' : value > 0 ? '+Inf' : '-Inf'
}

/** A metric or label name as a metadata line or a label writes it: outside the classic characters in quotes. */
export function formatMetricName(name: string): string {
  return CLASSIC_NAME.test(name) ? name : quote(name)
}

/**
 * A series as both formats write it. Labels with an empty value are left out; a name outside the classic characters goes into
 * the braces. `valueOf` may rewrite a label's value.
 */
export function formatSeries(
  name: string,
  metric: Metric,
  valueOf: (label: string, value: string) => string = (_, value) => value,
): string {
  const isClassic = CLASSIC_NAME.test(name)
  let body = isClassic ? '' : quote(name)
  const { labels } = metric
  for (let i = 0; i < labels.length; i += 2) {
    const label = labels[i] as string
    const value = labels[i + 1] as string
    if (value === '') continue
    if (body !== '') body += ','
    body += CLASSIC_LABEL.test(label) ? label : quote(label)
    body += `=${quote(valueOf(label, value))}`
  }
  if (body === '') return name
  return isClassic ? `${name}{${body}}` : `{${body}}`
}

function quote(text: string): string {
  return NEEDS_ESCAPE.test(text) ? `"${escapeText(text).replaceAll('"', '\\"')}"` : `"${text}"`
}

/** Backslashes and line breaks escaped, as in HELP texts of the text format. */
export function escapeText(text: string): string {
  return text.replaceAll('\\', '\\\\').replaceAll('\n', '\\n')
}
