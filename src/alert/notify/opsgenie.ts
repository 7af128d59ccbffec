import { httpNotifier, nonEmpty, orNothing, type HttpAttempt } from './http-notifier.ts'
import type { OpsgenieSettings } from './opsgenie-settings.ts'
import type { NotifyRequest, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { truncateRunes } from './truncate.ts'

/** Opsgenie refuses what is longer. */
const MAX_MESSAGE_RUNES = 130
const MAX_DESCRIPTION_RUNES = 15_000

/** Opens an alert of Opsgenie, changes it, or closes it, by its alias (notify/opsgenie/opsgenie.go). */
export const opsgenie: ReceiverKind<OpsgenieSettings> = {
  name: 'opsgenie',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const key = await attempt.reveal(settings.apiKey)
      const token = attempt.conceal(attempt.texts.need('api_key', key).trim())
      const headers = { 'content-type': 'application/json', authorization: `GenieKey ${token}` }
      let outcome: SendOutcome = { ok: true }
      for (const { method, url, body } of requestsOf(settings, attempt)) {
        const answer = await attempt.request({ method, url, headers, body: JSON.stringify(body) })
        outcome = outcomeOf(answer, { retryStatuses: [429] })
        if (!outcome.ok) break
      }
      return outcome
    }),
}

interface Request extends Pick<NotifyRequest, 'method' | 'url'> {
  readonly body: object
}

/** What is to be asked for, in this order. */
function requestsOf(settings: OpsgenieSettings, { texts, notification }: HttpAttempt): Request[] {
  const alias = notification.dedupKey
  const ofAlert = (what: string): string =>
    urlOf(settings.apiUrl, `v2/alerts/${alias}/${what}`, { identifierType: 'alias' })
  if (notification.status === 'resolved') {
    const body = { source: texts.plain(settings.source) }
    return [{ method: 'POST', url: ofAlert('close'), body }]
  }
  const alert = writeAlert(settings, { texts, notification })
  const create: Request = { method: 'POST', url: urlOf(settings.apiUrl, 'v2/alerts'), body: alert }
  if (!settings.updateAlerts) return [create]
  const { message, description } = alert
  return [
    create,
    { method: 'PUT', url: ofAlert('message'), body: { message: orNothing(message) } },
    { method: 'PUT', url: ofAlert('description'), body: { description } },
  ]
}

function writeAlert(
  settings: OpsgenieSettings,
  { texts, notification }: Pick<HttpAttempt, 'texts' | 'notification'>,
) {
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const alert = {
    alias: notification.dedupKey,
    message: truncateRunes(texts.show(settings.message), MAX_MESSAGE_RUNES),
    details: { ...notification.commonLabels, ...texts.showAll(settings.details) },
    source: texts.plain(settings.source),
    responders: nonEmpty(respondersOf(settings, texts)),
    tags: nonEmpty(splitList(texts.plain(settings.tags))),
    note: plain(settings.note),
    priority: plain(settings.priority),
    entity: plain(settings.entity),
    actions: nonEmpty(splitList(texts.plain(settings.actions))),
  }
  // Last, because it tells what failed in the others.
  const description = truncateRunes(
    texts.withErrors(texts.body(settings.description)),
    MAX_DESCRIPTION_RUNES,
  )
  return { ...alert, description: orNothing(description) }
}

interface Responder {
  readonly id?: string | undefined
  readonly name?: string | undefined
  readonly username?: string | undefined
  readonly type: string
}

/** Those of whom nothing is left are left out; `teams` are several by comma. */
function respondersOf({ responders }: OpsgenieSettings, texts: HttpAttempt['texts']): Responder[] {
  return responders.flatMap((each): Responder[] => {
    const type = texts.plain(each.type)
    const name = texts.plain(each.name)
    if (type === 'teams') return splitList(name).map((team) => ({ name: team, type: 'team' }))
    const responder = {
      id: orNothing(texts.plain(each.id)),
      name: orNothing(name),
      username: orNothing(texts.plain(each.username)),
    }
    const isEmpty = type === '' && Object.values(responder).every((value) => value === undefined)
    return isEmpty ? [] : [{ ...responder, type }]
  })
}

function splitList(text: string): string[] {
  return text
    .trim()
    .split(',')
    .filter((item) => item !== '')
}

function urlOf(base: string, path: string, query: Readonly<Record<string, string>> = {}): string {
  const url = new URL(base)
  url.pathname += path
  for (const [name, value] of Object.entries(query)) url.searchParams.set(name, value)
  return url.href
}
