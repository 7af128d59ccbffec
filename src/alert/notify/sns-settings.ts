import type { YamlMap } from '../../yaml/map.ts'
import type { Secret } from '../../yaml/secret.ts'
import { isBlank } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import { flag, group, template, templateMap, text, type Setting } from './settings-table.ts'

/** A secret that has no file of its own. */
const inlineSecret: Setting<Secret | undefined> = {
  read: (map, key) => map.key(key).asSecret(),
  print: (value, key) => ({ [key]: value }),
}

const SIGV4 = {
  region: text(),
  accessKey: text(),
  secretKey: inlineSecret,
  profile: text(),
  roleArn: text(),
  externalId: text(),
  useFipsStsEndpoint: flag(),
  serviceName: text(),
}

const TABLE = {
  apiUrl: template(),
  sigv4: group(SIGV4, checkKeys),
  topicArn: template(),
  phoneNumber: template(),
  targetArn: template(),
  subject: template('{{ template "sns.default.subject" . }}'),
  message: template('{{ template "sns.default.message" . }}'),
  attributes: templateMap(),
  useAwsHttpClient: flag(),
}

/** One entry of `sns_configs` (notify/sns/config.go): exactly one of `topicArn`, `phoneNumber` and `targetArn` is set. */
export type SnsSettings = TableSettings<typeof TABLE>

export const snsSection = httpSection<typeof TABLE, SnsSettings>({
  name: 'sns',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map }) => {
    const targets = ['topic_arn', 'phone_number', 'target_arn']
    if (targets.filter((name) => !isBlank(map.key(name))).length !== 1) {
      return map.node.error(`exactly one of ${targets.join(', ')} must be set`)
    }
    return values
  },
})

function checkKeys(map: YamlMap): void {
  for (const name of ['role_arn', 'profile']) {
    if (isBlank(map.key(name))) continue
    map.key(name).warnAtKey('not supported: nothing is sent; use access_key and secret_key')
  }
  if (isBlank(map.key('access_key')) !== isBlank(map.key('secret_key'))) {
    map.node.error('access_key and secret_key must be set together')
  }
}
