import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matching } from '../testing/matching.ts'
import { ReceiverBench } from '../testing/receiver-bench.ts'
import { hostileNotification, HOSTILE, sampleResolved } from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

describe('discord', () => {
  it('posts an embed with every setting', async () => {
    const hook = await bench.serve()
    const outcome = await bench.send(
      'discord',
      `{webhook_url: '${hook.url}/api/webhooks/1/s', content: '@here {{ .Status }}', title: '{{ .CommonLabels.alertname }}',
        message: '{{ len .Alerts }} on {{ .CommonLabels.instance }}', username: bot, avatar_url: 'http://a/b.png'}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    expect(hook.only).toMatchObject({ method: 'POST', path: '/api/webhooks/1/s' })
    expect(hook.only.json).toEqual({
      content: '@here firing',
      embeds: [{ title: 'DiskFull', description: '1 on db-1', color: 0x992d22 }],
      username: 'bot',
      avatar_url: 'http://a/b.png',
    })
  })

  it('keeps to the limits, is green when it is over, and reads its address from a file', async () => {
    const hook = await bench.serve(() => ({ status: 204 }))
    bench.write('url', `${hook.url}/x\n`)
    await bench.send(
      'discord',
      `{webhook_url_file: url, title: '${'t'.repeat(300)}', message: '${'m'.repeat(5000)}', content: '${'c'.repeat(3000)}'}`,
      sampleResolved(),
    )
    expect(hook.only.path).toBe('/x')
    expect(hook.only.json).toEqual({
      content: `${'c'.repeat(1999)}…`,
      embeds: [
        { title: `${'t'.repeat(255)}…`, description: `${'m'.repeat(4095)}…`, color: 0x2ecc71 },
      ],
    })
  })

  it('is tried again after 5xx only', async () => {
    for (const [status, retry] of [
      [500, true],
      [429, false],
      [404, false],
    ] as const) {
      const hook = await bench.serve(() => ({ status, headers: { 'retry-after': '3' } }))
      const outcome = await bench.send('discord', `{webhook_url: '${hook.url}/sesame'}`)
      expect(outcome).toMatchObject({ ok: false, retry, retryAfterMs: 3000 })
    }
  })

  it('refuses an address that is none, without showing it', async () => {
    bench.write('url', 'sesame')
    const outcome = await bench.send('discord', '{webhook_url_file: url}')
    expect(outcome).toMatchObject({
      ok: false,
      retry: false,
      reason: matching(/^webhook_url is no URL/),
    })
    expect(JSON.stringify(outcome)).not.toContain('sesame')
  })
})

describe('msteams', () => {
  it('posts a message card', async () => {
    const hook = await bench.serve()
    const keys = `webhook_url: '${hook.url}/w', title: 't {{ .Status }}', summary: s, text: '{{ .CommonLabels.instance }}'`
    await bench.send('msteams', `{${keys}}`)
    await bench.send('msteams', `{${keys}}`, sampleResolved())
    const card = (title: string, themeColor: string) => ({
      '@context': 'http://schema.org/extensions',
      type: 'MessageCard',
      title,
      summary: 's',
      text: 'db-1',
      themeColor,
    })
    expect(hook.seen.map(({ json }) => json)).toEqual([
      card('t firing', '8C1A1A'),
      card('t resolved', '2DC72D'),
    ])
  })
})

describe('msteamsv2', () => {
  it('posts an adaptive card, with hostile values inside of its texts', async () => {
    const hook = await bench.serve(() => ({ status: 202 }))
    const outcome = await bench.send(
      'msteamsv2',
      `{webhook_url: '${hook.url}/w', title: '{{ .Status }}', text: '{{ .CommonLabels.instance }}'}`,
      hostileNotification(),
    )
    expect(outcome).toEqual({ ok: true, answer: '202' })
    expect(hook.only.json).toEqual({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          contentUrl: null,
          content: {
            $schema: 'http://adaptivecards.io/schemas/adaptive-card.json',
            type: 'AdaptiveCard',
            version: '1.2',
            body: [
              {
                type: 'TextBlock',
                text: 'firing',
                weight: 'Bolder',
                size: 'Medium',
                wrap: true,
                style: 'heading',
                color: 'Attention',
              },
              { type: 'TextBlock', text: HOSTILE, wrap: true },
            ],
            msteams: { width: 'full' },
          },
        },
      ],
    })
  })
})

describe('webex', () => {
  it('posts into a room, cut by bytes', async () => {
    const api = await bench.serve()
    await bench.send(
      'webex',
      `{api_url: '${api.url}/v1/messages', room_id: 'r-{{ .Status }}', message: '${'ä'.repeat(5000)}',
        http_config: {authorization: {credentials: t}}}`,
    )
    expect(api.only).toMatchObject({ path: '/v1/messages', headers: { authorization: 'Bearer t' } })
    expect(api.only.json).toEqual({ roomId: 'r-firing', markdown: `${'ä'.repeat(3718)}…` })
  })
})

describe('rocketchat', () => {
  it('posts as a user, with every setting', async () => {
    const api = await bench.serve(() => ({ body: '{"success":true}' }))
    bench.write('token', 'tok\n')
    const outcome = await bench.send(
      'rocketchat',
      `{api_url: '${api.url}/chat', token_file: token, token_id: uid, channel: '#{{ .Status }}', color: red, title: t,
        title_link: 'http://l', text: '{{ .CommonLabels.instance }}', fields: [{title: a, value: b, short: false}, {title: c, value: d}],
        short_fields: true, emoji: ':x:', icon_url: 'http://i', image_url: 'http://m', thumb_url: 'http://h',
        actions: [{type: button, text: go, url: 'http://u', msg: hi}]}`,
    )
    expect(outcome).toEqual({ ok: true, answer: '200' })
    expect(api.only).toMatchObject({
      path: '/chat/api/v1/chat.postMessage',
      headers: { 'x-auth-token': 'tok', 'x-user-id': 'uid' },
    })
    expect(api.only.json).toEqual({
      channel: '#firing',
      emoji: ':x:',
      avatar: 'http://i',
      attachments: [
        {
          title: 't',
          title_link: 'http://l',
          text: 'db-1',
          image_url: 'http://m',
          thumb_url: 'http://h',
          color: 'red',
          fields: [
            { title: 'a', value: 'b', short: false },
            { title: 'c', value: 'd', short: true },
          ],
          actions: [
            {
              type: 'button',
              text: 'go',
              url: 'http://u',
              msg: 'hi',
              is_webview: false,
              msg_in_chat_window: false,
            },
          ],
        },
      ],
    })
  })

  it.each([
    ['{"success":false,"error":"no room"}', false, /channel "#c": .*no room/],
    ['<html>', true, /Rocket\.Chat/],
  ])('reads the answer %s', async (body, retry, reason) => {
    const api = await bench.serve(() => ({ body }))
    const outcome = await bench.send(
      'rocketchat',
      `{api_url: '${api.url}', token: t, token_id: i, channel: '#c'}`,
    )
    expect(outcome).toMatchObject({ ok: false, retry, reason: matching(reason) })
  })
})

describe('mattermost', () => {
  it('posts one attachment, with every setting', async () => {
    const hook = await bench.serve()
    await bench.send(
      'mattermost',
      `{webhook_url: '${hook.url}/hooks/x', channel: town, username: u, text: '{{ .CommonLabels.instance }}', fallback: f,
        color: '#fff', pretext: p, author_name: an, author_link: 'http://al', author_icon: 'http://ai', title: t,
        title_link: 'http://tl', fields: [{title: a, value: '{{ .Status }}', short: true}], thumb_url: 'http://th', footer: fo,
        footer_icon: 'http://fi', image_url: 'http://im', icon_url: 'http://iu', icon_emoji: x, type: custom_x,
        props: {card: 'c {{ .Status }}'}, priority: {priority: URGENT, requested_ack: true, persistent_notifications: true}}`,
    )
    expect(hook.only.json).toEqual({
      channel: 'town',
      username: 'u',
      icon_url: 'http://iu',
      icon_emoji: 'x',
      type: 'custom_x',
      props: { card: 'c firing' },
      priority: { priority: 'urgent', requested_ack: true, persistent_notifications: true },
      attachments: [
        {
          text: 'db-1',
          fallback: 'f',
          color: '#fff',
          pretext: 'p',
          author_name: 'an',
          author_link: 'http://al',
          author_icon: 'http://ai',
          title: 't',
          title_link: 'http://tl',
          fields: [{ title: 'a', value: 'firing', short: true }],
          thumb_url: 'http://th',
          footer: 'fo',
          footer_icon: 'http://fi',
          image_url: 'http://im',
        },
      ],
    })
  })

  it('posts several attachments below its text, and a priority that Mattermost takes', async () => {
    const hook = await bench.serve()
    await bench.send(
      'mattermost',
      `{webhook_url: '${hook.url}', text: '${'x'.repeat(17_000)}', attachments: [{text: 'a {{ .Status }}', title: b}],
        priority: {priority: high, requested_ack: true, persistent_notifications: true}}`,
    )
    expect(hook.only.json).toEqual({
      username: 'Vedette',
      text: `${'x'.repeat(16_382)}…`,
      priority: { priority: 'standard' },
      attachments: [{ text: 'a firing', title: 'b' }],
    })
  })
})
