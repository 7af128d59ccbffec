import { httpNotifier, type HttpAttempt } from './http-notifier.ts'
import type { PushoverSettings } from './pushover-settings.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateRunes } from './truncate.ts'

const API_URL = 'https://api.pushover.net/1/messages.json'
/** Pushover's limits. */
const MAX_TITLE_RUNES = 250
const MAX_MESSAGE_RUNES = 1024
const MAX_URL_RUNES = 512
const MAX_URL_TITLE_RUNES = 100

/**
 * Sends a message to a phone (notify/pushover/pushover.go). The fields are the body, not the query, so that keys stand in no log
 * of a proxy.
 */
export const pushover: ReceiverKind<PushoverSettings> = {
  name: 'pushover',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const { texts, reveal, conceal, request } = attempt
      const secretOf = async (name: 'token' | 'userKey'): Promise<string> =>
        conceal(texts.need(name, await reveal(settings[name])).trim())
      const fields = new URLSearchParams({
        token: await secretOf('token'),
        user: await secretOf('userKey'),
        ...writeMessage(settings, attempt),
      })
      const headers = { 'content-type': 'application/x-www-form-urlencoded' }
      const body = fields.toString()
      return outcomeOf(await request({ method: 'POST', url: API_URL, headers, body }))
    }),
}

function writeMessage(settings: PushoverSettings, { texts }: HttpAttempt): Record<string, string> {
  const priority = texts.plain(settings.priority)
  const fields = {
    title: truncateRunes(texts.show(settings.title), MAX_TITLE_RUNES),
    url: truncateRunes(texts.plain(settings.url), MAX_URL_RUNES),
    url_title: truncateRunes(texts.show(settings.urlTitle), MAX_URL_TITLE_RUNES),
    // Without a usable one it is normal.
    priority: priority === '' ? '0' : priority,
    retry: seconds(settings.retry),
    expire: seconds(settings.expire),
    device: texts.plain(settings.device),
    sound: texts.plain(settings.sound),
    ...(settings.html ? { html: '1' } : {}),
    ...(settings.monospace ? { monospace: '1' } : {}),
    ...(settings.ttl >= 1000 ? { ttl: seconds(settings.ttl) } : {}),
  }
  const text = settings.html ? texts.htmlBody(settings.message) : texts.body(settings.message)
  const message = truncateRunes(settings.html ? text : texts.withErrors(text), MAX_MESSAGE_RUNES)
  // Pushover refuses an empty message.
  return { ...fields, message: message.trim() || '(no details)' }
}

function seconds(durationMs: number): string {
  return String(Math.trunc(durationMs / 1000))
}
