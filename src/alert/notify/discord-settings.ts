import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { secretUrl, template, text } from './settings-table.ts'

const TABLE = {
  webhookUrl: secretUrl(),
  content: template(),
  title: template('{{ template "discord.default.title" . }}'),
  message: template('{{ template "discord.default.message" . }}'),
  username: text(),
  avatarUrl: text(),
}

/** One entry of `discord_configs` (notify/discord/config.go). */
export type DiscordSettings = TableSettings<typeof TABLE> & { readonly webhookUrl: SecretSource }

export const discordSection = httpSection<typeof TABLE, DiscordSettings>({
  name: 'discord',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map }) => {
    needOneOf(map, ['webhook_url', 'webhook_url_file'])
    const { webhookUrl } = values
    return webhookUrl && { ...values, webhookUrl }
  },
})
