import { OutboundHttp } from '../outbound/outbound-http.ts'
import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { AlertmanagerRules } from './alertmanager.ts'
import type { AlertmanagerConfig } from './config/alertmanager-config.ts'
import { printAlertmanagerConfig } from './config/print.ts'
import type { ReceiverConfig } from './config/receiver.ts'
import { createIntegration, type Integration, type Receiver } from './dispatch/integration.ts'
import { InhibitIndex } from './inhibit.ts'
import { createNotifier } from './notify/receiver-kinds.ts'
import type { NotifyTools } from './notify/receiver-kind.ts'
import { loadTemplates } from './notify/templates.ts'
import { buildRoutes, matchRoutes } from './route.ts'
import { isActive } from './time-interval.ts'

export interface AssembleOptions {
  readonly log: Log
  readonly nowMs: () => number
  /** A template failed. */
  readonly onTemplateError: () => void
}

/**
 * Makes of a configuration what is in force: the routing tree, receivers ready to send, templates, inhibitions, intervals.
 * Throws for template files that cannot be read or parsed, with their place.
 */
export function assembleRules(
  config: AlertmanagerConfig,
  { log, nowMs, onTemplateError }: AssembleOptions,
): AlertmanagerRules {
  const templates = loadTemplates(
    config.templates.flatMap(({ files }) => files),
    {
      onError: (error, { receiver }) => {
        onTemplateError()
        log.error('a template failed; the notification is sent with the error shown', {
          receiver,
          reason: error,
        })
      },
    },
  )
  const clients: OutboundHttp[] = []
  const tools: NotifyTools = {
    templates,
    http: (settings) => {
      const client = new OutboundHttp(settings)
      clients.push(client)
      return client
    },
    log,
    nowMs,
  }
  const receivers = new Map(
    config.receivers.map((receiver) => [receiver.name, assembleReceiver(receiver, tools)]),
  )
  const root = buildRoutes(config.route)
  const inhibitor = new InhibitIndex(config.inhibitRules)
  const intervals = new Map(
    [...config.muteTimeIntervals, ...config.timeIntervals].map((each) => [
      each.name,
      each.intervals,
    ]),
  )
  return {
    receivers,
    matchRoutes: (labels) => matchRoutes(root, labels),
    routes: root,
    inhibitor: {
      take: (alert) => inhibitor.set(alert),
      forget: (fingerprints) => fingerprints.forEach((each) => inhibitor.delete(each)),
      inhibitedBy: (alert, atMs) => inhibitor.inhibitedBy(alert.labels, atMs),
    },
    isInInterval: (name, atMs) => isActive(intervals.get(name) ?? [], atMs),
    resolveTimeoutMs: config.global.resolveTimeoutMs,
    templates,
    configYaml: printAlertmanagerConfig(config),
    close: async () => {
      await Promise.all([
        ...clients.map((client) => client.close()),
        ...[...receivers.values()]
          .flatMap(({ integrations }) => integrations)
          .map(({ notifier }) => notifier.close?.()),
      ]).catch((thrown: unknown) => {
        log.warn('connections of receivers did not end cleanly', { reason: messageOf(thrown) })
      })
    },
  }
}

function assembleReceiver({ name, labels, entries }: ReceiverConfig, tools: NotifyTools): Receiver {
  const integrations = entries.flatMap((entry): Integration[] => {
    const notifier = createNotifier(entry, tools)
    if (notifier !== undefined)
      return [createIntegration(entry.kind, entry.index, entry.settings.sendResolved, notifier)]
    tools.log.error(
      'alerts for this entry of a receiver are not delivered: the kind is not built yet',
      {
        receiver: name,
        kind: entry.kind,
      },
    )
    return []
  })
  return { name, labels, integrations }
}
