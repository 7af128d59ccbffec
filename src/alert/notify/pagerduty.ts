import { httpNotifier, orNothing, type HttpAttempt } from './http-notifier.ts'
import type { PagerdutySettings } from './pagerduty-settings.ts'
import { jsonField, jsonText } from './read-json.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import type { SecretSource } from './secret-source.ts'
import { SendFault } from './send-fault.ts'
import type { TemplateShape } from './template-shape.ts'
import { truncateRunes } from './truncate.ts'

/** The address of version 1, which no setting changes. */
const V1_URL = 'https://events.pagerduty.com/generic/2010-04-15/create_event.json'
/** PagerDuty refuses larger events. */
const MAX_EVENT_BYTES = 512_000
const MAX_SUMMARY_RUNES = 1024

/** Opens an incident, or resolves it, by the events API (notify/pagerduty/pagerduty.go). */
export const pagerduty: ReceiverKind<PagerdutySettings> = {
  name: 'pagerduty',
  create: (settings, tools) =>
    httpNotifier(settings, tools, (attempt) => {
      const { serviceKey, routingKey } = settings
      if (serviceKey !== undefined) return sendV1(settings, serviceKey, attempt)
      if (routingKey !== undefined) return sendV2(settings, routingKey, attempt)
      throw new SendFault('neither routing_key nor service_key is set')
    }),
}

async function sendV1(
  settings: PagerdutySettings,
  key: SecretSource,
  attempt: HttpAttempt,
): Promise<SendOutcome> {
  const { texts, notification } = attempt
  const isFiring = notification.status === 'firing'
  const event = {
    service_key: await keyOf('service_key', key, attempt),
    event_type: isFiring ? 'trigger' : 'resolve',
    incident_key: notification.dedupKey,
    description: orNothing(truncateRunes(texts.show(settings.description), MAX_SUMMARY_RUNES)),
    client: isFiring ? orNothing(texts.plain(settings.client)) : undefined,
    client_url: isFiring ? orNothing(texts.plain(settings.clientUrl)) : undefined,
  }
  const body = fitting((details) => ({ ...event, details }), detailsOf(settings, attempt))
  // 403 is what version 1 answers to too many events.
  return outcomeOf(await attempt.post(V1_URL, body), { retryStatuses: [403], describe })
}

async function sendV2(
  settings: PagerdutySettings,
  key: SecretSource,
  attempt: HttpAttempt,
): Promise<SendOutcome> {
  const { texts, notification } = attempt
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const event = {
    routing_key: await keyOf('routing_key', key, attempt),
    dedup_key: notification.dedupKey,
    event_action: notification.status === 'firing' ? 'trigger' : 'resolve',
    client: plain(settings.client),
    client_url: plain(settings.clientUrl),
    images: settings.images.flatMap(({ src, alt, href }) => {
      const image = { src: texts.plain(src), alt: texts.plain(alt), href: texts.plain(href) }
      return image.src === '' ? [] : [image]
    }),
    links: settings.links.flatMap(({ href, text }) => {
      const link = { href: texts.plain(href), text: texts.show(text) }
      return link.href === '' ? [] : [link]
    }),
  }
  const payload = {
    summary: truncateRunes(texts.show(settings.description), MAX_SUMMARY_RUNES),
    source: texts.plain(settings.source) || 'Vedette',
    severity: texts.plain(settings.severity) || 'error',
    class: plain(settings.class),
    component: plain(settings.component),
    group: plain(settings.group),
  }
  const body = fitting(
    (details) => ({
      ...event,
      images: event.images.length === 0 ? undefined : event.images,
      links: event.links.length === 0 ? undefined : event.links,
      payload: { ...payload, custom_details: details },
    }),
    detailsOf(settings, attempt),
  )
  return outcomeOf(await attempt.post(settings.url, body), { retryStatuses: [429], describe })
}

async function keyOf(name: string, source: SecretSource, attempt: HttpAttempt): Promise<string> {
  const key = attempt.conceal(attempt.texts.need(name, await attempt.reveal(source)))
  if (key === '') throw new SendFault(`${name} is empty`)
  return key
}

type Details = Readonly<Record<string, TemplateShape>>

function detailsOf(settings: PagerdutySettings, { texts }: HttpAttempt): Details {
  const entries = Object.entries(settings.details).map(([name, value]): [string, TemplateShape] => [
    name,
    texts.shape(value),
  ])
  return Object.fromEntries(entries)
}

/** The event with its details, or without them where they make it too large. */
function fitting(write: (details: Details | undefined) => object, details: Details): object {
  const event = write(Object.keys(details).length === 0 ? undefined : details)
  if (Buffer.byteLength(JSON.stringify(event)) <= MAX_EVENT_BYTES) return event
  return write({
    error: `The details are left out: with them the event had more than ${MAX_EVENT_BYTES / 1000} kB.`,
  })
}

/** What is wrong with the event is said with status 400 only. */
function describe({ status, body }: NotifyAnswer): string {
  if (status !== 400) return ''
  const errors = jsonField(body, 'errors')
  return `${jsonText(body, 'message')}: ${Array.isArray(errors) ? errors.join(',') : ''}`
}
