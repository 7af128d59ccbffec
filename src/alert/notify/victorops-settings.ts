import type { YamlMap } from '../../yaml/map.ts'
import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { secret, template, templateMap, url } from './settings-table.ts'
import { withSlash } from './url-path.ts'

const TABLE = {
  apiKey: secret(),
  apiUrl: url(),
  routingKey: template(),
  messageType: template('CRITICAL'),
  stateMessage: template('{{ template "victorops.default.state_message" . }}'),
  entityDisplayName: template('{{ template "victorops.default.entity_display_name" . }}'),
  monitoringTool: template('{{ template "victorops.default.monitoring_tool" . }}'),
  customFields: templateMap(),
}

/** One entry of `victorops_configs` (config/notifiers.go). `apiUrl` ends with a slash. */
export type VictoropsSettings = TableSettings<typeof TABLE> & {
  readonly apiKey: SecretSource
  readonly apiUrl: string
}

export const victoropsSection = httpSection<typeof TABLE, VictoropsSettings>({
  name: 'victorops',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    needOneOf(map, ['routing_key'])
    checkCustomFields(map)
    const apiKey = values.apiKey ?? global.victorops.apiKey
    if (!apiKey) needOneOf(map, ['api_key', 'api_key_file'], ', or victorops_api_key in global')
    const apiUrl = withSlash(values.apiUrl ?? global.victorops.apiUrl)
    return apiKey && { ...values, apiKey, apiUrl }
  },
})

/** What the request says by itself. */
const FIXED_FIELDS: ReadonlySet<string> = new Set([
  'routing_key',
  'message_type',
  'state_message',
  'entity_display_name',
  'monitoring_tool',
  'entity_id',
  'entity_state',
])

function checkCustomFields(map: YamlMap): void {
  for (const entry of map.key('custom_fields').asMap()?.entries() ?? []) {
    if (FIXED_FIELDS.has(entry.name)) entry.errorAtKey('is sent already; choose another name')
  }
}
