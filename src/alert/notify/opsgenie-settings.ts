import type { YamlMap } from '../../yaml/map.ts'
import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { flag, groups, secret, template, templateMap, url } from './settings-table.ts'
import { withSlash } from './url-path.ts'

const RESPONDER_TYPES = ['team', 'teams', 'user', 'escalation', 'schedule']

const TABLE = {
  apiKey: secret(),
  apiUrl: url(),
  message: template('{{ template "opsgenie.default.message" . }}'),
  description: template('{{ template "opsgenie.default.description" . }}'),
  source: template('{{ template "opsgenie.default.source" . }}'),
  details: templateMap(),
  entity: template(),
  responders: groups(
    { id: template(), name: template(), username: template(), type: template() },
    checkResponder,
  ),
  actions: template(),
  tags: template(),
  note: template(),
  priority: template(),
  updateAlerts: flag(),
}

/** One entry of `opsgenie_configs` (notify/opsgenie/config.go). `apiUrl` ends with a slash. */
export type OpsgenieSettings = TableSettings<typeof TABLE> & {
  readonly apiKey: SecretSource
  readonly apiUrl: string
}

export const opsgenieSection = httpSection<typeof TABLE, OpsgenieSettings>({
  name: 'opsgenie',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    const apiKey = values.apiKey ?? global.opsgenie.apiKey
    if (!apiKey) needOneOf(map, ['api_key', 'api_key_file'], ', or opsgenie_api_key in global')
    const apiUrl = withSlash(values.apiUrl ?? global.opsgenie.apiUrl)
    const responders = values.responders.map((each) => ({ ...each, type: lowerWord(each.type) }))
    return apiKey && { ...values, responders, apiKey, apiUrl }
  },
})

function checkResponder(map: YamlMap): void {
  needOneOf(map, ['id', 'name', 'username'])
  const node = map.key('type')
  const type = node.asRawString() ?? ''
  if (type.includes('{{') || RESPONDER_TYPES.includes(type.toLowerCase())) return
  const place = node.isPresent ? node : map.node
  place.error(`type must be one of ${RESPONDER_TYPES.join(', ')}, not ${JSON.stringify(type)}`)
}

function lowerWord(type: string): string {
  return type.includes('{{') ? type : type.toLowerCase()
}
