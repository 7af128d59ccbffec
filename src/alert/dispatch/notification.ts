import { createHash } from 'node:crypto'
import type { Labels } from '../../model/labels.ts'
import type {
  KeyValues,
  Notification,
  NotificationReason,
  NotificationTemplates,
} from '../notify/receiver-kind.ts'
import type { Flush, FlushedAlert } from './aggregation-group.ts'

/** What one entry of a receiver is told. `alerts` are those of the flush that it is to see; never empty. */
export function buildNotification(
  flush: Flush,
  alerts: readonly FlushedAlert[],
  told: {
    readonly reason: NotificationReason
    readonly externalUrl: string
    readonly remembered: KeyValues
    readonly templates: NotificationTemplates
  },
): Notification {
  const { reason, externalUrl, remembered, templates } = told
  const { groupKey, groupLabels, route, nowMs } = flush
  const notification: Notification = {
    receiver: route.receiver,
    groupKey,
    dedupKey: createHash('sha256').update(groupKey).digest('hex'),
    status: alerts.every(({ isResolved }) => isResolved) ? 'resolved' : 'firing',
    reason,
    groupLabels: groupLabels.toObject(),
    commonLabels: commonOf(alerts.map(({ alert }) => alert.labels)),
    commonAnnotations: commonOf(alerts.map(({ alert }) => alert.annotations)),
    routeLabels: {},
    alerts: alerts.map(({ alert, isResolved }) => ({
      status: isResolved ? 'resolved' : 'firing',
      labels: alert.labels.toObject(),
      annotations: alert.annotations.toObject(),
      startsAtMs: alert.startsAtMs,
      endsAtMs: isResolved ? alert.endsAtMs : undefined,
      generatorUrl: alert.generatorUrl,
      fingerprint: alert.fingerprint,
    })),
    externalUrl,
    nowMs,
    remembered,
  }
  const routeLabels = Object.entries(route.labels).map(([name, template]): [string, string] => [
    name,
    templates.renderText(template, notification).text,
  ])
  return routeLabels.length === 0
    ? notification
    : { ...notification, routeLabels: Object.fromEntries(routeLabels) }
}

/** The pairs that all sets have. */
function commonOf([first, ...others]: readonly Labels[]): KeyValues {
  if (first === undefined) return {}
  let common = first
  for (const labels of others) {
    if (common.size === 0) break
    const different = new Set<string>()
    const { flat } = common
    for (let i = 0; i < flat.length; i += 2) {
      const name = flat[i] as string
      if (labels.get(name) !== flat[i + 1]) different.add(name)
    }
    if (different.size > 0) common = common.without(different)
  }
  return common.toObject()
}
