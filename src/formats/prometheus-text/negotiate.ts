import type { MetricFamily } from '../../model/metric-family.ts'
import { encodeOpenMetrics } from '../openmetrics/encode.ts'
import { encodeText } from './encode.ts'

export const TEXT_CONTENT_TYPE = 'text/plain; version=0.0.4; charset=utf-8'
export const OPENMETRICS_CONTENT_TYPE = 'application/openmetrics-text; version=1.0.0; charset=utf-8'

/** A page in the format that a request's Accept header prefers, and its Content-Type. */
export function encodeForAccept(
  families: readonly MetricFamily[],
  accept: string | undefined,
): { readonly contentType: string; readonly body: string } {
  return prefersOpenMetrics(accept ?? '')
    ? { contentType: OPENMETRICS_CONTENT_TYPE, body: encodeOpenMetrics(families) }
    : { contentType: TEXT_CONTENT_TYPE, body: encodeText(families) }
}

/** OpenMetrics only for those who name it and do not like the text format better; everybody reads that. */
function prefersOpenMetrics(accept: string): boolean {
  let openMetrics = 0
  let text = 0
  for (const range of accept.split(',')) {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase())
    const weight = weightOf(parameters)
    const version = parameters.find((parameter) => parameter.startsWith('version='))?.slice(8)
    const isKnown = version === undefined || version === '1.0.0' || version === '0.0.1'
    if (type === 'application/openmetrics-text' && isKnown) {
      openMetrics = Math.max(openMetrics, weight)
    }
    if (type === 'text/plain') text = Math.max(text, weight)
  }
  return openMetrics > 0 && openMetrics >= text
}

function weightOf(parameters: readonly string[]): number {
  const text = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2)
  if (text === undefined) return 1
  const weight = Number(text)
  return weight >= 0 && weight <= 1 ? weight : 0
}
