import { needOneOf } from './fields.ts'
import { httpSection, readEntryHttp, type TableSettings } from './receiver-section.ts'
import { template, url } from './settings-table.ts'

const TABLE = {
  apiUrl: url(),
  message: template('{{ template "webex.default.message" . }}'),
  roomId: template(),
}

/** One entry of `webex_configs` (config/notifiers.go); the bot's token is the `authorization` of `http`. */
export type WebexSettings = TableSettings<typeof TABLE> & { readonly apiUrl: string }

export const webexSection = httpSection<typeof TABLE, WebexSettings>({
  name: 'webex',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, context, global }) => {
    needOneOf(map, ['room_id'])
    if (readEntryHttp(map, context)?.authorization === undefined) {
      map.node.error("http_config.authorization must be set: it holds the bot's token")
    }
    return { ...values, apiUrl: values.apiUrl ?? global.webexApiUrl }
  },
})
