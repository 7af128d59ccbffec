import { checkedUrl, httpNotifier } from './http-notifier.ts'
import type { MsteamsSettings } from './msteams-settings.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'

const COLOR = { firing: '8C1A1A', resolved: '2DC72D' }

/** Posts a message card to an Office 365 connector (notify/msteams/msteams.go). */
export const msteams: ReceiverKind<MsteamsSettings> = {
  name: 'msteams',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async ({ notification, texts, reveal, post }) => {
      const url = checkedUrl('webhook_url', await reveal(settings.webhookUrl))
      const answer = await post(url, {
        '@context': 'http://schema.org/extensions',
        type: 'MessageCard',
        title: texts.show(settings.title),
        summary: texts.show(settings.summary),
        text: texts.body(settings.text),
        themeColor: COLOR[notification.status],
      })
      return outcomeOf(answer)
    }),
}
