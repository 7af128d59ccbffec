import { atMostOne, readExistingPath } from '../../yaml/context.ts'
import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { flag, integer, secret, template, url, word, type Setting } from './settings-table.ts'

const file: Setting<string | undefined> = {
  read: (map, key, context) => readExistingPath(map.key(key), context),
  print: (value, key) => ({ [key]: value }),
}

const TABLE = {
  apiUrl: url(),
  botToken: secret(),
  chatId: integer(),
  chatIdFile: file,
  messageThreadId: integer(),
  message: template('{{ template "telegram.default.message" . }}'),
  disableNotifications: flag(),
  parseMode: word(['', 'Markdown', 'MarkdownV2', 'HTML'], 'HTML'),
}

/** One entry of `telegram_configs` (notify/telegram/config.go). `chatId` is 0 where `chatIdFile` holds it. */
export type TelegramSettings = TableSettings<typeof TABLE> & {
  readonly apiUrl: string
  readonly botToken: SecretSource
}

export const telegramSection = httpSection<typeof TABLE, TelegramSettings>({
  name: 'telegram',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    atMostOne(map, ['chat_id', 'chat_id_file'])
    if (values.chatId === 0 && values.chatIdFile === undefined) {
      map.node.error('one of chat_id, chat_id_file must be set')
    }
    const botToken = values.botToken ?? global.telegram.botToken
    if (!botToken) {
      needOneOf(map, ['bot_token', 'bot_token_file'], ', or telegram_bot_token in global')
    }
    return botToken && { ...values, botToken, apiUrl: values.apiUrl ?? global.telegram.apiUrl }
  },
})
