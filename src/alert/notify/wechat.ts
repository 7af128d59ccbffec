import { httpNotifier, orNothing, type HttpAttempt } from './http-notifier.ts'
import { isJson, jsonText } from './read-json.ts'
import type { NotifyAnswer, ReceiverKind, SendOutcome } from './receiver-kind.ts'
import { failureOf, withDetails } from './retry-status.ts'
import { SendFault } from './send-fault.ts'
import { truncateBytes } from './truncate.ts'
import type { WechatSettings } from './wechat-settings.ts'

/** WeCom shows no more of a text. */
const MAX_CONTENT_BYTES = 2048
/** How long a token is good where the answer does not say. */
const TOKEN_LIFE_MS = 2 * 3_600_000
/** Codes of answers for a token that is not, or no longer, good. */
const BAD_TOKEN: ReadonlySet<string> = new Set(['40014', '42001'])

interface Token {
  readonly text: string
  readonly endsMs: number
}

/** Sends a message of an application of WeCom, with a token that is fetched for its key (notify/wechat/wechat.go). */
export const wechat: ReceiverKind<WechatSettings> = {
  name: 'wechat',
  create: (settings, tools) => {
    let token: Token | undefined
    return httpNotifier(settings, tools, async (attempt) => {
      const nowMs = tools.nowMs()
      if (token === undefined || nowMs >= token.endsMs) {
        token = await fetchToken(settings, attempt, nowMs)
      }
      const url = new URL(`${settings.apiUrl}message/send`)
      url.searchParams.set('access_token', attempt.conceal(token.text))
      const answer = await attempt.post(url.href, writeMessage(settings, attempt))
      const code = jsonText(answer.body, 'errcode')
      if (BAD_TOKEN.has(code)) token = undefined
      return readAnswer(answer, code)
    })
  },
}

async function fetchToken(
  settings: WechatSettings,
  { texts, reveal, conceal, request }: HttpAttempt,
  nowMs: number,
): Promise<Token> {
  const secret = conceal(texts.need('api_secret', await reveal(settings.apiSecret)))
  const url = new URL(`${settings.apiUrl}gettoken`)
  url.searchParams.set('corpsecret', secret)
  url.searchParams.set('corpid', texts.need('corp_id', settings.corpId))
  const answer = await request({ method: 'GET', url: url.href })
  const { status, body } = answer
  if (status >= 500) {
    throw new SendFault(`no token: unexpected status code ${status}`, {
      retry: true,
      failure: failureOf(status),
    })
  }
  const text = jsonText(body, 'access_token')
  if (text === '') {
    const reason = withDetails('no token for corp_id and api_secret', jsonText(body, 'errmsg'))
    throw new SendFault(reason, { failure: 'authError' })
  }
  const lifeS = Number(jsonText(body, 'expires_in'))
  return { text, endsMs: nowMs + (lifeS > 0 ? lifeS * 1000 : TOKEN_LIFE_MS) }
}

function writeMessage(settings: WechatSettings, { texts }: HttpAttempt) {
  const { messageType } = settings
  const plain = (template: string): string | undefined => orNothing(texts.plain(template))
  const message = {
    touser: plain(settings.toUser),
    toparty: plain(settings.toParty),
    totag: plain(settings.toTag),
    agentid: plain(settings.agentId),
    safe: '0',
    msgtype: messageType,
  }
  const content = truncateBytes(texts.withErrors(texts.body(settings.message)), MAX_CONTENT_BYTES)
  return { ...message, [messageType]: { content } }
}

/** As the original: any other status is worth another try, and of the codes only those of a token that was not good. */
function readAnswer({ status, body }: NotifyAnswer, code: string): SendOutcome {
  if (status !== 200) {
    const reason = `unexpected status code ${status}`
    return { ok: false, retry: true, reason, failure: failureOf(status) }
  }
  if (code === '0') return { ok: true, answer: String(status) }
  const details = jsonText(body, 'errmsg')
  return {
    ok: false,
    retry: !isJson(body) || BAD_TOKEN.has(code),
    reason: withDetails(`WeCom answers code ${code || 'unknown'}`, details),
    failure: BAD_TOKEN.has(code) ? 'authError' : 'clientError',
  }
}
