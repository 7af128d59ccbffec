import type { Notification, ReceiverKind } from './receiver-kind.ts'
import { outcomeOf, outcomeOfError } from './retry-status.ts'
import { revealSource } from './secret-source.ts'
import { webhookMessage } from './webhook-message.ts'
import type { WebhookSettings } from './webhook-settings.ts'

/** Posts the group as JSON (notify/webhook/webhook.go). */
export const webhook: ReceiverKind<WebhookSettings> = {
  name: 'webhook',
  create: (settings, { http, templates }) => {
    const client = http(settings.http)
    const send = async (notification: Notification, signal: AbortSignal) => {
      const limit = settings.timeout > 0 ? AbortSignal.timeout(settings.timeout) : undefined
      const either = limit === undefined ? signal : AbortSignal.any([signal, limit])
      try {
        const written = await revealSource(settings.url)
        const url = templates.renderText(written, notification)
        if (url.error !== undefined)
          return { ok: false, retry: false, reason: url.error, failure: 'clientError' } as const
        const answer = await client.send(
          {
            method: 'POST',
            url: url.text.trim(),
            headers: { 'content-type': 'application/json' },
            body: JSON.stringify(webhookMessage(notification, settings.maxAlerts)),
          },
          either,
        )
        return outcomeOf(answer)
      } catch (thrown) {
        return outcomeOfError(thrown, either)
      }
    }
    return { send, close: () => client.close() }
  },
}
