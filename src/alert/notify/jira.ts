import { httpNotifier, type HttpAttempt } from './http-notifier.ts'
import { groupLabel, writeIssue } from './jira-issue.ts'
import type { JiraSettings } from './jira-settings.ts'
import { isJson, jsonField, jsonText } from './read-json.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { SendFault } from './send-fault.ts'
import { withSlash } from './url-path.ts'

/** Opens an issue for a group, changes it, and opens or ends it again (notify/jira/jira.go). */
export const jira: ReceiverKind<JiraSettings> = {
  name: 'jira',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const { texts, notification } = attempt
      const found = await findIssue(settings, attempt)
      if (found === undefined && notification.status === 'resolved') {
        return { ok: true, answer: 'no open issue' }
      }
      const fields = writeIssue(settings, texts, notification, found === undefined)
      const answer =
        found === undefined
          ? await call(settings, attempt, { method: 'POST', path: 'issue', body: { fields } })
          : await call(settings, attempt, {
              method: 'PUT',
              path: `issue/${found.key}`,
              body: { fields },
            })
      if (found !== undefined) await moveIssue(settings, attempt, found)
      return { ok: true, answer: found?.key ?? jsonText(answer.body, 'key') }
    }),
}

interface FoundIssue {
  readonly key: string
  readonly isDone: boolean
}

/** The issue of the group that was changed last: an open one, or, while it may be reopened, one that was closed not long ago. */
async function findIssue(
  settings: JiraSettings,
  attempt: HttpAttempt,
): Promise<FoundIssue | undefined> {
  const body = { jql: searchText(settings, attempt), maxResults: 2, fields: ['status'] }
  const { apiType, apiUrl } = settings
  const isCloud =
    apiType === 'cloud' || (apiType === 'auto' && new URL(apiUrl).host.endsWith('atlassian.net'))
  const answer = isCloud
    ? await call(settings, attempt, { method: 'POST', path: 'search/jql', body, isVersion3: true })
    : await call(settings, attempt, { method: 'POST', path: 'search', body })
  if (!isJson(answer.body)) throw new SendFault('Jira answers a search with what is no JSON')
  const key = jsonText(answer.body, 'issues', 0, 'key')
  if (key === '') return undefined
  if (!/^[\w-]+$/.test(key)) throw new SendFault(`Jira knows an issue by the odd key ${key}`)
  const status = ['issues', 0, 'fields', 'status', 'statusCategory', 'key']
  return { key, isDone: jsonText(answer.body, ...status) === 'done' }
}

/** In Jira's language for searches, whose texts are quoted as those of JSON. */
function searchText(settings: JiraSettings, { texts, notification }: HttpAttempt): string {
  const { wontFixResolution, reopenTransition } = settings
  const reopenMinutes = Math.trunc(settings.reopenDuration / 60_000)
  const mayReopen = notification.status === 'firing' && reopenTransition !== '' && reopenMinutes > 0
  const conditions = [
    // An issue without a resolution is not "other than" one.
    ...(wontFixResolution === ''
      ? []
      : [`(resolution is EMPTY or resolution != ${JSON.stringify(wontFixResolution)})`]),
    mayReopen
      ? `(resolutiondate is EMPTY OR resolutiondate >= -${reopenMinutes}m)`
      : 'statusCategory != Done',
    `project=${JSON.stringify(texts.need('project', settings.project))}`,
    `labels=${JSON.stringify(groupLabel(notification))}`,
  ]
  return `${conditions.join(' and ')} order by status ASC,resolutiondate DESC`
}

/** Opens an issue again whose group fires, and ends one whose group is over. */
async function moveIssue(
  settings: JiraSettings,
  attempt: HttpAttempt,
  { key, isDone }: FoundIssue,
): Promise<void> {
  const isFiring = attempt.notification.status === 'firing'
  if (isFiring !== isDone) return
  const name = isFiring ? settings.reopenTransition : settings.resolveTransition
  if (name === '') return
  const path = `issue/${key}/transitions`
  const { body } = await call(settings, attempt, { method: 'GET', path })
  const transitions = jsonField(body, 'transitions')
  const known = Array.isArray(transitions) ? transitions.map((_, i) => i) : []
  const index = known.find((i) => jsonText(body, 'transitions', i, 'name') === name)
  if (index === undefined) {
    throw new SendFault(
      `the issue ${key} has no transition ${JSON.stringify(name)} from where it is`,
    )
  }
  const id = jsonText(body, 'transitions', index, 'id')
  await call(settings, attempt, { method: 'POST', path, body: { transition: { id } } })
}

interface Call {
  readonly method: 'GET' | 'POST' | 'PUT'
  readonly path: string
  readonly body?: object
  /** Jira's cloud searches under version 3 only. */
  readonly isVersion3?: boolean
}

/** Rejects with SendFault unless the answer is 2xx. */
async function call(
  { apiUrl }: JiraSettings,
  attempt: HttpAttempt,
  { method, path, body, isVersion3 = false }: Call,
): Promise<NotifyAnswer> {
  const { href } = new URL(path, withSlash(apiUrl))
  const answer = await attempt.request({
    method,
    url: isVersion3 ? href.replace('/rest/api/2/', '/rest/api/3/') : href,
    // Names of transitions are those of this language.
    headers: { 'content-type': 'application/json', 'accept-language': 'en' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  })
  const outcome: SendOutcome = outcomeOf(answer, {
    retryStatuses: [429],
    where: `${method} ${path}`,
  })
  if (!outcome.ok) throw new SendFault(outcome.reason, outcome)
  return answer
}
