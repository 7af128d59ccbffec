import { Secret } from '../../yaml/secret.ts'
import { needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import { printSecretSource, readSecretUrlSource, type SecretSource } from './secret-source.ts'
import { count, goDurationMs, shape, type Setting } from './settings-table.ts'

/** A secret URL that may be a template, which is looked at only when it is rendered. */
const templatedUrl: Setting<SecretSource | undefined> = {
  read: (map, key, context) => {
    const node = map.key(key)
    const raw = node.isScalar ? node.asRawString() : undefined
    if (raw?.includes('{{') && map.key(`${key}_file`).isEmpty) {
      return { kind: 'text', secret: new Secret(raw) }
    }
    return readSecretUrlSource(map, key, context)
  },
  print: (value, key) => ({
    ...printSecretSource(key, value),
    [key]: value?.kind === 'text' ? withoutPath(value.secret.reveal()) : undefined,
  }),
}

/** What is secret of the address is its path: amtool 0.25 wants a URL here, so it gets one that says the host only. */
function withoutPath(url: string): string {
  const host = /^(https?:\/\/)(?:[^/?#@]*@)?([a-zA-Z0-9.:[\]_-]+)(?:[/?#]|$)/i.exec(url)
  return host === null ? 'http://secret.invalid/' : `${host[1]}${host[2]}/<secret>`
}

const TABLE = {
  url: templatedUrl,
  maxAlerts: count(),
  timeout: goDurationMs(),
  payload: shape(),
}

/**
 * One entry of `webhook_configs` (notify/webhook/config.go). `url` is a template when it has `{{`; `timeout` is in milliseconds,
 * 0 is none; `maxAlerts` 0 is no bound; `payload`, when set, is sent instead of the usual body.
 */
export type WebhookSettings = TableSettings<typeof TABLE> & { readonly url: SecretSource }

export const webhookSection = httpSection<typeof TABLE, WebhookSettings>({
  name: 'webhook',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map }) => {
    needOneOf(map, ['url', 'url_file'])
    const { url } = values
    return url && { ...values, url }
  },
})
