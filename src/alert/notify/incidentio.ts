import { readFile } from 'node:fs/promises'
import { messageOf } from '../../model/problem.ts'
import { checkedUrl, httpNotifier } from './http-notifier.ts'
import type { IncidentioSettings } from './incidentio-settings.ts'
import { jsonField, jsonText } from './read-json.ts'
import type { Notification, NotifyAnswer, ReceiverKind } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { SendFault } from './send-fault.ts'
import { groupMessage } from './webhook-message.ts'

/** incident.io refuses larger messages. */
const MAX_MESSAGE_BYTES = 512 * 1024

/** Posts the group to an alert source (notify/incidentio/incidentio.go). */
export const incidentio: ReceiverKind<IncidentioSettings> = {
  name: 'incidentio',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async ({ notification, reveal, request }) => {
      const { alertSourceToken: source } = settings
      const token = source && (await reveal(source))
      const answer = await request({
        method: 'POST',
        url: await urlOf(settings),
        headers: {
          'content-type': 'application/json',
          ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        },
        body: writeMessage(notification, settings.maxAlerts),
      })
      return outcomeOf(answer, { retryStatuses: [429], describe })
    }),
}

async function urlOf({ url, urlFile }: IncidentioSettings): Promise<string> {
  if (urlFile === undefined) return checkedUrl('url', url ?? '')
  const text = await readFile(urlFile, 'utf8').catch((thrown: unknown) => {
    throw new SendFault(`cannot read ${urlFile}: ${messageOf(thrown)}`, { retry: true })
  })
  return checkedUrl('url_file', text)
}

/** All alerts, or the first one only where they are too many: one is enough to open an incident. */
function writeMessage(notification: Notification, maxAlerts: number): string {
  const write = (most: number): string =>
    JSON.stringify({ ...groupMessage(notification, most), version: '1' })
  const message = write(maxAlerts)
  return Buffer.byteLength(message) <= MAX_MESSAGE_BYTES ? message : write(1)
}

function describe({ body }: NotifyAnswer): string {
  const errors = jsonField(body, 'errors')
  const parts = [
    jsonText(body, 'message'),
    jsonText(body, 'error'),
    Array.isArray(errors) ? errors.join(', ') : '',
  ]
  return parts.filter((part) => part !== '').join(': ')
}
