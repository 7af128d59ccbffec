import { checkedUrl, httpNotifier } from './http-notifier.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { Texts } from './texts.ts'
import { firstAlerts, webhookMessage } from './webhook-message.ts'
import type { WebhookSettings } from './webhook-settings.ts'

/** Posts the group as JSON, or what `payload` says (notify/webhook/webhook.go). */
export const webhook: ReceiverKind<WebhookSettings> = {
  name: 'webhook',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const { notification } = attempt
      const texts = new Texts(tools.templates, firstAlerts(notification, settings.maxAlerts))
      const written = await attempt.reveal(settings.url)
      const url = attempt.conceal(checkedUrl('url', texts.need('url', written)))
      const body =
        settings.payload === undefined
          ? JSON.stringify(webhookMessage(notification, settings.maxAlerts))
          : JSON.stringify(texts.shape(settings.payload))
      const headers = { 'content-type': 'application/json' }
      return outcomeOf(await attempt.request({ method: 'POST', url, headers, body }))
    }),
}
