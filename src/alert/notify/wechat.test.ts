import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { matching } from '../testing/matching.ts'
import { oneReceiver, ReceiverBench } from '../testing/receiver-bench.ts'
import { sampleNotification } from '../testing/sample-notification.ts'

let bench: ReceiverBench

beforeEach(() => {
  bench = new ReceiverBench()
})

afterEach(() => bench.close())

const TOKEN = { body: '{"errcode":0,"access_token":"tok sesame","expires_in":7200}' }
const SENT = { body: '{"errcode":0,"errmsg":"ok"}' }

describe('wechat', () => {
  it('fetches a token once and sends with it', async () => {
    const api = await bench.serve(({ method }) => (method === 'GET' ? TOKEN : SENT))
    const notifier = bench.notifier(
      oneReceiver(
        'wechat',
        `{api_url: '${api.url}/cgi-bin', api_secret: 's&1', corp_id: 'c {{ .Status }}', to_user: u, to_party: p, to_tag: t, agent_id: '7',
          message: 'on {{ .CommonLabels.instance }}', message_type: markdown}`,
      ),
    )
    for (let i = 0; i < 2; i++) {
      expect(await notifier.send(sampleNotification(), AbortSignal.timeout(10_000))).toEqual({
        ok: true,
        answer: '200',
      })
    }
    expect(api.seen.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'GET /cgi-bin/gettoken?corpsecret=s%261&corpid=c+firing',
      'POST /cgi-bin/message/send?access_token=tok+sesame',
      'POST /cgi-bin/message/send?access_token=tok+sesame',
    ])
    expect(api.seen[1]?.json).toEqual({
      touser: 'u',
      toparty: 'p',
      totag: 't',
      agentid: '7',
      safe: '0',
      msgtype: 'markdown',
      markdown: { content: 'on db-1' },
    })
  })

  it('fetches another token when the first has ended', async () => {
    let sent = 0
    const api = await bench.serve(({ method }) => {
      if (method === 'GET') return TOKEN
      return sent++ === 0 ? { body: '{"errcode":42001,"errmsg":"expired"}' } : SENT
    })
    const notifier = bench.notifier(
      oneReceiver('wechat', `{api_url: '${api.url}', api_secret: s, corp_id: c}`),
    )
    const send = () => notifier.send(sampleNotification(), AbortSignal.timeout(10_000))
    expect(await send()).toMatchObject({ ok: false, retry: true, reason: matching(/expired/) })
    expect(await send()).toMatchObject({ ok: true })
    expect(api.seen.filter(({ method }) => method === 'GET')).toHaveLength(2)
    expect(api.seen.at(-1)?.json).toMatchObject({
      msgtype: 'text',
      text: { content: matching(/db-1/) },
    })
  })

  it.each([
    [{ body: '{"errcode":40013,"errmsg":"invalid corpid"}' }, false, /no token.*invalid corpid/],
    [{ status: 500 }, true, /no token.*500/],
  ])('says why there is no token: %j', async (answer, retry, reason) => {
    const api = await bench.serve(() => answer)
    const outcome = await bench.send('wechat', `{api_url: '${api.url}', api_secret: s, corp_id: c}`)
    expect(outcome).toMatchObject({ ok: false, retry, reason: matching(reason) })
  })

  it.each([
    [{ status: 404 }, true],
    [{ body: '{"errcode":81013,"errmsg":"tok sesame"}' }, false],
    [{ body: 'no JSON' }, true],
  ])('reads the answer %j', async (answer, retry) => {
    const api = await bench.serve(({ method }) => (method === 'GET' ? TOKEN : answer))
    const outcome = await bench.send('wechat', `{api_url: '${api.url}', api_secret: s, corp_id: c}`)
    expect(outcome).toMatchObject({ ok: false, retry })
    expect(JSON.stringify(outcome)).not.toContain('sesame')
  })
})
