import { checkedUrl, httpNotifier } from './http-notifier.ts'
import type { Msteamsv2Settings } from './msteamsv2-settings.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateBytes } from './truncate.ts'

/** Teams refuses messages of more than 28 KB, with all that is around the texts. */
const MAX_TEXT_BYTES = 20_000
const MAX_TITLE_BYTES = 2000

const COLOR = { firing: 'Attention', resolved: 'Good' }

/** Posts an adaptive card to a workflow of Teams (notify/msteamsv2/msteamsv2.go). */
export const msteamsv2: ReceiverKind<Msteamsv2Settings> = {
  name: 'msteamsv2',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async ({ notification, texts, reveal, post }) => {
      const url = checkedUrl('webhook_url', await reveal(settings.webhookUrl))
      const title = {
        type: 'TextBlock',
        text: truncateBytes(texts.show(settings.title), MAX_TITLE_BYTES),
        weight: 'Bolder',
        size: 'Medium',
        wrap: true,
        style: 'heading',
        color: COLOR[notification.status],
      }
      const text = {
        type: 'TextBlock',
        text: truncateBytes(texts.body(settings.text), MAX_TEXT_BYTES),
        wrap: true,
      }
      const content = {
        $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
        type: 'AdaptiveCard',
        version: '1.2',
        body: [title, text],
        msteams: { width: 'full' },
      }
      const contentType = 'application/vnd.microsoft.card.adaptive'
      const answer = await post(url, {
        type: 'message',
        attachments: [{ contentType, contentUrl: null, content }],
      })
      return outcomeOf(answer)
    }),
}
