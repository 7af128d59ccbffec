import type { AlertJson, RulesJson } from '../../../../src/contract/prometheus.ts'
import { isObject, listOf, numberOf, textOf } from '../../../../src/lang/dashboard/json-value.ts'
import { SEVERITIES, severityOf } from './alert-view.ts'

/** The options of Grafana's list of alerts, of its present and of its older form. */
export interface AlertListOptions {
  readonly maxItems: number
  /** Part of the name of a rule. */
  readonly alertName: string
  /** Matchers of the alerts' labels. */
  readonly filter: string
  readonly states: ReadonlySet<AlertJson['state']>
  readonly sort: 'name' | 'name-descending' | 'importance' | 'oldest' | 'newest'
  readonly groupBy: readonly string[]
  /** Only how many there are. */
  readonly showsCount: boolean
}

const DEFAULT_ITEMS = 20
const MOST_ITEMS = 500

/** Reads the `options` of the panel; what its file does not say is Grafana's default. */
export function readAlertListOptions(options: Readonly<Record<string, unknown>>): AlertListOptions {
  const wanted = numberOf(options['maxItems']) ?? numberOf(options['limit']) ?? DEFAULT_ITEMS
  return {
    maxItems: Math.min(MOST_ITEMS, Math.max(1, Math.round(wanted))),
    alertName: (textOf(options['alertName']) ?? textOf(options['nameFilter']) ?? '').trim(),
    filter: (textOf(options['alertInstanceLabelFilter']) ?? '').trim(),
    states: readStates(options['stateFilter']),
    sort: SORTS[numberOf(options['sortOrder']) ?? 1] ?? 'name',
    groupBy: listOf(options['groupBy']).flatMap((name) => textOf(name) ?? []),
    showsCount: options['viewMode'] === 'stat',
  }
}

/** Grafana's `SortOrder`. */
const SORTS: Readonly<Record<number, AlertListOptions['sort']>> = {
  1: 'name',
  2: 'name-descending',
  3: 'importance',
  4: 'oldest',
  5: 'newest',
}

/** By flags (`{firing: true}`), in the older form by names (`['alerting']`). Inactive rules are `normal` or `ok`. */
function readStates(filter: unknown): AlertListOptions['states'] {
  const names = isObject(filter)
    ? Object.entries(filter).flatMap(([name, isOn]) => (isOn === true ? [name] : []))
    : listOf(filter).flatMap((name) => textOf(name) ?? [])
  const states = new Set<AlertJson['state']>()
  for (const name of names) {
    const state = STATE_NAMES[name]
    if (state !== undefined) states.add(state)
  }
  return states.size === 0 ? new Set(['firing', 'pending']) : states
}

const STATE_NAMES: Readonly<Record<string, AlertJson['state']>> = {
  firing: 'firing',
  alerting: 'firing',
  pending: 'pending',
  normal: 'inactive',
  inactive: 'inactive',
  ok: 'inactive',
}

/** One line of the list. */
export interface ListedAlert {
  readonly name: string
  readonly state: AlertJson['state']
  readonly labels: AlertJson['labels']
  readonly annotations: AlertJson['annotations']
  /** NaN of a rule that has no alerts. */
  readonly sinceMs: number
}

/** The alerts of all rules that the panel asks for, in its order, with how many there are before it is cut. */
export function listAlerts(
  { groups }: RulesJson,
  { alertName, states, sort, maxItems }: AlertListOptions,
  passes: (labels: AlertJson['labels']) => boolean,
): { readonly shown: readonly ListedAlert[]; readonly total: number } {
  const found: ListedAlert[] = []
  for (const rule of groups.flatMap(({ rules }) => rules)) {
    if (rule.type !== 'alerting') continue
    const { name, labels, annotations } = rule
    if (!name.toLowerCase().includes(alertName.toLowerCase())) continue
    for (const alert of rule.alerts ?? []) {
      if (!states.has(alert.state) || !passes(alert.labels)) continue
      found.push({ name, ...alert, sinceMs: Date.parse(alert.activeAt) })
    }
    if (rule.state === 'inactive' && states.has('inactive') && passes(labels)) {
      found.push({ name, state: 'inactive', labels, annotations, sinceMs: Number.NaN })
    }
  }
  return { shown: found.sort(ORDERS[sort]).slice(0, maxItems), total: found.length }
}

const byName = (a: ListedAlert, b: ListedAlert): number =>
  a.name < b.name ? -1 : a.name > b.name ? 1 : 0
const IMPORTANCE: readonly AlertJson['state'][] = ['firing', 'pending', 'inactive']
/** What never was active comes last, whichever way time runs. */
const byTime = (a: ListedAlert, b: ListedAlert): number =>
  Number.isNaN(a.sinceMs) || Number.isNaN(b.sinceMs)
    ? Number(Number.isNaN(a.sinceMs)) - Number(Number.isNaN(b.sinceMs))
    : a.sinceMs - b.sinceMs

const ORDERS: Readonly<
  Record<AlertListOptions['sort'], (a: ListedAlert, b: ListedAlert) => number>
> = {
  name: byName,
  'name-descending': (a, b) => byName(b, a),
  importance: (a, b) =>
    IMPORTANCE.indexOf(a.state) - IMPORTANCE.indexOf(b.state) ||
    SEVERITIES.indexOf(severityOf(a.labels)) - SEVERITIES.indexOf(severityOf(b.labels)) ||
    byName(a, b),
  oldest: byTime,
  newest: (a, b) =>
    Number.isNaN(a.sinceMs) || Number.isNaN(b.sinceMs) ? byTime(a, b) : byTime(b, a),
}
