import { atMostOne, readExistingPath } from '../../yaml/context.ts'
import { isBlank, needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import { count, goDurationMs, secret, url, type Setting } from './settings-table.ts'

const urlFile: Setting<string | undefined> = {
  read: (map, key, context) => readExistingPath(map.key(key), context),
  print: (value, key) => ({ [key]: value }),
}

const TABLE = {
  url: url(),
  urlFile,
  alertSourceToken: secret(),
  maxAlerts: count(),
  timeout: goDurationMs(),
}

/**
 * One entry of `incidentio_configs` (notify/incidentio/config.go): one of `url` and `urlFile` is set; the token may be the
 * `authorization` of `http` instead. `timeout` is in milliseconds, 0 is none; `maxAlerts` 0 is no bound.
 */
export type IncidentioSettings = TableSettings<typeof TABLE>

export const incidentioSection = httpSection<typeof TABLE, IncidentioSettings>({
  name: 'incidentio',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map }) => {
    needOneOf(map, ['url', 'url_file'])
    atMostOne(map, ['url', 'url_file'])
    const token = ['alert_source_token', 'alert_source_token_file'].find(
      (name) => !isBlank(map.key(name)),
    )
    if (values.http.authorization !== undefined && token !== undefined) {
      map.key(token).errorAtKey('excludes http_config.authorization: set only one of them')
    }
    if (values.http.authorization === undefined && token === undefined) {
      map.node.error(
        'one of alert_source_token, alert_source_token_file, http_config.authorization must be set',
      )
    }
    return values
  },
})
