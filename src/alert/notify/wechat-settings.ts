import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { secret, template, url, word } from './settings-table.ts'
import { withSlash } from './url-path.ts'

const TABLE = {
  apiSecret: secret(),
  corpId: template(),
  message: template('{{ template "wechat.default.message" . }}'),
  apiUrl: url(),
  toUser: template('{{ template "wechat.default.to_user" . }}'),
  toParty: template('{{ template "wechat.default.to_party" . }}'),
  toTag: template('{{ template "wechat.default.to_tag" . }}'),
  agentId: template('{{ template "wechat.default.agent_id" . }}'),
  messageType: word(['text', 'markdown'], 'text'),
}

/** One entry of `wechat_configs` (config/notifiers.go). `apiUrl` ends with a slash. */
export type WechatSettings = TableSettings<typeof TABLE> & {
  readonly apiSecret: SecretSource
  readonly apiUrl: string
}

export const wechatSection = httpSection<typeof TABLE, WechatSettings>({
  name: 'wechat',
  sendResolved: false,
  table: TABLE,
  complete: (values, { map, global }) => {
    const apiSecret = values.apiSecret ?? global.wechat.apiSecret
    const corpId = values.corpId === '' ? global.wechat.corpId : values.corpId
    if (!apiSecret) {
      needOneOf(map, ['api_secret', 'api_secret_file'], ', or wechat_api_secret in global')
    }
    if (corpId === undefined) needOneOf(map, ['corp_id'], ', or wechat_api_corp_id in global')
    if (!apiSecret || corpId === undefined) return undefined
    return {
      ...values,
      apiSecret,
      corpId,
      apiUrl: withSlash(values.apiUrl ?? global.wechat.apiUrl),
    }
  },
})
