import type { Variable, VariableCurrent, VariableOption } from './model.ts'

/** The value All is saved and written in addresses as. */
export const ALL_VALUE = '$__all'

/** What a name stands for in texts and queries. */
export interface ScopeValue {
  readonly name: string
  /** A list when several may be chosen (and for All), also of one. */
  readonly value: string | number | readonly string[]
  /** What a reader sees: `A + B`, `All`. */
  readonly text: string
  /** Whether several may be chosen or All is offered: then the value is put into regular expressions. */
  readonly isPattern: boolean
  /** All was chosen and stands for this text, which is taken as it is. */
  readonly allValue?: string
  /** What addresses say: `$__all` rather than its values. */
  readonly urlValue?: string | readonly string[]
  /** What `${name.path}` reads. */
  readonly fields?: Readonly<Record<string, unknown>>
}

/** The values of all names that a text may use, by name. Inner scopes are made with `withValues`. */
export type Scope = ReadonlyMap<string, ScopeValue>

/** One plain value under a name. */
export function plainValue(name: string, value: string | number, text?: string): ScopeValue {
  return { name, value, text: text ?? String(value), isPattern: false }
}

/** A scope with more values, which hide those of the same names. */
export function withValues(scope: Scope, values: Iterable<ScopeValue>): Scope {
  const out = new Map(scope)
  for (const value of values) out.set(value.name, value)
  return out
}

/**
 * What a variable stands for.
 * @param current its choice; that saved with the dashboard when left out
 * @param options what it offers at the moment; All stands for these
 */
export function valueOfVariable(
  variable: Variable,
  current: VariableCurrent | undefined,
  options: readonly VariableOption[],
): ScopeValue {
  const { name } = variable
  if (variable.type === 'adhoc') return plainValue(name, '')
  if (variable.type === 'constant') return plainValue(name, variable.query)
  const saved = current ?? variable.current
  if (variable.type === 'textbox') return plainValue(name, firstOf(saved?.value) ?? variable.query)
  const value = saved?.value ?? ''
  const text = textOfCurrent(saved)
  if (!('multi' in variable)) return plainValue(name, firstOf(value) ?? '', text)
  const isPattern = variable.multi || variable.includeAll
  const fields = options.find((option) => option.value === firstOf(value))?.properties
  const common = { name, isPattern, ...(fields ? { fields } : {}) }
  if (!isAll(value)) return { ...common, value, text, urlValue: value }
  return {
    ...common,
    value: options.map((option) => option.value).filter((one) => one !== ALL_VALUE),
    text: 'All',
    urlValue: ALL_VALUE,
    ...(variable.allValue === undefined ? {} : { allValue: variable.allValue }),
  }
}

export function isAll(value: string | readonly string[]): boolean {
  return firstOf(value) === ALL_VALUE
}

function firstOf(value: string | readonly string[] | undefined): string | undefined {
  return typeof value === 'string' ? value : value?.[0]
}

/** What a reader sees as the choice. */
function textOfCurrent(current: VariableCurrent | undefined): string {
  if (!current) return ''
  return typeof current.text === 'string' ? current.text : current.text.join(' + ')
}

/** Each single value of a choice, as a repeated panel's clone has it. */
export function singleValues(value: ScopeValue): ScopeValue[] {
  const all = typeof value.value === 'object' ? value.value : [String(value.value)]
  const texts = value.text.split(' + ')
  const isNamed = texts.length === all.length
  return all
    .filter((one) => one !== '')
    .map((one, index) => ({
      name: value.name,
      value: one,
      text: isNamed ? (texts[index] ?? one) : one,
      isPattern: value.isPattern,
      urlValue: one,
    }))
}

export interface PageFacts {
  readonly fromMs: number
  readonly toMs: number
  /** The dashboard's zone. */
  readonly timezone: string
  readonly dashboard: { readonly uid: string; readonly title: string }
  readonly org: { readonly id: number; readonly name: string }
  readonly user: { readonly id: number; readonly login: string; readonly email: string }
}

/** What Grafana knows by itself on every page: `__from`, `__range`, `__dashboard`, `__user`, … */
export function globalValues(facts: PageFacts): ScopeValue[] {
  const { fromMs, toMs, dashboard, org, user } = facts
  const rangeMs = toMs - fromMs
  const rangeS = Math.round(rangeMs / 1000)
  const zone = facts.timezone === '' ? 'browser' : facts.timezone
  return [
    plainValue('__from', fromMs),
    plainValue('__to', toMs),
    plainValue('__range_ms', rangeMs),
    plainValue('__range_s', rangeS),
    plainValue('__range', `${rangeS}s`),
    plainValue('__timezone', zone),
    { ...plainValue('__dashboard', dashboard.title), fields: { uid: dashboard.uid } },
    { ...plainValue('__org', org.id), fields: { name: org.name } },
    { ...plainValue('__user', user.id), fields: { login: user.login, email: user.email } },
    plainValue('__url_time_range', `from=${fromMs}&to=${toMs}`),
  ]
}

/** What one query adds: `__interval`, `__rate_interval` and their milliseconds; `__auto` is LogQL's. */
export function intervalValues(interval: string, intervalMs: number, rateMs: number, rate: string) {
  return [
    plainValue('__interval', interval),
    plainValue('__interval_ms', intervalMs),
    plainValue('__rate_interval', rate),
    plainValue('__rate_interval_ms', rateMs),
    plainValue('__auto', interval),
  ]
}
