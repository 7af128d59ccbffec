import { parse } from '../lang/promql/parse.ts'
import { PLAIN_HTTP_CLIENT } from '../outbound/http-client.ts'
import { OutboundHttp } from '../outbound/outbound-http.ts'
import { Problem } from '../model/problem.ts'
import type { AlertmanagerRules } from './alertmanager.ts'
import type { Heartbeat } from './config/alerting-section.ts'
import { createIntegration } from './dispatch/integration.ts'
import type { DispatchRoute } from './dispatch/route-match.ts'
import { outcomeOf, outcomeOfError } from './notify/retry-status.ts'
import type { RuleGroupConfig } from './rules/rule-config.ts'

/** Nobody else's alert has this name by accident. */
const NAME = 'VedetteHeartbeat'
const RECEIVER = 'heartbeat'
const WAIT_MS = 1000

/**
 * A rule that always fires. It goes the way of every alert: evaluation, routing, grouping, delivery. When one of these stands
 * still, so does the heartbeat, and the service that waits for it raises the alarm.
 */
export function heartbeatGroup({ intervalMs }: Heartbeat): RuleGroupConfig {
  const query = 'vector(1)'
  const parsed = parse(query)
  if (!parsed.ok) throw new Problem('internal', 'the rule of the heartbeat cannot be read')
  return {
    file: 'alerting.heartbeat',
    name: 'heartbeat',
    language: 'promql',
    intervalMs,
    queryOffsetMs: undefined,
    limit: 0,
    rules: [
      {
        kind: 'alerting',
        name: NAME,
        query,
        expr: parsed.expr,
        language: 'promql',
        written: query,
        labels: [],
        annotations: [['summary', 'Alerts are evaluated, routed and delivered.']],
        forMs: 0,
        keepFiringForMs: 0,
        line: 0,
      },
    ],
  }
}

/** Adds a route of its own for the heartbeat, before all others, to a receiver that calls the URL. */
export function withHeartbeat(
  rules: AlertmanagerRules,
  { url, intervalMs }: Heartbeat,
): AlertmanagerRules {
  const client = new OutboundHttp(PLAIN_HTTP_CLIENT)
  const route: DispatchRoute = {
    id: 'heartbeat',
    key: `{}/{alertname="${NAME}"}`,
    receiver: RECEIVER,
    groupBy: new Set(['alertname']),
    groupWaitMs: WAIT_MS,
    groupIntervalMs: intervalMs,
    // Each flush is a repetition.
    repeatIntervalMs: Math.floor(intervalMs / 2),
    muteTimeIntervals: [],
    activeTimeIntervals: [],
    labels: {},
  }
  const beat = createIntegration(RECEIVER, 0, false, {
    send: async (_notification, signal) => {
      try {
        return outcomeOf(await client.send({ method: 'GET', url: url.reveal() }, signal))
      } catch (thrown) {
        return outcomeOfError(thrown, signal)
      }
    },
    close: () => client.close(),
  })
  return {
    ...rules,
    receivers: new Map([
      ...rules.receivers,
      [RECEIVER, { name: RECEIVER, labels: {}, integrations: [beat] }],
    ]),
    matchRoutes: (labels) =>
      labels.get('alertname') === NAME ? [route] : rules.matchRoutes(labels),
    close: async () => {
      await Promise.all([rules.close(), client.close()])
    },
  }
}
