import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import {
  flag,
  groups,
  optionalFlag,
  orUnder,
  secret,
  shownFlag,
  template,
  url,
} from './settings-table.ts'

const ACTION = {
  type: template(),
  text: template(),
  url: template(),
  imageUrl: orUnder('imageurl', template()),
  isWebview: orUnder('iswebview', flag()),
  webviewHeightRatio: orUnder('webviewheightratio', template()),
  msg: template(),
  msgInChatWindow: orUnder('msginchatwindow', flag()),
  msgProcessingType: orUnder('msgprocessingtype', template()),
}

const TABLE = {
  apiUrl: url(),
  tokenId: secret(),
  token: secret(),
  channel: template(),
  color: template('{{ if eq .Status "firing" }}red{{ else }}green{{ end }}'),
  title: template('{{ template "rocketchat.default.title" . }}'),
  titleLink: template('{{ template "rocketchat.default.titlelink" . }}'),
  text: template('{{ template "rocketchat.default.text" . }}'),
  fields: groups({ short: optionalFlag(), title: template(), value: template() }),
  shortFields: shownFlag(),
  emoji: template('{{ template "rocketchat.default.emoji" . }}'),
  iconUrl: template('{{ template "rocketchat.default.iconurl" . }}'),
  imageUrl: template(),
  thumbUrl: template(),
  linkNames: shownFlag(),
  actions: groups(ACTION),
}

/** One entry of `rocketchat_configs` (notify/rocketchat/config.go). */
export type RocketchatSettings = TableSettings<typeof TABLE> & {
  readonly apiUrl: string
  readonly tokenId: SecretSource
  readonly token: SecretSource
}

export const rocketchatSection = httpSection<typeof TABLE, RocketchatSettings>({
  name: 'rocketchat',
  sendResolved: false,
  table: TABLE,
  complete: (values, { map, global }) => {
    const tokenId = values.tokenId ?? global.rocketchat.tokenId
    const token = values.token ?? global.rocketchat.token
    if (!tokenId)
      needOneOf(map, ['token_id', 'token_id_file'], ', or rocketchat_token_id in global')
    if (!token) needOneOf(map, ['token', 'token_file'], ', or rocketchat_token in global')
    const apiUrl = values.apiUrl ?? global.rocketchat.apiUrl
    return tokenId && token && { ...values, tokenId, token, apiUrl }
  },
})
