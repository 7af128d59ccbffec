import type { HttpClientConfig } from '../../outbound/http-client.ts'
import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { secretUrl, template } from './settings-table.ts'

const TABLE = {
  webhookUrl: secretUrl(),
  title: template('{{ template "msteamsv2.default.title" . }}'),
  text: template('{{ template "msteamsv2.default.text" . }}'),
}

/** One entry of `msteamsv2_configs` (notify/msteamsv2/config.go). */
export type Msteamsv2Settings = TableSettings<typeof TABLE> & { readonly webhookUrl: SecretSource }

export const msteamsv2Section = httpSection<typeof TABLE, Msteamsv2Settings>({
  name: 'msteamsv2',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    needOneOf(map, ['webhook_url', 'webhook_url_file'])
    const { webhookUrl } = values
    return webhookUrl && { ...values, webhookUrl, http: withGlobalProxy(values.http, global.http) }
  },
})

/** This kind alone takes the global proxy over into an `http_config` of its own that names none (config.go). */
function withGlobalProxy(own: HttpClientConfig, global: HttpClientConfig): HttpClientConfig {
  if (own.proxy.url !== undefined || global.proxy.url === undefined) return own
  return { ...own, proxy: { ...own.proxy, url: global.proxy.url } }
}
