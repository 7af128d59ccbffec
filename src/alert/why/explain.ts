import type {
  WhyAlertJson,
  WhyEventJson,
  WhyJson,
  WhyRouteJson,
  WhyRuleJson,
} from '../../contract/alert-why.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { fingerprintOf } from '../../model/fingerprint.ts'
import { Labels } from '../../model/labels.ts'
import { formatMatcher, matcher, type Matcher } from '../../model/matcher.ts'
import type { PromqlEngine } from '../../query/promql/engine.ts'
import type { Acknowledgement } from '../../store/metadata/acknowledgements.ts'
import type { HistoryEvent } from '../../store/metadata/alert-history.ts'
import { isResolvedAt } from '../alert.ts'
import type { Alertmanager } from '../alertmanager.ts'
import { formatLabelSet } from '../dispatch/aggregation-group.ts'
import type { DispatchRoute } from '../dispatch/route-match.ts'
import type { AlertingRule } from '../rules/alerting-rule.ts'
import type { RuleGroup, RunningRule } from '../rules/rule-group.ts'
import { readStates, type StateSpan } from './rule-states.ts'
import { splitComparison } from './split-comparison.ts'
import { tellStory } from './tell-story.ts'

export interface ExplainParts {
  readonly alertmanager: Alertmanager
  readonly groups: () => readonly RuleGroup[]
  readonly promql: PromqlEngine
  /** Added to the alerts of rules when they are sent. */
  readonly externalLabels: () => Labels
  readonly nowMs: () => number
}

export interface ExplainRequest {
  readonly matchers: readonly Matcher[]
  /** Only this one, be it over or not. */
  readonly fingerprint?: string | undefined
  readonly fromMs: number
  readonly toMs: number
  readonly signal?: AbortSignal
}

const MOST_ALERTS = 20
const MOST_EVENTS = 500
const MOST_VALUES = 50
/** A pending alert was seen at one of its rule's last evaluations. */
const RECENT_MS = 2 * 60_000

/**
 * Tells why people were, or were not, told about alerts of these labels: what the rule said, where the alert went, what
 * suppressed it, and what became of each notification.
 */
export async function explainAlerts(
  parts: ExplainParts,
  request: ExplainRequest,
): Promise<WhyJson> {
  const { fromMs, toMs } = request
  const found = await findAlerts(parts, request)
  const shown = found.slice(0, MOST_ALERTS)
  return {
    from: timeText(fromMs),
    to: timeText(toMs),
    alerts: await Promise.all(shown.map((each) => explainOne(parts, each, request))),
    rules: await Promise.all(
      rulesFor(parts.groups(), matchersOfRules(request, found)).map(([group, rule]) =>
        explainRule(parts, group, rule, request),
      ),
    ),
    more: found.length - shown.length,
  }
}

/** Who knows an alert by its fingerprint does not know its rule: the name that it has tells. */
function matchersOfRules(
  { matchers, fingerprint }: ExplainRequest,
  [alert]: readonly FoundAlert[],
): readonly Matcher[] {
  if (fingerprint === undefined || alert === undefined) return matchers
  return [matcher('alertname', '=', alert.labels.get('alertname'))]
}

/** An alert that somebody may mean. */
interface FoundAlert {
  /** With the external labels, as it is sent. */
  readonly labels: Labels
  readonly spans: readonly StateSpan[]
  /** When it was last seen. */
  readonly lastMs: number
}

async function findAlerts(
  { alertmanager, promql, externalLabels }: ExplainParts,
  { matchers, fingerprint, fromMs, toMs, signal }: ExplainRequest,
): Promise<readonly FoundAlert[]> {
  const found = new Map<string, FoundAlert>()
  const external = externalLabels()
  // External labels are not in the series of ALERTS: what asks for them is looked at below.
  const asked = matchers.filter(({ name }) => !external.has(name) && name !== '__name__')
  const query = `ALERTS{${asked.map(formatMatcher).join(',')}}[${toMs - fromMs}ms]`
  const result = await promql.evaluate({
    query,
    startMs: toMs,
    endMs: toMs,
    stepMs: 0,
    ...(signal === undefined ? {} : { signal }),
  })
  for (const { labels, spans } of readStates(result)) {
    const sent = Labels.from({ ...external.toObject(), ...labels.toObject() })
    const lastMs = Math.max(...spans.map((span) => span.toMs))
    found.set(sent.key, { labels: sent, spans, lastMs })
  }
  for (const alert of alertmanager.known()) {
    if (found.has(alert.labels.key)) continue
    found.set(alert.labels.key, { labels: alert.labels, spans: [], lastMs: alert.updatedAtMs })
  }
  return [...found.values()]
    .filter(({ labels }) => matchers.every((each) => each.matches(labels.get(each.name))))
    .filter(({ labels }) => fingerprint === undefined || fingerprintOf(labels) === fingerprint)
    .sort((a, b) => b.lastMs - a.lastMs)
}

