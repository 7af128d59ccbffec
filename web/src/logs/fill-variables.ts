/** What the variables of Grafana stand for. */
export interface VariableValues {
  readonly stepMs: number
  readonly rangeMs: number
}

const VARIABLE =
  /\$(?:__(auto|interval|interval_ms|rate_interval|range|range_ms|range_s)\b|\{__(\w+)\})/g

/** The query with Grafana's variables for ranges filled in: `[$__auto]` is the step of a chart, `[$__range]` all of its range. */
export function fillVariables(query: string, { stepMs, rangeMs }: VariableValues): string {
  return query.replaceAll(VARIABLE, (whole: string, bare?: string, braced?: string) => {
    switch (bare ?? braced) {
      case 'auto':
      case 'interval':
      case 'rate_interval':
        return `${stepMs}ms`
      case 'interval_ms':
        return String(stepMs)
      case 'range':
        return `${Math.round(rangeMs / 1000)}s`
      case 'range_s':
        return String(Math.round(rangeMs / 1000))
      case 'range_ms':
        return String(Math.round(rangeMs))
      default:
        return whole
    }
  })
}
