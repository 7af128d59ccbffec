import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matching } from '../testing/matching.ts'
import { inTurn, ReceiverBench } from '../testing/receiver-bench.ts'
import { hostileNotification, sampleNotification } from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

const ACCEPTED = { body: '{"ok":true,"result":{"message_id":42,"chat":{"id":7}}}' }

describe('telegram', () => {
  it('sends the message with every setting', async () => {
    const api = await bench.serve(() => ACCEPTED)
    const outcome = await bench.send(
      'telegram',
      `{api_url: '${api.url}', bot_token: 12:sesame, chat_id: -100123, message_thread_id: 5, disable_notifications: true,
        parse_mode: MarkdownV2, message: '*{{ .CommonLabels.alertname }}* {{ len .Alerts }}'}`,
    )
    expect(outcome).toEqual({ ok: true, answer: 'message 42' })
    expect(api.only).toMatchObject({
      method: 'POST',
      path: '/bot12:sesame/sendMessage',
      headers: { 'content-type': 'application/json' },
    })
    expect(api.only.json).toEqual({
      chat_id: '-100123',
      text: '*DiskFull* 1',
      disable_web_page_preview: 'true',
      disable_notification: 'true',
      parse_mode: 'MarkdownV2',
      message_thread_id: '5',
    })
  })

  it('takes the token and the chat from files, read anew', async () => {
    const api = await bench.serve(() => ACCEPTED)
    bench.write('token', ' 1:a\n')
    bench.write('chat', '99\n')
    const notifier = bench.notifier(
      `{route: {receiver: t}, global: {telegram_api_url: '${api.url}/', telegram_bot_token_file: token},
        receivers: [{name: t, telegram_configs: [{chat_id_file: chat, parse_mode: ''}]}]}`,
    )
    const send = () => notifier.send(sampleNotification(), AbortSignal.timeout(10_000))
    await send()
    bench.write('token', '1:b')
    await send()
    expect(api.seen.map(({ path }) => path)).toEqual(['/bot1:a/sendMessage', '/bot1:b/sendMessage'])
    expect(api.seen[0]?.json).not.toHaveProperty('parse_mode')
    expect(api.seen[0]?.json).toMatchObject({ chat_id: '99' })
    bench.write('chat', 'ops')
    expect(await send()).toMatchObject({
      ok: false,
      retry: false,
      reason: matching(/no ID of a chat/),
    })
  })

  it('escapes values in HTML, which is the default', async () => {
    const api = await bench.serve(() => ACCEPTED)
    await bench.send(
      'telegram',
      `{api_url: '${api.url}', bot_token: t, chat_id: 1, message: '<b>{{ .CommonLabels.instance }}</b>'}`,
      hostileNotification(),
    )
    expect(api.only.json).toMatchObject({
      parse_mode: 'HTML',
      text: matching(/^<b>[^<>]*&lt;script&gt;[^<>]*&lt;!channel&gt;[^<>]*<\/b>$/),
    })
  })

  it('sends plain text where marks would be cut or are not understood', async () => {
    const api = await bench.serve(
      inTurn(ACCEPTED, ACCEPTED, { status: 400, body: UNPARSED }, ACCEPTED),
    )
    const settings = `api_url: '${api.url}', bot_token: t, chat_id: 1`
    const long = `<b>&lt;{{ .CommonLabels.instance }}</b>${'é'.repeat(4090)}`
    await bench.send('telegram', `{${settings}, message: '${long}'}`)
    await bench.send(
      'telegram',
      `{${settings}, parse_mode: Markdown, message: '${'🔥'.repeat(5000)}'}`,
    )
    expect(api.seen.map(({ json }) => json)).toMatchObject([
      { text: `<db-1${'é'.repeat(4090)}` },
      { text: `${'🔥'.repeat(4095)}…`, parse_mode: 'Markdown' },
    ])
    expect(api.seen[0]?.json).not.toHaveProperty('parse_mode')
    const outcome = await bench.send(
      'telegram',
      `{${settings}, parse_mode: Markdown, message: '_{{ .Status }}'}`,
    )
    expect(outcome.ok).toBe(true)
    expect(api.seen.at(-1)?.json).toMatchObject({ text: '_firing' })
    expect(api.seen.at(-1)?.json).not.toHaveProperty('parse_mode')
  })

  it('shows the error of a template that fails', async () => {
    const api = await bench.serve(() => ACCEPTED)
    await bench.send(
      'telegram',
      `{api_url: '${api.url}', bot_token: t, chat_id: 1, message: '{{ .Nope }}'}`,
    )
    expect(api.only.json).toMatchObject({ text: matching(/Nope/) })
  })

  it.each([
    [
      { status: 401, body: '{"ok":false,"description":"Unauthorized: /botS3SAME"}' },
      { failure: 'authError' },
    ],
    [
      { status: 429, body: '{"ok":false,"parameters":{"retry_after":7}}' },
      { failure: 'rateLimited', retryAfterMs: 7000 },
    ],
    [{ status: 500, body: 'down' }, { failure: 'serverError' }],
    [{ status: 200, body: '{"ok":false}' }, { failure: 'other' }],
  ])('tries again after %j', async (answer, expected) => {
    const api = await bench.serve(() => answer)
    const outcome = await bench.send(
      'telegram',
      `{api_url: '${api.url}', bot_token: S3SAME, chat_id: 1}`,
    )
    expect(outcome).toMatchObject({ ok: false, retry: true, ...expected })
    expect(JSON.stringify(outcome)).not.toContain('S3SAME')
  })
})

const UNPARSED = `{"ok":false,"description":"Bad Request: can't parse entities: Can't find end of the entity"}`
