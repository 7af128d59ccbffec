import { atMostOne } from '../../yaml/context.ts'
import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { flag, goDurationMs, secret, template } from './settings-table.ts'

const TABLE = {
  userKey: secret(),
  token: secret(),
  title: template('{{ template "pushover.default.title" . }}'),
  message: template('{{ template "pushover.default.message" . }}'),
  url: template('{{ template "pushover.default.url" . }}'),
  urlTitle: template(),
  device: template(),
  sound: template(),
  // Emergency while it fires, else normal.
  priority: template('{{ if eq .Status "firing" }}2{{ else }}0{{ end }}'),
  retry: goDurationMs(60_000),
  expire: goDurationMs(3_600_000),
  ttl: goDurationMs(),
  html: flag(),
  monospace: flag(),
}

/** One entry of `pushover_configs` (notify/pushover/config.go). `retry`, `expire` and `ttl` are in milliseconds. */
export type PushoverSettings = TableSettings<typeof TABLE> & {
  readonly userKey: SecretSource
  readonly token: SecretSource
}

export const pushoverSection = httpSection<typeof TABLE, PushoverSettings>({
  name: 'pushover',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map }) => {
    needOneOf(map, ['user_key', 'user_key_file'])
    needOneOf(map, ['token', 'token_file'])
    if (values.html && values.monospace) atMostOne(map, ['html', 'monospace'])
    const { userKey, token } = values
    return userKey && token && { ...values, userKey, token }
  },
})
