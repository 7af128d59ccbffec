import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { secretUrl, template } from './settings-table.ts'

const TABLE = {
  webhookUrl: secretUrl(),
  title: template('{{ template "msteams.default.title" . }}'),
  summary: template('{{ template "msteams.default.summary" . }}'),
  text: template('{{ template "msteams.default.text" . }}'),
}

/** One entry of `msteams_configs` (notify/msteams/config.go). */
export type MsteamsSettings = TableSettings<typeof TABLE> & { readonly webhookUrl: SecretSource }

export const msteamsSection = httpSection<typeof TABLE, MsteamsSettings>({
  name: 'msteams',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map }) => {
    needOneOf(map, ['webhook_url', 'webhook_url_file'])
    const { webhookUrl } = values
    return webhookUrl && { ...values, webhookUrl }
  },
})
