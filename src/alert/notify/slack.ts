import { checkedUrl, httpNotifier, nonEmpty, orNothing } from './http-notifier.ts'
import { isJson, jsonField, jsonText } from './read-json.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { outcomeOf, withDetails } from './retry-status.ts'
import type { SlackSettings } from './slack-settings.ts'
import { withoutForeignMentions } from './slack-mentions.ts'
import { Texts } from './texts.ts'
import { truncateRunes } from './truncate.ts'

const MAX_TITLE_RUNES = 1024
/** Slack shows no more of a text, and refuses what is much longer. */
const MAX_TEXT_RUNES = 40_000
/** What a message that is to be updated is known by. */
const REMEMBERED_TIME = 'threadTs'
const REMEMBERED_CHANNEL = 'channelId'
/** Errors of chat.update after which a message is posted anew: the one to be changed cannot be any more. */
const GONE: ReadonlySet<string> = new Set([
  'message_not_found',
  'cant_update_message',
  'edit_window_closed',
])

/**
 * Posts to an incoming webhook, or to chat.postMessage with the token of a bot (notify/slack/slack.go). With `update_message` the
 * message of a group is changed in place as long as the group lives.
 */
export const slack: ReceiverKind<SlackSettings> = {
  name: 'slack',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const url = checkedUrl('api_url', await attempt.reveal(settings.apiUrl))
      const notification = withoutForeignMentions(attempt.notification)
      const texts = new Texts(tools.templates, notification)
      const body = writeMessage(settings, texts)
      const { [REMEMBERED_TIME]: sentAt = '', [REMEMBERED_CHANNEL]: sentTo = '' } =
        notification.remembered
      if (settings.updateMessage && sentAt !== '' && sentTo !== '') {
        const update = { ...body, channel: sentTo, ts: sentAt }
        const answer = await attempt.post(updateUrl(url), update)
        if (!GONE.has(jsonText(answer.body, 'error'))) return readAnswer(answer, sentTo, true)
      }
      const answer = await attempt.post(url, body)
      return readAnswer(answer, body.channel, settings.updateMessage)
    }),
}

function updateUrl(url: string): string {
  return url.replace(/chat\.postMessage(?=$|[?#])/, 'chat.update')
}

/** A webhook has a channel of its own; a bot has not. */
function channelOf({ channel, appToken }: SlackSettings, texts: Texts): string | undefined {
  return orNothing(appToken === undefined ? texts.plain(channel) : texts.need('channel', channel))
}

function showIn(texts: Texts, template: string): string {
  return truncateRunes(texts.show(template), MAX_TEXT_RUNES)
}

function writeMessage(settings: SlackSettings, texts: Texts) {
  const channel = channelOf(settings, texts)
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const message = {
    channel,
    username: plain(settings.username),
    icon_emoji: plain(settings.iconEmoji),
    icon_url: plain(settings.iconUrl),
    link_names: settings.linkNames ? true : undefined,
    text: orNothing(showIn(texts, settings.messageText)),
  }
  return { ...message, attachments: [writeAttachment(settings, texts)] }
}

function writeAttachment(settings: SlackSettings, texts: Texts) {
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const show = (template: string): string | undefined => orNothing(showIn(texts, template))
  const { mrkdwnIn } = settings
  const attachment = {
    title: orNothing(truncateRunes(texts.show(settings.title), MAX_TITLE_RUNES)),
    title_link: plain(settings.titleLink),
    pretext: show(settings.pretext),
    fallback: showIn(texts, settings.fallback),
    callback_id: texts.plain(settings.callbackId),
    fields: nonEmpty(
      settings.fields.map(({ title, value, short }) => ({
        title: show(title),
        value: show(value),
        short: short ?? settings.shortFields,
      })),
    ),
    actions: nonEmpty(settings.actions.map((action) => writeAction(action, texts))),
    image_url: plain(settings.imageUrl),
    thumb_url: plain(settings.thumbUrl),
    footer: showIn(texts, settings.footer),
    color: plain(settings.color),
    mrkdwn_in: mrkdwnIn.length === 0 ? ['fallback', 'pretext', 'text'] : mrkdwnIn,
  }
  // Last, because it tells what failed in the others.
  const text = texts.withErrors(texts.body(settings.text))
  return { ...attachment, text: truncateRunes(text, MAX_TEXT_RUNES) }
}

/** A link goes before what a click would send. */
function writeAction(action: SlackSettings['actions'][number], texts: Texts) {
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const show = (template: string): string | undefined => orNothing(showIn(texts, template))
  const shared = { type: plain(action.type), text: show(action.text), style: plain(action.style) }
  if (action.url !== '') return { ...shared, url: plain(action.url) }
  const { confirm } = action
  return {
    ...shared,
    name: plain(action.name),
    value: plain(action.value),
    confirm: confirm && {
      text: show(confirm.text),
      title: show(confirm.title),
      ok_text: show(confirm.okText),
      dismiss_text: show(confirm.dismissText),
    },
  }
}

/** Slack answers 200 to much that it refuses: webhooks with a word other than `ok`, the API with `"ok": false`. */
function readAnswer(
  answer: NotifyAnswer,
  channel: string | undefined,
  remembers: boolean,
): SendOutcome {
  const where = `channel ${JSON.stringify(channel ?? '')}`
  const outcome = outcomeOf(answer, { where })
  if (!outcome.ok) return outcome
  const { body } = answer
  const refuse = (reason: string, retry = false): SendOutcome => ({
    ok: false,
    retry,
    reason: `${where}: ${reason}`,
    failure: 'clientError',
  })
  if (!(answer.headers['content-type'] ?? '').startsWith('application/json')) {
    return body === 'ok' || body === ''
      ? outcome
      : refuse(withDetails('received an error response from Slack', body))
  }
  if (!isJson(body)) return refuse(withDetails('could not unmarshal JSON response', body), true)
  if (jsonField(body, 'ok') !== true) {
    return refuse(`error response from Slack: ${jsonText(body, 'error').slice(0, 200)}`)
  }
  const sentAt = jsonText(body, 'ts')
  const sentTo = jsonText(body, 'channel')
  if (!remembers || sentAt === '' || sentTo === '') return outcome
  return { ...outcome, remember: { [REMEMBERED_TIME]: sentAt, [REMEMBERED_CHANNEL]: sentTo } }
}
