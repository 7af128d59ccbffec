import { httpNotifier, type HttpAttempt } from './http-notifier.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { SendFault } from './send-fault.ts'
import { truncateRunes } from './truncate.ts'
import type { VictoropsSettings } from './victorops-settings.ts'

const MAX_STATE_MESSAGE_RUNES = 20_480
const EVENTS: ReadonlySet<string> = new Set(['INFO', 'WARNING', 'CRITICAL'])

/** Opens an incident, or ends it, by its entity (notify/victorops/victorops.go). */
export const victorops: ReceiverKind<VictoropsSettings> = {
  name: 'victorops',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const key = await attempt.reveal(settings.apiKey)
      const url = new URL(settings.apiUrl)
      url.pathname += `${encodeURIComponent(key)}/${routeOf(settings, attempt)}`
      return outcomeOf(await attempt.post(url.href, writeEvent(settings, attempt)))
    }),
}

function routeOf(settings: VictoropsSettings, { texts }: HttpAttempt): string {
  const segments = texts.need('routing_key', settings.routingKey).split('/')
  // They would lead out of the path that the key opens.
  if (segments.some((segment) => segment === '.' || segment === '..')) {
    throw new SendFault('routing_key must not hold . or .. between slashes')
  }
  return segments.map(encodeURIComponent).join('/')
}

function writeEvent(settings: VictoropsSettings, { texts, notification }: HttpAttempt) {
  const wanted = texts.plain(settings.messageType)
  const type = EVENTS.has(wanted) ? wanted : 'CRITICAL'
  const event = {
    ...texts.showAll(settings.customFields),
    message_type: notification.status === 'resolved' ? 'RECOVERY' : type,
    entity_id: notification.dedupKey,
    entity_display_name: texts.show(settings.entityDisplayName),
    monitoring_tool: texts.show(settings.monitoringTool),
  }
  const text = texts.withErrors(texts.body(settings.stateMessage))
  return { ...event, state_message: truncateRunes(text, MAX_STATE_MESSAGE_RUNES) }
}
