import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import { goDurationMs, groups, secret, shapeMap, template, url } from './settings-table.ts'

const TABLE = {
  serviceKey: secret(),
  routingKey: secret(),
  url: url(),
  client: template('{{ template "pagerduty.default.client" . }}'),
  clientUrl: template('{{ template "pagerduty.default.clientURL" . }}'),
  description: template('{{ template "pagerduty.default.description" .}}'),
  details: shapeMap(),
  images: groups({ src: template(), alt: template(), href: template() }),
  links: groups({ href: template(), text: template() }),
  source: template(),
  severity: template(),
  class: template(),
  component: template(),
  group: template(),
  timeout: goDurationMs(),
}

/** What is told about every incident unless the file says otherwise under the same names. */
const DEFAULT_DETAILS = {
  firing: '{{ .Alerts.Firing | toJson }}',
  resolved: '{{ .Alerts.Resolved | toJson }}',
  num_firing: '{{ .Alerts.Firing | len }}',
  num_resolved: '{{ .Alerts.Resolved | len }}',
}

/**
 * One entry of `pagerduty_configs` (notify/pagerduty/config.go): `routingKey` speaks version 2 of the events API, `serviceKey`
 * version 1. `timeout` is in milliseconds, 0 is none.
 */
export type PagerdutySettings = TableSettings<typeof TABLE> & { readonly url: string }

export const pagerdutySection = httpSection<typeof TABLE, PagerdutySettings>({
  name: 'pagerduty',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    needOneOf(map, ['routing_key', 'routing_key_file', 'service_key', 'service_key_file'])
    return {
      ...values,
      url: values.url ?? global.pagerdutyUrl,
      source: values.source === '' ? values.client : values.source,
      details: { ...DEFAULT_DETAILS, ...values.details },
    }
  },
})
