import type { Alert } from '../../alert/alert.ts'
import type { PostedAlert } from '../../alert/alert-sink.ts'
import type { Alertmanager, AlertStatus } from '../../alert/alertmanager.ts'
import { compareAlerts, compareLabels } from '../../alert/alert.ts'
import type { AlertGroupJson, GettableAlertJson } from '../../contract/alertmanager.ts'
import { Labels } from '../../model/labels.ts'
import type { Matcher } from '../../model/matcher.ts'
import { messageOf, Problem } from '../../model/problem.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { alertJson } from './alert-json.ts'
import type { AlertmanagerDoors } from './doors.ts'
import {
  isWanted,
  readMatchers,
  readReceiverFilter,
  wantsReceiver,
  type ReceiverFilter,
} from './filters.ts'
import { BodyPart, jsonAnswer } from './read-body.ts'
import { withAlertmanager } from './respond.ts'

/** Of one request: an Alertmanager that forwards a storm sends thousands at once. */
const MAX_BODY_BYTES = 32 * 1024 * 1024
const MAX_LABELS = 1000
const MAX_TEXT_LENGTH = 64 * 1024

export function alertRoutes(doors: AlertmanagerDoors): Route[] {
  const received = doors.registry.counterBy(
    'alertmanager_alerts_received_total',
    'The total number of received alerts.',
    ['status', 'version'],
  )
  const invalid = doors.registry.counterBy(
    'alertmanager_alerts_invalid_total',
    'The total number of received alerts that were invalid.',
    ['version'],
  )
  const meter: PostMeter = {
    firing: () => received.with('firing', 'v2').inc(),
    resolved: () => received.with('resolved', 'v2').inc(),
    invalid: () => invalid.with('v2').inc(),
  }
  received.with('firing', 'v2')
  received.with('resolved', 'v2')
  invalid.with('v2')
  return [
    ...alertReadRoutes(doors),
    {
      methods: ['POST'],
      path: '/api/v2/alerts',
      permission: 'write',
      bodyBytes: MAX_BODY_BYTES,
      handle: withAlertmanager(doors, (manager, exchange) =>
        postAlerts(manager, exchange, doors.nowMs(), meter),
      ),
    },
  ]
}

/** Those that only show. */
export function alertReadRoutes(doors: Pick<AlertmanagerDoors, 'alertmanager'>): Route[] {
  return [
    {
      methods: ['GET'],
      path: '/api/v2/alerts',
      permission: 'read',
      handle: withAlertmanager(doors, (manager, { params }) => listAlerts(manager, params)),
    },
    {
      methods: ['GET'],
      path: '/api/v2/alerts/groups',
      permission: 'read',
      handle: withAlertmanager(doors, (manager, { params }) => listGroups(manager, params)),
    },
  ]
}

/** Which alerts are asked for. */
interface AlertFilter {
  readonly matchers: readonly Matcher[]
  readonly active: boolean
  readonly silenced: boolean
  readonly inhibited: boolean
}

function readAlertFilter(params: Params): AlertFilter {
  return {
    matchers: readMatchers(params, 'filter'),
    active: isWanted(params, 'active'),
    silenced: isWanted(params, 'silenced'),
    inhibited: isWanted(params, 'inhibited'),
  }
}

/** The status of an alert that is asked for; undefined for another. */
function wantedStatus(
  manager: Alertmanager,
  alert: Alert,
  filter: AlertFilter,
): AlertStatus | undefined {
  if (!filter.matchers.every((each) => each.matches(alert.labels.get(each.name)))) return undefined
  const status = manager.statusOf(alert)
  const { silencedBy, inhibitedBy } = status
  if (!filter.active && silencedBy.length === 0 && inhibitedBy.length === 0) return undefined
  if (!filter.silenced && silencedBy.length > 0) return undefined
  if (!filter.inhibited && inhibitedBy.length > 0) return undefined
  return status
}

function listAlerts(manager: Alertmanager, params: Params): Answer {
  const filter = readAlertFilter(params)
  const wanted = readReceiverFilter(params)
  const out: GettableAlertJson[] = []
  for (const alert of manager.firing()) {
    const routes = manager.routesOf(alert.labels)
    if (!routes.some(({ receiver }) => isWantedReceiver(manager, wanted, receiver))) continue
    const status = wantedStatus(manager, alert, filter)
    if (status === undefined) continue
    const receivers = routes.map(({ receiver }) => receiver)
    out.push(alertJson(alert, status, receivers, []))
  }
  return jsonAnswer(out.sort((a, b) => (a.fingerprint < b.fingerprint ? -1 : 1)))
}