async function explainOne(
  { alertmanager, nowMs }: ExplainParts,
  { labels, spans }: FoundAlert,
  { fromMs, toMs }: ExplainRequest,
): Promise<WhyAlertJson> {
  const fingerprint = fingerprintOf(labels)
  const routes = alertmanager.routesOf(labels).map((route) => ({
    route,
    groupLabels: route.groupBy === 'all' ? labels : labels.keep(route.groupBy),
  }))
  const keys = routes.map(({ route, groupLabels }) => groupKeyOf(route, groupLabels))
  const history = await alertmanager.history.list([...new Set(keys)], fromMs, toMs, MOST_EVENTS)
  const events = history
    .filter((event) => event.fingerprints.includes(fingerprint))
    .map((event) => eventJson(event, fingerprint))
  const acknowledgements = await alertmanager.acknowledgements.history(fingerprint)
  const explained: Omit<WhyAlertJson, 'story'> = {
    fingerprint,
    labels: labels.toObject(),
    states: spans.map(({ state, fromMs: from, toMs: to }) => ({
      state,
      from: timeText(from),
      to: timeText(to),
    })),
    now: nowOf(alertmanager, fingerprint, labels, spans, nowMs()),
    routes: routes.map(({ route, groupLabels }) =>
      routeJson(alertmanager, route, groupLabels, fingerprint),
    ),
    acknowledgements: acknowledgements.map(acknowledgementJson),
    events,
  }
  return { ...explained, story: tellStory(explained) }
}

function acknowledgementJson(each: Acknowledgement): WhyAlertJson['acknowledgements'][number] {
  const { createdBy, assignee, comment, createdMs, endedMs } = each
  const given = { createdBy, assignee, comment, createdAt: timeText(createdMs) }
  return endedMs === undefined ? given : { ...given, endedAt: timeText(endedMs) }
}

function nowOf(
  alertmanager: Alertmanager,
  fingerprint: string,
  labels: Labels,
  spans: readonly StateSpan[],
  nowMs: number,
): WhyAlertJson['now'] {
  const alert = alertmanager.alert(fingerprint)
  const last = spans.at(-1)
  if (alert === undefined) {
    const isPending = last?.state === 'pending' && nowMs - last.toMs < RECENT_MS
    return { state: isPending ? 'pending' : 'inactive', silencedBy: [], inhibitedBy: [] }
  }
  const status = alertmanager.statusOf(alert)
  const acknowledgement = alertmanager.acknowledgements.of(fingerprint)
  return {
    state: isResolvedAt(alert, nowMs) ? 'resolved' : 'firing',
    silencedBy: status.silencedBy.flatMap((id) => {
      const silence = alertmanager.silences.get(id)
      if (silence === undefined) return []
      const { createdBy, comment, endsAtMs } = silence
      return [{ id, createdBy, comment, endsAt: timeText(endsAtMs) }]
    }),
    inhibitedBy: status.inhibitedBy.map((other) => ({
      fingerprint: other,
      labels: alertmanager.alert(other)?.labels.toObject() ?? {},
    })),
    ...(acknowledgement === undefined
      ? {}
      : {
          acknowledgedBy: {
            createdBy: acknowledgement.createdBy,
            assignee: acknowledgement.assignee,
            comment: acknowledgement.comment,
            createdAt: timeText(acknowledgement.createdMs),
          },
        }),
  }
}

function routeJson(
  alertmanager: Alertmanager,
  route: DispatchRoute,
  groupLabels: Labels,
  fingerprint: string,
): WhyRouteJson {
  const groupKey = groupKeyOf(route, groupLabels)
  const integrations = alertmanager.rules.receivers.get(route.receiver)?.integrations ?? []
  return {
    path: route.key,
    receiver: route.receiver,
    groupKey,
    groupLabels: groupLabels.toObject(),
    groupWait: formatDurationMs(route.groupWaitMs),
    groupInterval: formatDurationMs(route.groupIntervalMs),
    repeatInterval: formatDurationMs(route.repeatIntervalMs),
    mutedBy: alertmanager.mutedBy(route),
    told: integrations.flatMap(({ id }) => {
      const place = { groupKey, receiver: route.receiver, integration: id }
      const last = alertmanager.notificationLog.last(place)
      if (last === undefined) return []
      const isFiring = last.firing.has(fingerprint)
      const state = isFiring ? 'firing' : last.resolved.has(fingerprint) ? 'resolved' : 'not told'
      return [
        {
          integration: id,
          at: timeText(last.atMs),
          state,
          ...(isFiring ? { repeatsAt: timeText(last.atMs + route.repeatIntervalMs) } : {}),
        },
      ]
    }),
  }
}

