import type { OtlpMetric } from '../../model/otlp-metrics.ts'

/** Units of UCUM as OpenMetrics names them. */
const UNITS: ReadonlyMap<string, string> = new Map([
  ...([
    ['d', 'days'],
    ['h', 'hours'],
    ['min', 'minutes'],
    ['s', 'seconds'],
    ['ms', 'milliseconds'],
    ['us', 'microseconds'],
    ['ns', 'nanoseconds'],
  ] as const),
  ...([
    ['By', 'bytes'],
    ['KiBy', 'kibibytes'],
    ['MiBy', 'mebibytes'],
    ['GiBy', 'gibibytes'],
    ['TiBy', 'tibibytes'],
    ['KBy', 'kilobytes'],
    ['MBy', 'megabytes'],
    ['GBy', 'gigabytes'],
    ['TBy', 'terabytes'],
  ] as const),
  ...([
    ['m', 'meters'],
    ['V', 'volts'],
    ['A', 'amperes'],
    ['J', 'joules'],
    ['W', 'watts'],
    ['g', 'grams'],
    ['Cel', 'celsius'],
    ['Hz', 'hertz'],
    ['1', ''],
    ['%', 'percent'],
  ] as const),
])

/** What stands behind a unit's stroke. */
const PER_UNITS: ReadonlyMap<string, string> = new Map([
  ['s', 'second'],
  ['m', 'minute'],
  ['h', 'hour'],
  ['d', 'day'],
  ['w', 'week'],
  ['mo', 'month'],
  ['y', 'year'],
])

export interface MetricNaming {
  /** Characters outside of Prometheus's classic set become underscores. */
  readonly escapes: boolean
  /** Units and types are added behind names. */
  readonly addsSuffixes: boolean
}

type Named = Pick<OtlpMetric, 'name' | 'unit' | 'kind' | 'isMonotonic'>

/**
 * The name that a metric has in Prometheus (prometheus/otlptranslator, `MetricNamer`). Undefined when nothing of it is left but underscores.
 */
export function metricNameOf(
  metric: Named,
  { escapes, addsSuffixes }: MetricNaming,
): string | undefined {
  const { name } = metric
  if (!escapes) {
    const built = addsSuffixes ? suffixedName(metric) : name
    return built === '' ? undefined : built
  }
  const built = addsSuffixes ? normalName(metric) : underDigit(joined(name, /[^a-zA-Z0-9:_]+/))
  if (built === '') return undefined
  return built !== name && /^_+$/.test(built) ? undefined : built
}

/** The unit of a metric as metadata tells it, e.g. `seconds`, `bytes_per_second`. */
export function unitNameOf(unit: string): string {
  const { main, per } = splitUnit(unit)
  const parts = [cleanUnit(main), cleanUnit(per)].filter((part) => part !== '')
  return parts.join('_').replace(/^_/, '').replace(/_$/, '')
}

function isCounter({ kind, isMonotonic }: Named): boolean {
  return kind === 'sum' && isMonotonic
}

/** Of gauges only: there are senders that count things in the unit `1`. */
function isRatio({ kind, unit }: Named): boolean {
  return kind === 'gauge' && unit === '1'
}

function normalName(metric: Named): string {
  let tokens = metric.name.split(/[^a-zA-Z0-9:]+/).filter((token) => token !== '')
  const { main, per } = splitUnit(metric.unit)
  addUnit(tokens, cleanUnit(main), cleanUnit(per))
  if (isCounter(metric)) tokens = [...tokens.filter((token) => token !== 'total'), 'total']
  if (isRatio(metric)) tokens = [...tokens.filter((token) => token !== 'ratio'), 'ratio']
  return underDigit(tokens.join('_'))
}

function addUnit(tokens: string[], mainUnit: string, perUnit: string): void {
  let main = tokens.includes(mainUnit) ? '' : mainUnit
  let per = perUnit === 'per_' ? '' : perUnit.replace(/_$/, '')
  if (tokens.includes(per)) per = ''
  if (per !== '') main = main.replace(/_$/, '')
  if (main !== '') tokens.push(main)
  if (per !== '') tokens.push(per)
}

/** A name with all its characters, and the suffixes that it does not have yet. */
function suffixedName(metric: Named): string {
  let { name } = metric
  let suffix = ''
  if (isRatio(metric)) {
    name = withoutSuffix(name, 'ratio')
    suffix = '_ratio'
  }
  if (isCounter(metric)) {
    name = withoutSuffix(name, 'total')
    suffix = '_total'
  }
  const { main, per } = splitUnit(metric.unit)
  if (per !== '') {
    name = withoutSuffix(name, per)
    suffix = `_${per}${suffix}`
  }
  if (main !== '' && !name.endsWith(main)) name = `${name}_${main}`
  return name + suffix
}

/** The suffix goes with the character before it. */
function withoutSuffix(name: string, suffix: string): string {
  const cut = name.length - suffix.length - 1
  return name.endsWith(suffix) && cut > 0 ? name.slice(0, cut) : name
}

function splitUnit(unit: string): { readonly main: string; readonly per: string } {
  const stroke = unit.indexOf('/')
  const main = (stroke < 0 ? unit : unit.slice(0, stroke)).trim()
  const per = stroke < 0 ? '' : unit.slice(stroke + 1).trim()
  // What stands in braces are annotations, e.g. `{request}`.
  const named = /[{}]/.test(main) ? '' : (UNITS.get(main) ?? main)
  const perNamed = /[{}]/.test(per) ? '' : (PER_UNITS.get(per) ?? per)
  return { main: named, per: perNamed === '' ? '' : `per_${perNamed}` }
}

function cleanUnit(unit: string): string {
  return unit
    .replace(/[^a-zA-Z0-9:]/gu, '_')
    .replace(/_+/g, '_')
    .replace(/^_/, '')
}

function joined(name: string, separator: RegExp): string {
  return name
    .split(separator)
    .filter((token) => token !== '')
    .join('_')
}

function underDigit(name: string): string {
  return /^[0-9]/.test(name) ? `_${name}` : name
}