function listGroups(manager: Alertmanager, params: Params): Answer {
  const filter = readAlertFilter(params)
  const wanted = readReceiverFilter(params)
  const showsMuted = isWanted(params, 'muted')
  const firing = new Set<string>()
  for (const { fingerprint } of manager.firing()) firing.add(fingerprint)
  const receivers = new Map<string, string[]>()
  const groups = [...manager.groups()]
    .filter(({ route }) => isWantedReceiver(manager, wanted, route.receiver))
    .map((group) => {
      const alerts: { alert: Alert; status: AlertStatus }[] = []
      for (const alert of group.alerts()) {
        const status = firing.has(alert.fingerprint)
          ? wantedStatus(manager, alert, filter)
          : undefined
        if (status === undefined) continue
        alerts.push({ alert, status })
        const known = receivers.get(alert.fingerprint)
        if (known === undefined) receivers.set(alert.fingerprint, [group.route.receiver])
        else known.push(group.route.receiver)
      }
      alerts.sort((a, b) => compareAlerts(a.alert, b.alert))
      return { group, alerts, mutedBy: manager.mutedBy(group.route) }
    })
    .filter(({ alerts, mutedBy }) => alerts.length > 0 && (showsMuted || mutedBy.length === 0))
    .sort((a, b) => {
      const byLabels = compareLabels(a.group.labels, b.group.labels)
      if (byLabels !== 0) return byLabels
      return a.group.route.receiver < b.group.route.receiver ? -1 : 1
    })
  return jsonAnswer(
    groups.map(({ group, alerts, mutedBy }): AlertGroupJson => ({
      alerts: alerts.map(({ alert, status }) =>
        alertJson(alert, status, (receivers.get(alert.fingerprint) ?? []).toSorted(), mutedBy),
      ),
      labels: group.labels.toObject(),
      receiver: { name: group.route.receiver },
      routeLabels: group.route.labels,
    })),
  )
}

function isWantedReceiver(manager: Alertmanager, filter: ReceiverFilter, name: string): boolean {
  return wantsReceiver(filter, name, manager.rules.receivers.get(name)?.labels ?? {})
}

/** Counts what came. */
interface PostMeter {
  readonly firing: () => void
  readonly resolved: () => void
  readonly invalid: () => void
}

/** The valid ones are taken even when others are not (api/v2/api.go, postAlertsHandler). */
async function postAlerts(
  manager: Alertmanager,
  { body }: Exchange,
  nowMs: number,
  meter: PostMeter,
): Promise<Answer> {
  const posted = BodyPart.parse(body, 'alerts')
    .list()
    .map((part) => readAlert(part, nowMs))
  const faults: string[] = []
  const valid: PostedAlert[] = []
  for (const alert of posted) {
    const fault = faultOf(alert)
    if ((alert.endsAtMs ?? Infinity) > nowMs) meter.firing()
    else meter.resolved()
    if (fault === undefined) valid.push(alert)
    else {
      faults.push(fault)
      meter.invalid()
    }
  }
  try {
    await manager.post(valid)
  } catch (thrown) {
    throw new Problem(
      'unavailable',
      `the alerts are taken and told, but cannot be kept over a restart: ${messageOf(thrown)}`,
      { cause: thrown },
    )
  }
  return faults.length > 0
    ? jsonAnswer(faults.join('\n'), 400)
    : { status: 200, headers: { 'cache-control': 'no-store' } }
}

function readAlert(part: BodyPart, nowMs: number): PostedAlert {
  const endsAtMs = part.key('endsAt')?.timeMs()
  return {
    labels: Labels.from(part.need('labels').texts()),
    annotations: Labels.from(part.key('annotations')?.texts() ?? {}),
    startsAtMs: part.key('startsAt')?.timeMs() ?? endsAtMs ?? nowMs,
    endsAtMs,
    generatorUrl: part.key('generatorURL')?.text() ?? '',
  }
}

/** alert/alert.go, Validate; and bounds of ours. */
function faultOf({
  labels,
  annotations,
  startsAtMs,
  endsAtMs,
  generatorUrl,
}: PostedAlert): string | undefined {
  if (endsAtMs !== undefined && endsAtMs < startsAtMs) return 'start time must be before end time'
  if (labels.size === 0) return 'at least one label pair required'
  for (const [what, set] of [
    ['label set', labels],
    ['annotations', annotations],
  ] as const) {
    if (set.size > MAX_LABELS) return `invalid ${what}: more than ${MAX_LABELS} names`
    for (const text of set.flat) {
      if (text.length > MAX_TEXT_LENGTH)
        return `invalid ${what}: a text is longer than ${MAX_TEXT_LENGTH} characters`
    }
    if (set.has('')) return `invalid ${what}: invalid name ""`
  }
  return generatorUrl.includes('\0') ? 'invalid generatorURL' : undefined
}
