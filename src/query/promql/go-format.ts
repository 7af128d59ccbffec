/**
 * Numbers and label sets written as Prometheus writes them in its messages, which are made with Go's `fmt` and `strconv`;
 * beside model/go-notation.ts, what only evaluation needs.
 */
import { formatFloat, quoteString } from '../../model/go-notation.ts'
import type { Labels } from '../../model/labels.ts'

function goExponent(text: string): string {
  return text.replace(/e([+-])(\d)$/, 'e$10$2')
}

/** `%g` (strconv.FormatFloat 'g', -1): the shortest digits, with an exponent below 1e-4 and from 1e+06 on. */
export function formatG(value: number): string {
  const size = Math.abs(value)
  if (!Number.isFinite(value) || value === 0 || (size >= 1e-4 && size < 1e6))
    return formatFloat(value)
  return goExponent(value.toExponential())
}

/** `%.<precision>g`. */
export function formatGPrecision(value: number, precision: number): string {
  if (!Number.isFinite(value) || value === 0) return formatFloat(value)
  const rounded = value.toExponential(precision - 1)
  const exponent = Number(rounded.slice(rounded.indexOf('e') + 1))
  if (exponent < -4 || exponent >= precision) return goExponent(rounded.replace(/\.?0*e/, 'e'))
  return formatFloat(Number(rounded))
}

/** `labels.FormatOpenMetricsFloat`: as %g, but always recognisable as a float (`1.0`). */
export function formatOpenMetricsFloat(value: number): string {
  const text = formatG(value)
  return /[.eNI]/.test(text) ? text : `${text}.0`
}

const HEX_FLOAT = /^([+-]?)0x([0-9a-f]*)\.?([0-9a-f]*)(?:p([+-]?[0-9]+))?$/i

/** `strconv.ParseFloat(text, 64)`, or undefined where that returns a syntax error. */
export function parseGoFloat(text: string): number | undefined {
  if (/^[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:e[+-]?[0-9]+)?$/i.test(text)) return Number(text)
  if (/^[+-]?inf(?:inity)?$/i.test(text)) return text.startsWith('-') ? -Infinity : Infinity
  if (/^[+-]?nan$/i.test(text)) return NaN
  const hex = HEX_FLOAT.exec(text)
  if (hex === null || `${hex[2]}${hex[3]}` === '' || hex[4] === undefined) return undefined
  const mantissa = Number.parseInt(`${hex[2]}${hex[3]}`, 16)
  const scaled = mantissa * 2 ** (Number(hex[4]) - 4 * (hex[3] as string).length)
  return hex[1] === '-' ? -scaled : scaled
}

/** `labels.Labels.String`: the metric name is shown inside the braces like any other label. */
export function formatLabelSet(labels: Labels): string {
  const parts: string[] = []
  const flat = labels.flat
  for (let i = 0; i < flat.length; i += 2) {
    const name = flat[i] as string
    const shown = /^[a-zA-Z_][a-zA-Z0-9_]*$/.test(name) ? name : quoteString(name)
    parts.push(`${shown}=${quoteString(flat[i + 1] as string)}`)
  }
  return `{${parts.join(', ')}}`
}
