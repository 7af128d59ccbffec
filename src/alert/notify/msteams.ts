import { checkedUrl, httpNotifier } from './http-notifier.ts'
import type { MsteamsSettings } from './msteams-settings.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateBytes } from './truncate.ts'

/** Teams refuses messages of more than 28 KB, with all that is around the texts. */
const MAX_TEXT_BYTES = 20_000
const MAX_TITLE_BYTES = 2000

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
        title: truncateBytes(texts.show(settings.title), MAX_TITLE_BYTES),
        summary: truncateBytes(texts.show(settings.summary), MAX_TITLE_BYTES),
        text: truncateBytes(texts.body(settings.text), MAX_TEXT_BYTES),
        themeColor: COLOR[notification.status],
      })
      return outcomeOf(answer)
    }),
}