function groupKeyOf(route: DispatchRoute, groupLabels: Labels): string {
  return `${route.key}:${formatLabelSet(groupLabels)}`
}

function eventJson(
  { atMs, kind, groupKey, receiver, detail }: HistoryEvent,
  fingerprint: string,
): WhyEventJson {
  const text = (name: string): string | undefined =>
    typeof detail[name] === 'string' && detail[name] !== '' ? detail[name] : undefined
  const list = (name: string): readonly string[] =>
    Array.isArray(detail[name]) ? detail[name].map(String) : []
  const optional = <K extends string, V>(key: K, value: V | undefined): Partial<Record<K, V>> => {
    const record: Partial<Record<K, V>> = {}
    if (value !== undefined) record[key] = value
    return record
  }
  return {
    at: timeText(atMs),
    kind: kind === 'suppressed' || kind === 'released' || kind === 'delivered' ? kind : 'failed',
    groupKey,
    receiver,
    ...optional('integration', text('integration')),
    ...optional('reason', text('reason')),
    ...(kind === 'suppressed' ? { by: list('by') } : {}),
    ...(typeof detail['attempt'] === 'number' ? { attempt: detail['attempt'] } : {}),
    ...optional('answer', text('answer') ?? text('reason_failed')),
    ...(list('resolved').includes(fingerprint) ? { resolved: true } : {}),
    ...(detail['isShadow'] === true ? { shadow: true } : {}),
  }
}

/** Alerting rules whose alerts could have such labels, as far as their fixed labels say. */
function rulesFor(
  groups: readonly RuleGroup[],
  matchers: readonly Matcher[],
): readonly (readonly [RuleGroup, RunningRule & { readonly rule: AlertingRule }])[] {
  const named = matchers.filter(({ name }) => name === 'alertname')
  if (named.length === 0) return []
  return groups.flatMap((group) =>
    group.rules.flatMap((running) => {
      const { rule } = running
      if (rule.kind !== 'alerting') return []
      if (!named.every((each) => each.matches(rule.config.name))) return []
      const fixed = new Map(rule.fixedLabels)
      const contradicts = matchers.some(
        (each) => fixed.has(each.name) && !each.matches(fixed.get(each.name) ?? ''),
      )
      return contradicts ? [] : [[group, { ...running, rule }] as const]
    }),
  )
}

async function explainRule(
  { promql }: ExplainParts,
  group: RuleGroup,
  running: RunningRule & { readonly rule: AlertingRule },
  { matchers, toMs, signal }: ExplainRequest,
): Promise<WhyRuleJson> {
  const { config, state } = running.rule
  const comparison = config.expr === undefined ? undefined : splitComparison(config.expr)
  const values =
    comparison === undefined
      ? []
      : await valuesOf(promql, comparison.query, toMs, matchers, signal).catch(() => [])
  return {
    file: group.config.file,
    group: group.config.name,
    alert: config.name,
    query: config.query,
    for: formatDurationMs(config.forMs),
    keepFiringFor: formatDurationMs(config.keepFiringForMs),
    state,
    health: running.health,
    lastError: running.lastError,
    ...(running.lastEvaluationMs === undefined
      ? {}
      : { lastEvaluation: timeText(running.lastEvaluationMs) }),
    ...(comparison === undefined ? {} : { comparison: { ...comparison, values } }),
  }
}

/** The values of an expression at a moment, of the series that the matchers do not rule out. */
async function valuesOf(
  promql: PromqlEngine,
  query: string,
  atMs: number,
  matchers: readonly Matcher[],
  signal: AbortSignal | undefined,
): Promise<readonly { readonly labels: Record<string, string>; readonly value: number }[]> {
  const { labels, values } = await promql.evaluate({
    query,
    startMs: atMs,
    endMs: atMs,
    stepMs: 0,
    ...(signal === undefined ? {} : { signal }),
  })
  const out: { labels: Record<string, string>; value: number }[] = []
  labels.forEach((series, i) => {
    const isMeant = matchers.every(
      (each) => !series.has(each.name) || each.matches(series.get(each.name)),
    )
    if (isMeant && out.length < MOST_VALUES)
      out.push({ labels: series.toObject(), value: values[i] as number })
  })
  return out
}

function timeText(timeMs: number): string {
  return new Date(timeMs).toISOString()
}
