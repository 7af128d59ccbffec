import { printable } from './printable.ts'

export type Metric = Readonly<Record<string, string>>

const PLAIN_METRIC = /^[a-zA-Z_:][a-zA-Z0-9_:]*$/
const PLAIN_LABEL = /^[a-zA-Z_][a-zA-Z0-9_]*$/

/** `name{label="value"}` as PromQL writes it, in one line that is safe for a terminal. */
export function seriesName(metric: Metric): string {
  const name = metric['__name__'] ?? ''
  const isPlain = name === '' || PLAIN_METRIC.test(name)
  const labels = Object.entries(metric)
    .filter(([label]) => label !== '__name__')
    .map(([label, value]) => `${PLAIN_LABEL.test(label) ? label : quote(label)}=${quote(value)}`)
  const inner = isPlain ? labels : [quote(name), ...labels]
  if (inner.length === 0) return isPlain && name !== '' ? name : '{}'
  return `${isPlain ? name : ''}{${inner.join(', ')}}`
}

/** Names of several series, without what all of them have in common. */
export interface NamedApart {
  /** What is common, as a series is written; '' when nothing is. */
  readonly common: string
  /** In the order given. */
  readonly names: readonly string[]
}

/** Splits what all series share from what tells them apart, so that a legend stays short. One series keeps its whole name. */
export function nameApart(metrics: readonly Metric[]): NamedApart {
  const [first] = metrics
  if (first === undefined || metrics.length === 1)
    return { common: '', names: metrics.map(seriesName) }
  const shared = Object.entries(first).filter(([label, value]) =>
    metrics.every((metric) => metric[label] === value),
  )
  const isShared = new Set(shared.map(([label]) => label))
  const names = metrics.map((metric) =>
    seriesName(
      Object.fromEntries(Object.entries(metric).filter(([label]) => !isShared.has(label))),
    ),
  )
  return { common: shared.length === 0 ? '' : seriesName(Object.fromEntries(shared)), names }
}

function quote(text: string): string {
  const escaped = text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')
  return `"${printable(escaped)}"`
}
