import type { YamlMap } from '../../yaml/map.ts'
import { isBlank, needOneOf } from './fields.ts'
import { httpSection, type TableSettings } from './receiver-section.ts'
import type { SecretSource } from './secret-source.ts'
import { flag, group, groups, optionalFlag, secretUrl, template } from './settings-table.ts'

const FIELDS = groups({ title: template(), value: template(), short: optionalFlag() }, checkField)

/** What the message itself and each attachment may have. */
const ATTACHMENT = {
  fallback: template(),
  color: template(),
  pretext: template(),
  text: template(),
  authorName: template(),
  authorLink: template(),
  authorIcon: template(),
  title: template(),
  titleLink: template(),
  fields: FIELDS,
  thumbUrl: template(),
  footer: template(),
  footerIcon: template(),
  imageUrl: template(),
}

const TABLE = {
  webhookUrl: secretUrl(),
  channel: template(),
  username: template('{{ template "mattermost.default.username" . }}'),
  ...ATTACHMENT,
  text: template('{{ template "mattermost.default.text" . }}'),
  fallback: template('{{ template "mattermost.default.fallback" . }}'),
  color: template('{{ template "mattermost.default.color" . }}'),
  title: template('{{ template "mattermost.default.title" . }}'),
  titleLink: template('{{ template "mattermost.default.titlelink" . }}'),
  iconUrl: template(),
  iconEmoji: template(),
  attachments: groups(ATTACHMENT),
  type: template(),
  props: group({ card: template() }),
  priority: group({
    priority: template(),
    requestedAck: flag(),
    persistentNotifications: flag(),
  }),
}

/** One entry of `mattermost_configs` (notify/mattermost/config.go). */
export type MattermostSettings = TableSettings<typeof TABLE> & { readonly webhookUrl: SecretSource }

export const mattermostSection = httpSection<typeof TABLE, MattermostSettings>({
  name: 'mattermost',
  sendResolved: true,
  table: TABLE,
  complete: (values, { map, global }) => {
    const webhookUrl = values.webhookUrl ?? global.mattermostWebhookUrl
    if (!webhookUrl) {
      needOneOf(map, ['webhook_url', 'webhook_url_file'], ', or mattermost_webhook_url in global')
    }
    return webhookUrl && { ...values, webhookUrl }
  },
})

function checkField(map: YamlMap): void {
  for (const name of ['title', 'value']) {
    if (isBlank(map.key(name))) map.node.error(`${name} must be set`)
  }
}
