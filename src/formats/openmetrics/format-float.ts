import { formatExponent } from '../go-float.ts'

/**
 * A number in the canonical form of OpenMetrics, as Go writes it with `%g` and with `.0` where there would be neither a point
 * nor an exponent: `1.0`, `0.25`, `1e+06`, `+Inf`. Prometheus gives `le` and `quantile` labels this form (FormatOpenMetricsFloat).
 */
export function formatOpenMetricsFloat(value: number): string {
  if (Number.isNaN(value)) return 'NaN'
  if (!Number.isFinite(value)) return value > 0 ? '+Inf' : '-Inf'
  if (value === 0) return '0.0'
  const exponential = formatExponent(value)
  const exponent = Number(exponential.slice(exponential.indexOf('e') + 1))
  if (exponent < -4 || exponent >= 6) return exponential
  const text = String(value)
  return text.includes('.') ? text : `${text}.0`
}
