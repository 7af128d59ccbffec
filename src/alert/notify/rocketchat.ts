import { httpNotifier, nonEmpty, orNothing, type HttpAttempt } from './http-notifier.ts'
import { isJson, jsonField, jsonText } from './read-json.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { outcomeOf, withDetails } from './retry-status.ts'
import type { RocketchatSettings } from './rocketchat-settings.ts'
import { truncateRunes } from './truncate.ts'
import { withSlash } from './url-path.ts'

const MAX_TITLE_RUNES = 1024

/** Posts as a user of Rocket.Chat (notify/rocketchat/rocketchat.go). */
export const rocketchat: ReceiverKind<RocketchatSettings> = {
  name: 'rocketchat',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const headers = {
        'x-auth-token': await attempt.reveal(settings.token),
        'x-user-id': await attempt.reveal(settings.tokenId),
      }
      const url = new URL('api/v1/chat.postMessage', withSlash(settings.apiUrl))
      const body = writeMessage(settings, attempt)
      return readAnswer(await attempt.post(url.href, body, headers), body.channel)
    }),
}

function writeMessage(settings: RocketchatSettings, { texts }: HttpAttempt) {
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const show = (template: string): string | undefined => orNothing(texts.show(template))
  const message = {
    channel: orNothing(texts.need('channel', settings.channel)),
    emoji: plain(settings.emoji),
    avatar: plain(settings.iconUrl),
  }
  const attachment = {
    title: orNothing(truncateRunes(texts.show(settings.title), MAX_TITLE_RUNES)),
    title_link: plain(settings.titleLink),
    image_url: plain(settings.imageUrl),
    thumb_url: plain(settings.thumbUrl),
    color: plain(settings.color),
    fields: nonEmpty(
      settings.fields.map(({ title, value, short }) => ({
        title: show(title),
        value: show(value),
        short: short ?? settings.shortFields,
      })),
    ),
    // Rocket.Chat knows no other actions than buttons.
    actions: nonEmpty(
      settings.actions.map((action) => ({
        type: 'button',
        text: show(action.text),
        url: plain(action.url),
        image_url: plain(action.imageUrl),
        is_webview: action.isWebview,
        webview_height_ratio: plain(action.webviewHeightRatio),
        msg: show(action.msg),
        msg_in_chat_window: action.msgInChatWindow,
        msg_processing_type: plain(action.msgProcessingType),
      })),
    ),
  }
  const text = orNothing(texts.withErrors(texts.body(settings.text)))
  return { ...message, attachments: [{ ...attachment, text }] }
}

/** Rocket.Chat may answer 200 to what it refuses. */
function readAnswer(answer: NotifyAnswer, channel: string | undefined): SendOutcome {
  const where = `channel ${JSON.stringify(channel ?? '')}`
  const outcome = outcomeOf(answer, { where })
  if (!outcome.ok || jsonField(answer.body, 'success') === true) return outcome
  return {
    ok: false,
    retry: !isJson(answer.body),
    reason: withDetails(
      `${where}: error response from Rocket.Chat`,
      jsonText(answer.body, 'error'),
    ),
    failure: 'clientError',
  }
}
