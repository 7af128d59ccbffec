import aws4 from 'aws4'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { matching } from '../testing/matching.ts'
import { ReceiverBench } from '../testing/receiver-bench.ts'
import { sampleNotification, sampleResolved } from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
  for (const name of ['AWS_ACCESS_KEY_ID', 'AWS_SECRET_ACCESS_KEY', 'AWS_SESSION_TOKEN']) {
    vi.stubEnv(name, undefined)
  }
  vi.stubEnv('AWS_REGION', undefined)
  vi.stubEnv('AWS_DEFAULT_REGION', undefined)
})

afterEach(async () => {
  vi.unstubAllEnvs()
  await bench.close()
})

const TOPIC = 'arn:aws:sns:eu-west-1:123456789012:alerts'
const SIGV4 = 'sigv4: {region: eu-west-1, access_key: AKID, secret_key: sesame}'

function fieldsOf(body: string): Record<string, string> {
  return Object.fromEntries(new URLSearchParams(body))
}

describe('sns', () => {
  it('publishes what it has signed', async () => {
    const api = await bench.serve(() => ({ body: '<PublishResponse/>' }))
    const outcome = await bench.send(
      'sns',
      `{api_url: '${api.url}/', ${SIGV4}, topic_arn: '${TOPIC}', subject: "{{ .Status }}\\nnow", message: 'on {{ .CommonLabels.instance }}',
        attributes: {severity: '{{ .CommonLabels.severity }}', none: '{{ .CommonLabels.none }}'}}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    const { headers, body, method } = api.only
    expect(fieldsOf(body)).toEqual({
      Action: 'Publish',
      Version: '2010-03-31',
      TopicArn: TOPIC,
      Subject: 'firing now',
      Message: 'on db-1',
      'MessageAttributes.entry.1.Name': 'severity',
      'MessageAttributes.entry.1.Value.DataType': 'String',
      'MessageAttributes.entry.1.Value.StringValue': 'critical',
    })
    const { authorization, host = '' } = headers
    expect(authorization).toMatch(/Credential=AKID\/\d{8}\/eu-west-1\/sns\/aws4_request/)
    // The same keys sign what came in the same way: nothing was changed after signing.
    const again = aws4.sign(
      {
        host,
        path: '/',
        method,
        service: 'sns',
        region: 'eu-west-1',
        headers: {
          'content-type': headers['content-type'] ?? '',
          'x-amz-date': String(headers['x-amz-date']),
        },
        body,
      },
      { accessKeyId: 'AKID', secretAccessKey: 'sesame' },
    )
    const signatureOf = (text: unknown): string | undefined =>
      /Signature=([0-9a-f]{64})/.exec(String(text))?.[1]
    expect(signatureOf(authorization)).toBe(signatureOf(again.headers['Authorization']))
  })

  it('takes keys from the environment, and the region from the topic', async () => {
    const api = await bench.serve()
    vi.stubEnv('AWS_ACCESS_KEY_ID', 'ENVID')
    vi.stubEnv('AWS_SECRET_ACCESS_KEY', 'x')
    vi.stubEnv('AWS_SESSION_TOKEN', 'session')
    await bench.send('sns', `{api_url: '${api.url}', topic_arn: '${TOPIC}'}`)
    expect(api.only.headers).toMatchObject({
      authorization: matching(/Credential=ENVID\/\d+\/eu-west-1\/sns/),
      'x-amz-security-token': 'session',
    })
  })

  it('tells FIFO topics what is the same', async () => {
    const api = await bench.serve()
    const send = (notification = sampleNotification()) =>
      bench.send(
        'sns',
        `{api_url: '${api.url}', ${SIGV4}, topic_arn: '${TOPIC}.fifo'}`,
        notification,
      )
    await send()
    await send()
    await send(sampleResolved())
    const [first, second, third] = api.seen.map(({ body }) => fieldsOf(body))
    expect(first).toMatchObject({ MessageGroupId: sampleNotification().dedupKey })
    expect(second?.['MessageDeduplicationId']).toBe(first?.['MessageDeduplicationId'])
    expect(third?.['MessageDeduplicationId']).not.toBe(first?.['MessageDeduplicationId'])
  })

  it('cuts what is too long, and says so', async () => {
    const api = await bench.serve()
    const keys = `api_url: '${api.url}', ${SIGV4}, subject: '${'s'.repeat(200)}', message: '${'ä'.repeat(1000)}'`
    await bench.send('sns', `{${keys}, phone_number: '+49{{ len .Alerts }}'}`)
    const fields = fieldsOf(api.only.body)
    expect(fields).toMatchObject({
      PhoneNumber: '+491',
      Message: 'ä'.repeat(800),
      Subject: `${'s'.repeat(98)}…`,
      'MessageAttributes.entry.1.Name': 'truncated',
    })
  })

  it.each([
    [{ status: 500 }, true, 'serverError'],
    [
      { status: 400, body: '<Error><Code>Throttling</Code><Message>slow</Message></Error>' },
      true,
      'rateLimited',
    ],
    [
      { status: 403, body: '<Error><Code>AuthorizationError</Code><Message>no</Message></Error>' },
      false,
      'authError',
    ],
  ])('reads the answer %j', async (answer, retry, failure) => {
    const api = await bench.serve(() => answer)
    const outcome = await bench.send(
      'sns',
      `{api_url: '${api.url}', ${SIGV4}, topic_arn: '${TOPIC}'}`,
    )
    expect(outcome).toMatchObject({ ok: false, retry, failure })
  })

  it.each([
    [`topic_arn: '${TOPIC}'`, /no keys for AWS/],
    [`topic_arn: x, sigv4: {access_key: a, secret_key: b}`, /no region/],
    [`topic_arn: x, sigv4: {role_arn: r}`, /role_arn is not supported/],
    [`topic_arn: x, sigv4: {profile: p}`, /profile is not supported/],
    [`topic_arn: '{{ .Nope }}', ${SIGV4}`, /template of topic_arn failed/],
  ])('cannot send with %s', async (keys, reason) => {
    const outcome = await bench.send('sns', `{${keys}}`)
    expect(outcome).toMatchObject({ ok: false, retry: false, reason: matching(reason) })
  })
})
