import { existsSync, readFileSync } from 'node:fs'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { FakeMailbox } from '../testing/fake-mailbox.ts'
import { ReceiverBench } from '../testing/receiver-bench.ts'
import { sampleAlert, sampleNotification } from '../testing/sample-notification.ts'

const seeds = path.resolve('../shared/data/seeds')
const hasSeeds = existsSync(seeds)
if (!hasSeeds) console.log(`notice: ${seeds} is not there, so its alertmanager.yml are not tried`)

let bench: ReceiverBench
let box: FakeMailbox

beforeEach(async () => {
  bench = new ReceiverBench()
  box = await FakeMailbox.start({ authMethods: ['LOGIN'], password: 'sesame' })
  bench.closes(box)
})

afterEach(() => bench.close())

const NOTIFICATION = sampleNotification({
  groupLabels: { alertname: 'PassengerQueueHigh', severity: 'warning' },
  alerts: ['web-1', 'web-2'].map((instance) =>
    sampleAlert({
      labels: { alertname: 'PassengerQueueHigh', severity: 'warning', instance },
      annotations: { summary: `Queue of ${instance} `, description: 'Requests wait < 1 s' },
    }),
  ),
})

/** A file of the seeds as it stands, but for the places that are sent to. */
async function send(name: string, changes: readonly (readonly [string, string])[], env = {}) {
  let yaml = readFileSync(path.join(seeds, name), 'utf8')
  for (const [written, here] of changes) {
    expect(yaml).toContain(written)
    yaml = yaml.replaceAll(written, here)
  }
  // The fake mail server speaks no TLS, and nothing else is changed.
  yaml = yaml.replace(/^global:/m, 'global:\n  smtp_require_tls: false')
  const outcomes = []
  for (const notifier of bench.notifiers(yaml, env)) {
    outcomes.push(await notifier.send(NOTIFICATION, AbortSignal.timeout(20_000)))
  }
  return outcomes
}

describe.skipIf(!hasSeeds)('the alertmanager.yml of the seeds', () => {
  it('koprogo: a mail with the subject of the file, to whom the environment names', async () => {
    const outcomes = await send(
      'koprogo/alertmanager.yml',
      [['smtp.gmail.com:587', `127.0.0.1:${box.port}`]],
      { ALERT_EMAIL: 'syndic@koprogo.com', SMTP_USERNAME: 'mailer', SMTP_PASSWORD: 'sesame' },
    )
    expect(outcomes).toMatchObject([{ ok: true }])
    expect(box.only).toMatchObject({
      from: 'alertmanager@koprogo.com',
      to: ['syndic@koprogo.com'],
      login: 'LOGIN mailer',
      mail: { subject: '[KoproGo] PassengerQueueHigh' },
    })
    expect(box.only.mail.html).toContain('Requests wait &lt; 1 s')
  })

  it('passenger: a mail and a Slack message with subject, body, title and text of the file', async () => {
    const slack = await bench.serve(() => ({ body: 'ok' }))
    const outcomes = await send('passenger/alertmanager.yml', [
      ['smtp.gmail.com:587', `127.0.0.1:${box.port}`],
      ['YOUR_SLACK_WEBHOOK_URL', `${slack.url}/services/x`],
    ])
    expect(outcomes).toMatchObject([{ ok: true }, { ok: true }])
    const { mail, raw, to } = box.only
    expect(to).toEqual(['admin@yourdomain.com'])
    expect(mail.subject).toBe('Alert: Queue of web-1 Queue of web-2')
    expect(mail.text).toContain(
      'Alert: Queue of web-1 \n\nDescription: Requests wait < 1 s\n\nInstance: web-1\n'.replaceAll(
        '\n\n',
        '\n',
      ),
    )
    expect(mail.text).toContain('Instance: web-2')
    expect(raw).not.toContain('text/html')
    expect(slack.only.json).toMatchObject({
      channel: '#monitoring',
      attachments: [{ title: 'Passenger Alert', text: 'Queue of web-1 Queue of web-2 ' }],
    })
  })

  it('provisioning: a mail, PagerDuty, and Slack', async () => {
    const slack = await bench.serve(() => ({ body: 'ok' }))
    const outcomes = await send('provisioning/alertmanager/alertmanager.yml', [
      ['smtp.example.com:587', `127.0.0.1:${box.port}`],
      ['<slack-webhook-url>', `${slack.url}/services/x`],
      // Version 2, because the address of version 1 is fixed and elsewhere.
      [`- service_key: '<pagerduty-key>'`, `- {routing_key: k, url: '${slack.url}/pagerduty'}`],
    ])
    expect(outcomes).toMatchObject([{ ok: true }, { ok: true }, { ok: true }])
    expect(box.only).toMatchObject({
      from: 'alerts@provisioning.example.com',
      to: ['ops@example.com'],
      mail: { subject: '[FIRING:2] PassengerQueueHigh warning' },
    })
    expect(slack.seen).toMatchObject([
      {
        path: '/pagerduty',
        json: { payload: { summary: '[FIRING:2] PassengerQueueHigh warning' } },
      },
      {
        path: '/services/x',
        json: {
          channel: '#provisioning-alerts',
          attachments: [{ title: '[FIRING:2] PassengerQueueHigh warning', color: 'danger' }],
        },
      },
    ])
  })
})
