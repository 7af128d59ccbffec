import type { DiscordSettings } from './discord-settings.ts'
import { checkedUrl, httpNotifier, orNothing } from './http-notifier.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateRunes } from './truncate.ts'

/** Discord's limits of an embed and of the text before it. */
const MAX_TITLE_RUNES = 256
const MAX_DESCRIPTION_RUNES = 4096
const MAX_CONTENT_RUNES = 2000

const COLOR = { firing: 0x992d22, resolved: 0x2ecc71 }

/** Posts an embed to a webhook (notify/discord/discord.go). */
export const discord: ReceiverKind<DiscordSettings> = {
  name: 'discord',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async ({ notification, texts, reveal, post }) => {
      const url = checkedUrl('webhook_url', await reveal(settings.webhookUrl))
      const answer = await post(url, {
        content: truncateRunes(texts.show(settings.content), MAX_CONTENT_RUNES),
        embeds: [
          {
            title: truncateRunes(texts.show(settings.title), MAX_TITLE_RUNES),
            description: truncateRunes(texts.body(settings.message), MAX_DESCRIPTION_RUNES),
            color: COLOR[notification.status],
          },
        ],
        username: orNothing(settings.username),
        avatar_url: orNothing(settings.avatarUrl),
      })
      return outcomeOf(answer)
    }),
}
