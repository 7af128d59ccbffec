import { readFile } from 'node:fs/promises'
import { messageOf } from '../../model/problem.ts'
import { httpNotifier, orNothing, type HttpAttempt } from './http-notifier.ts'
import { jsonField, jsonText } from './read-json.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { failureOf, withDetails } from './retry-status.ts'
import { SendFault } from './send-fault.ts'
import type { TelegramSettings } from './telegram-settings.ts'
import { truncateRunes } from './truncate.ts'

/** Telegram refuses longer messages. */
const MAX_RUNES = 4096

interface Message {
  readonly text: string
  readonly parseMode: string
}

/**
 * Sends a message by a bot (notify/telegram/telegram.go). Where the original gives up, this sends the plain text: for a message
 * in HTML that is too long to be sent with its marks, and for one whose marks Telegram cannot parse, as a label with `_` makes
 * those of Markdown.
 */
export const telegram: ReceiverKind<TelegramSettings> = {
  name: 'telegram',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const token = await attempt.reveal(settings.botToken)
      const chat = await chatOf(settings)
      const url = `${settings.apiUrl.replace(/\/+$/, '')}/bot${token}/sendMessage`
      const post = ({ text, parseMode }: Message): Promise<NotifyAnswer> =>
        attempt.post(url, {
          chat_id: chat,
          text,
          disable_web_page_preview: 'true',
          disable_notification: settings.disableNotifications ? 'true' : undefined,
          parse_mode: orNothing(parseMode),
          message_thread_id:
            settings.messageThreadId === 0 ? undefined : String(settings.messageThreadId),
        })
      const message = write(settings, attempt)
      const answer = await post(message)
      if (message.parseMode === '' || !isUnparsed(answer)) return outcome(answer)
      const text = message.parseMode === 'HTML' ? withoutMarks(message.text) : message.text
      return outcome(await post({ text, parseMode: '' }))
    }),
}

function write({ message, parseMode }: TelegramSettings, { texts }: HttpAttempt): Message {
  if (parseMode !== 'HTML')
    return { text: truncateRunes(texts.body(message), MAX_RUNES), parseMode }
  const text = texts.htmlBody(message)
  if (truncateRunes(text, MAX_RUNES) === text) return { text, parseMode }
  return { text: truncateRunes(withoutMarks(text), MAX_RUNES), parseMode: '' }
}

async function chatOf({ chatId, chatIdFile }: TelegramSettings): Promise<string> {
  if (chatIdFile === undefined) return String(chatId)
  const text = await readFile(chatIdFile, 'utf8').catch((thrown: unknown) => {
    throw new SendFault(`cannot read ${chatIdFile}: ${messageOf(thrown)}`, { retry: true })
  })
  if (/^-?[0-9]+$/.test(text.trim())) return text.trim()
  throw new SendFault(`${chatIdFile} holds no ID of a chat, which is a whole number`)
}

function isUnparsed({ status, body }: NotifyAnswer): boolean {
  return status === 400 && /can't parse entities/i.test(jsonText(body, 'description'))
}

/** As the original: every failure is worth another try. */
function outcome(answer: NotifyAnswer): SendOutcome {
  const { status, body } = answer
  if (status >= 200 && status < 300 && jsonField(body, 'ok') === true) {
    return { ok: true, answer: `message ${jsonText(body, 'result', 'message_id')}` }
  }
  const waitS = Number(jsonText(body, 'parameters', 'retry_after'))
  return {
    ok: false,
    retry: true,
    reason: withDetails(
      `unexpected answer from Telegram, status ${status}`,
      jsonText(body, 'description') || body,
    ),
    failure: failureOf(status),
    ...(waitS > 0 ? { retryAfterMs: waitS * 1000 } : {}),
  }
}

const ENTITIES: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"' }

/** The text of a message in Telegram's HTML. */
function withoutMarks(html: string): string {
  return html
    .replaceAll(/<[^<>]*>/g, '')
    .replaceAll(/&(?:#([0-9]{1,6})|(lt|gt|amp|quot));/g, (_, code?: string, name?: string) =>
      code === undefined ? (ENTITIES[name ?? ''] ?? '') : String.fromCodePoint(Number(code)),
    )
}
