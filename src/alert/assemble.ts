import { OutboundHttp } from '../outbound/outbound-http.ts'
import { messageOf } from '../model/problem.ts'
import type { Log } from '../self/log.ts'
import type { AlertmanagerRules } from './alertmanager.ts'
import { assembleRouting } from './assemble-routing.ts'
import type { AlertmanagerConfig } from './config/alertmanager-config.ts'
import { printAlertmanagerConfig } from './config/print.ts'
import type { ReceiverConfig } from './config/receiver.ts'
import { createIntegration, type Receiver } from './dispatch/integration.ts'
import { createNotifier } from './notify/receiver-kinds.ts'
import type { NotifyTools } from './notify/receiver-kind.ts'
import { loadTemplates } from './notify/templates.ts'

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
  return {
    receivers,
    ...assembleRouting(config),
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
  const integrations = entries.map((entry) =>
    createIntegration(
      entry.kind,
      entry.index,
      entry.settings.sendResolved,
      createNotifier(entry, tools),
    ),
  )
  return { name, labels, integrations }
}
