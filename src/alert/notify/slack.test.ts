import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matching } from '../testing/matching.ts'
import { inTurn, oneReceiver, ReceiverBench } from '../testing/receiver-bench.ts'
import {
  hostileNotification,
  sampleAlert,
  sampleNotification,
  sampleResolved,
} from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

const OK = { body: 'ok' }

describe('slack by a webhook', () => {
  it('sends the message with every setting', async () => {
    const hook = await bench.serve(() => OK)
    const outcome = await bench.send(
      'slack',
      `{api_url: '${hook.url}/services/T/B/x', channel: '#{{ .CommonLabels.severity }}', username: bot, color: '#f00',
        title: '{{ .CommonLabels.alertname }}', title_link: 'http://t', pretext: before, text: 'on {{ .CommonLabels.instance }}',
        message_text: top, fields: [{title: a, value: '{{ len .Alerts }}', short: true}, {title: b, value: c}],
        short_fields: false, footer: foot, fallback: fall, callback_id: back, icon_emoji: ':x:', icon_url: 'http://i',
        image_url: 'http://m', thumb_url: 'http://h', link_names: true, mrkdwn_in: [text],
        actions: [{type: button, text: go, url: 'http://{{ .Status }}', style: danger, name: n},
          {type: button, text: ack, name: ack, value: '1', confirm: {text: sure, title: t, ok_text: y, dismiss_text: n}}]}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    expect(hook.only).toMatchObject({ method: 'POST', path: '/services/T/B/x' })
    expect(hook.only.json).toEqual({
      channel: '#critical',
      username: 'bot',
      icon_emoji: ':x:',
      icon_url: 'http://i',
      link_names: true,
      text: 'top',
      attachments: [
        {
          title: 'DiskFull',
          title_link: 'http://t',
          pretext: 'before',
          text: 'on db-1',
          fallback: 'fall',
          callback_id: 'back',
          fields: [
            { title: 'a', value: '1', short: true },
            { title: 'b', value: 'c', short: false },
          ],
          actions: [
            { type: 'button', text: 'go', url: 'http://firing', style: 'danger' },
            {
              type: 'button',
              text: 'ack',
              name: 'ack',
              value: '1',
              confirm: { text: 'sure', title: 't', ok_text: 'y', dismiss_text: 'n' },
            },
          ],
          image_url: 'http://m',
          thumb_url: 'http://h',
          footer: 'foot',
          color: '#f00',
          mrkdwn_in: ['text'],
        },
      ],
    })
  })

  it('says by default what fires, and that it is over', async () => {
    const hook = await bench.serve(() => OK)
    const notifier = bench.notifier(
      `{route: {receiver: t}, global: {slack_api_url: '${hook.url}/x'}, receivers: [{name: t, slack_configs: [{}]}]}`,
    )
    await notifier.send(sampleNotification(), AbortSignal.timeout(10_000))
    await notifier.send(sampleResolved(), AbortSignal.timeout(10_000))
    const attachment = (more: object) => ({
      username: 'Vedette',
      attachments: [
        {
          title_link: 'https://vedette.example/#/alerts?receiver=team',
          text: '',
          callback_id: '',
          footer: '',
          mrkdwn_in: ['fallback', 'pretext', 'text'],
          ...more,
        },
      ],
    })
    expect(hook.seen.map(({ json }) => json)).toMatchObject([
      attachment({ color: 'danger', title: '[FIRING:1] DiskFull (db-1 critical)' }),
      attachment({ color: 'good', title: '[RESOLVED] DiskFull (db-1 critical)' }),
    ])
    expect(hook.seen[0]?.json).not.toHaveProperty('channel')
  })

  it('cuts a long title', async () => {
    const hook = await bench.serve(() => OK)
    await bench.send('slack', `{api_url: '${hook.url}', title: '${'ä'.repeat(2000)}'}`)
    expect(hook.only.json).toMatchObject({ attachments: [{ title: `${'ä'.repeat(1023)}…` }] })
  })

  it('lets no value out of its text, and no label call the channel', async () => {
    const hook = await bench.serve(() => OK)
    await bench.send(
      'slack',
      `{api_url: '${hook.url}', text: '<!here> {{ .CommonLabels.instance }}|{{ .CommonAnnotations.summary }}'}`,
      hostileNotification(),
    )
    const text = hook.only.body
    expect(text).toContain('<!here> ')
    expect(text).not.toContain('<!channel>')
    expect(text.match(/&lt;!channel>/g)?.length).toBeGreaterThan(2)
    expect(Object.keys(hook.only.json ?? {})).toEqual(['username', 'attachments'])
  })

  it('calls whom an annotation calls', async () => {
    const hook = await bench.serve(() => OK)
    const annotations = { summary: '<!channel> db-1 is full' }
    await bench.send(
      'slack',
      `{api_url: '${hook.url}', text: '{{ .CommonAnnotations.summary }}'}`,
      sampleNotification({ alerts: [sampleAlert({ annotations })] }),
    )
    expect(hook.only.json).toMatchObject({ attachments: [{ text: '<!channel> db-1 is full' }] })
  })

  it('shows the error of templates that fail, and leaves out links and channels', async () => {
    const hook = await bench.serve(() => OK)
    const outcome = await bench.send(
      'slack',
      `{api_url: '${hook.url}', channel: '{{ .NoChannel }}', title: '{{ .NoTitle }}', color: '{{ .NoColor }}', text: body}`,
    )
    expect(outcome.ok).toBe(true)
    expect(hook.only.json).toMatchObject({
      attachments: [
        {
          title: matching(/NoTitle/),
          text: matching(/^body\n.*NoChannel.*\n.*NoColor/),
        },
      ],
    })
    expect(hook.only.json).not.toHaveProperty('channel')
    expect(hook.only.json).not.toHaveProperty('attachments.0.color')
  })

  it.each([
    [
      { status: 500, body: 'x' },
      true,
      'serverError',
      /^channel "#ops": unexpected status code 500: x$/,
    ],
    [
      { status: 429, body: '' },
      false,
      'rateLimited',
      /^channel "#ops": unexpected status code 429$/,
    ],
    [{ status: 403, body: 'invalid_token' }, false, 'authError', /403: invalid_token/],
    [{ status: 404, body: 'no /hook/sesame' }, false, 'clientError', /404: no <secret>$/],
    [{ body: 'no_channel' }, false, 'clientError', /error response from Slack: no_channel/],
    [jsonAnswer('{"ok":false,"error":"oops"}'), false, 'clientError', /Slack: oops/],
    [jsonAnswer('{no'), true, 'clientError', /could not unmarshal/],
  ])('reads the answer %j', async (answer, retry, failure, reason) => {
    const hook = await bench.serve(() => answer)
    const outcome = await bench.send(
      'slack',
      `{api_url: '${hook.url}/hook/sesame', channel: '#ops'}`,
    )
    expect(outcome).toMatchObject({
      ok: false,
      retry,
      failure,
      reason: matching(reason),
    })
  })

  it('gives up after its time-out, and says when nothing listens', async () => {
    const hook = await bench.serve(() => 'hang')
    const hanging = await bench.send('slack', `{api_url: '${hook.url}/sesame', timeout: 50ms}`)
    expect(hanging).toMatchObject({ ok: false, retry: true, failure: 'contextDeadlineExceeded' })
    await hook.close()
    const gone = await bench.send('slack', `{api_url: '${hook.url}/sesame'}`)
    expect(gone).toMatchObject({ retry: true, reason: matching(/refused/) })
    expect(JSON.stringify([hanging, gone])).not.toContain('sesame')
  })
})

describe('slack by a bot', () => {
  const SENT = jsonAnswer('{"ok":true,"ts":"17.1","channel":"C1"}')

  it('posts with the token, and later updates what it posted', async () => {
    const api = await bench.serve(() => SENT)
    bench.write('token', 'xoxb-1\n')
    const notifier = bot(
      `${api.url}/api/chat.postMessage`,
      'app_token_file: token, update_message: true',
    )
    const first = await notifier.send(sampleNotification(), AbortSignal.timeout(10_000))
    expect(first).toEqual({
      ok: true,
      answer: '200',
      remember: { threadTs: '17.1', channelId: 'C1' },
    })
    await notifier.send(
      sampleResolved({ remembered: { threadTs: '17.1', channelId: 'C1' } }),
      AbortSignal.timeout(10_000),
    )
    expect(api.seen).toMatchObject([
      { path: '/api/chat.postMessage', json: { channel: '#ops' } },
      { path: '/api/chat.update', json: { channel: 'C1', ts: '17.1' } },
    ])
    expect(api.seen.map(({ headers }) => headers.authorization)).toEqual([
      'Bearer xoxb-1',
      'Bearer xoxb-1',
    ])
  })

  it('posts anew where the message is gone', async () => {
    const api = await bench.serve(
      inTurn(jsonAnswer('{"ok":false,"error":"message_not_found"}'), SENT),
    )
    const notifier = bot(`${api.url}/api/chat.postMessage`, 'app_token: t, update_message: true')
    const remembered = { threadTs: '9', channelId: 'C1' }
    const outcome = await notifier.send(
      sampleNotification({ remembered }),
      AbortSignal.timeout(10_000),
    )
    expect(outcome).toMatchObject({ ok: true, remember: { threadTs: '17.1' } })
    expect(api.seen.map(({ path }) => path)).toEqual(['/api/chat.update', '/api/chat.postMessage'])
    expect(api.seen[1]?.json).not.toHaveProperty('ts')
  })

  it('needs its channel', async () => {
    const api = await bench.serve(() => SENT)
    const outcome = await bench.send(
      'slack',
      `{app_url: '${api.url}', app_token: t, channel: '{{ .Nope }}'}`,
    )
    expect(outcome).toMatchObject({ ok: false, retry: false, reason: matching(/channel.*Nope/) })
  })

  /** Updates are allowed at slack.com only, so the address is exchanged after reading. */
  function bot(url: string, keys: string) {
    const [entry] = bench.entries(oneReceiver('slack', `{${keys}, channel: '#ops'}`))
    if (entry?.kind !== 'slack') throw new Error('no entry')
    const settings = { ...entry.settings, apiUrl: bench.secret(url) }
    return bench.make({ ...entry, settings })
  }
})

function jsonAnswer(body: string) {
  return { body, headers: { 'content-type': 'application/json; charset=utf-8' } }
}
