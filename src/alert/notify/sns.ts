import { createHash } from 'node:crypto'
import { env } from 'node:process'
import aws4 from 'aws4'
import { unlessEmpty } from '../../yaml/context.ts'
import { awsCredentials } from './aws-credentials.ts'
import { checkedUrl, httpNotifier, type HttpAttempt } from './http-notifier.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { outcomeOf } from './retry-status.ts'
import { SendFault } from './send-fault.ts'
import type { SnsSettings } from './sns-settings.ts'
import { cutBytes, truncateRunes } from './truncate.ts'

const MAX_MESSAGE_BYTES = 256 * 1024
const MAX_SMS_BYTES = 1600
const MAX_SUBJECT_RUNES = 99
/** The version of the API, which never changes. */
const API_VERSION = '2010-03-31'

/** Publishes to a topic, a phone or an endpoint (notify/sns/sns.go). */
export const sns: ReceiverKind<SnsSettings> = {
  name: 'sns',
  create: (settings, tools) =>
    httpNotifier(settings, tools, async (attempt) => {
      const { credentials, region: written } = awsCredentials(settings.sigv4, env)
      attempt.conceal(credentials.secretAccessKey)
      if (credentials.sessionToken !== undefined) attempt.conceal(credentials.sessionToken)
      const fields = writeFields(settings, attempt)
      const region = written ?? regionOf(fields['TopicArn'] ?? fields['TargetArn'] ?? '')
      const url = endpointOf(settings, region, attempt)
      const signed = aws4.sign(
        {
          host: url.host,
          path: url.pathname,
          method: 'POST',
          service: unlessEmpty(settings.sigv4?.serviceName) ?? 'sns',
          region,
          headers: { 'content-type': 'application/x-www-form-urlencoded; charset=utf-8' },
          body: new URLSearchParams(fields).toString(),
        },
        credentials,
      )
      const { method, headers, body } = { ...signed, method: 'POST' as const }
      return readAnswer(await attempt.request({ method, url: url.href, headers, body }))
    }),
}

/** `arn:aws:sns:eu-west-1:123456789012:alerts` names its region. */
function regionOf(arn: string): string {
  const region = /^arn:[^:]+:sns:([a-z0-9-]+):/.exec(arn)?.[1]
  if (region !== undefined) return region
  throw new SendFault('no region: set sigv4: region, or AWS_REGION in the environment')
}

function endpointOf(settings: SnsSettings, region: string, { texts }: HttpAttempt): URL {
  if (settings.apiUrl !== '') {
    return new URL(checkedUrl('api_url', texts.need('api_url', settings.apiUrl)))
  }
  if (!/^[a-z0-9-]+$/.test(region)) throw new SendFault(`sigv4: no region is called ${region}`)
  return new URL(`https://sns.${region}.amazonaws.com${region.startsWith('cn-') ? '.cn' : ''}/`)
}

function writeFields(settings: SnsSettings, { texts, notification }: HttpAttempt) {
  const fields: Record<string, string> = { Action: 'Publish', Version: API_VERSION }
  if (settings.topicArn !== '') {
    const topic = texts.need('topic_arn', settings.topicArn)
    fields['TopicArn'] = topic
    if (topic.endsWith('.fifo')) {
      fields['MessageGroupId'] = notification.dedupKey
      fields['MessageDeduplicationId'] = stateKey(notification)
    }
  }
  if (settings.phoneNumber !== '') {
    fields['PhoneNumber'] = texts.need('phone_number', settings.phoneNumber)
  }
  if (settings.targetArn !== '') fields['TargetArn'] = texts.need('target_arn', settings.targetArn)
  const attributes = new Map(
    Object.entries(settings.attributes).map(([name, value]) => [
      texts.plain(name),
      texts.show(value),
    ]),
  )
  const subject = texts
    .show(settings.subject)
    .replaceAll(/[\s\u0000-\u001f\u007f]+/g, ' ')
    .trim()
  if (subject !== '') fields['Subject'] = truncateRunes(subject, MAX_SUBJECT_RUNES)
  const message = texts.withErrors(texts.body(settings.message)) || '(no details)'
  fields['Message'] = cutBytes(
    message,
    settings.phoneNumber === '' ? MAX_MESSAGE_BYTES : MAX_SMS_BYTES,
  )
  if (fields['Message'] !== message) attributes.set('truncated', 'true')
  // An attribute without a value is refused.
  const entries = [...attributes].filter(([name, value]) => name !== '' && value !== '')
  for (const [index, [name, value]] of entries.entries()) {
    const entry = `MessageAttributes.entry.${index + 1}`
    fields[`${entry}.Name`] = name
    fields[`${entry}.Value.DataType`] = 'String'
    fields[`${entry}.Value.StringValue`] = value
  }
  return fields
}

/**
 * The same for the same state of a group, so that a FIFO topic takes a message once; the original has the group's key here, by
 * which the topic drops the end of an alert that lasted less than five minutes.
 */
function stateKey({ dedupKey, alerts }: HttpAttempt['notification']): string {
  const states = alerts.map(({ fingerprint, status }) => `${fingerprint} ${status}`).toSorted()
  return createHash('sha256')
    .update([dedupKey, ...states].join('\n'))
    .digest('hex')
}

/** Errors stand in XML. Being too fast is told with status 400 too. */
function readAnswer(answer: NotifyAnswer): SendOutcome {
  const code = /<Code>([^<]*)<\/Code>/.exec(answer.body)?.[1] ?? ''
  const outcome = outcomeOf(answer, {
    retryStatuses: code.includes('Throttl') ? [answer.status] : [],
    describe: ({ body }) => `${code} ${/<Message>([^<]*)<\/Message>/.exec(body)?.[1] ?? ''}`,
  })
  return outcome.ok || !code.includes('Throttl') ? outcome : { ...outcome, failure: 'rateLimited' }
}
