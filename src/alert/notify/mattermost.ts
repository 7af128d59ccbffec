import { checkedUrl, httpNotifier, nonEmpty, orNothing, type HttpAttempt } from './http-notifier.ts'
import type { MattermostSettings } from './mattermost-settings.ts'
import type { ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateRunes } from './truncate.ts'

/** Mattermost refuses longer texts. */
const MAX_TEXT_RUNES = 16_383

/** Posts to an incoming webhook (notify/mattermost/mattermost.go). */
export const mattermost: ReceiverKind<MattermostSettings> = {
  name: 'mattermost',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const url = checkedUrl('webhook_url', await attempt.reveal(settings.webhookUrl))
      const body = writeMessage(settings, attempt)
      const where = `channel ${JSON.stringify(body.channel ?? '')}`
      return outcomeOf(await attempt.post(url, body), { where })
    }),
}

type Attachment = MattermostSettings['attachments'][number]

/** The settings describe the only attachment, unless there are `attachments`, before which the text then stands. */
function writeMessage(settings: MattermostSettings, { texts }: HttpAttempt) {
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const { props } = settings
  const message = {
    channel: plain(settings.channel),
    username: plain(settings.username),
    icon_url: plain(settings.iconUrl),
    icon_emoji: plain(settings.iconEmoji),
    type: plain(settings.type),
    priority: priorityOf(settings, texts),
    props:
      props === undefined || props.card === ''
        ? undefined
        : { card: orNothing(texts.show(props.card)) },
  }
  const attachments = settings.attachments.map((each) => ({
    ...writeAttachment(each, texts),
    text: orNothing(texts.show(each.text)),
  }))
  const own = attachments.length === 0 ? writeAttachment(settings, texts) : undefined
  // Last, because it tells what failed in the others.
  const body = texts.withErrors(texts.body(settings.text))
  const text = orNothing(truncateRunes(body, MAX_TEXT_RUNES))
  return own === undefined
    ? { ...message, text, attachments }
    : { ...message, attachments: [{ ...own, text }] }
}

function writeAttachment(each: Omit<Attachment, 'text'>, texts: HttpAttempt['texts']) {
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const show = (template: string): string | undefined => orNothing(texts.show(template))
  return {
    fallback: show(each.fallback),
    color: plain(each.color),
    pretext: show(each.pretext),
    author_name: show(each.authorName),
    author_link: plain(each.authorLink),
    author_icon: plain(each.authorIcon),
    title: show(each.title),
    title_link: plain(each.titleLink),
    fields: nonEmpty(
      each.fields.map(({ title, value, short }) => ({
        title: show(title),
        value: show(value),
        short,
      })),
    ),
    thumb_url: plain(each.thumbUrl),
    footer: show(each.footer),
    footer_icon: plain(each.footerIcon),
    image_url: plain(each.imageUrl),
  }
}

/** Acknowledgement may be asked for what is more than standard, and persistence for what is urgent; Mattermost refuses the rest. */
function priorityOf({ priority }: MattermostSettings, texts: HttpAttempt['texts']) {
  if (priority === undefined || priority.priority === '') return undefined
  const wanted = texts.plain(priority.priority).toLowerCase()
  const word = wanted === 'urgent' || wanted === 'important' ? wanted : 'standard'
  return {
    priority: word,
    requested_ack: priority.requestedAck && word !== 'standard' ? true : undefined,
    persistent_notifications:
      priority.persistentNotifications && word === 'urgent' ? true : undefined,
  }
}
