import type { HttpClientConfig } from '../../outbound/http-client.ts'
import { atMostOne } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import { pick } from '../../yaml/plain.ts'
import { Secret } from '../../yaml/secret.ts'
import { DEFAULT_URLS } from '../config/global.ts'
import { isBlank } from './fields.ts'
import {
  httpSection,
  readEntryHttp,
  type EntrySource,
  type TableSettings,
} from './receiver-section.ts'
import type { ReceiverSection } from './receiver-kind.ts'
import type { SecretSource } from './secret-source.ts'
import {
  flag,
  goDurationMs,
  group,
  groups,
  optionalFlag,
  secret,
  secretUrl,
  shownFlag,
  template,
  templates,
  url,
} from './settings-table.ts'

const CONFIRM = {
  text: template(),
  title: template(),
  okText: template(),
  dismissText: template(),
}

const ACTION = {
  type: template(),
  text: template(),
  url: template(),
  style: template(),
  name: template(),
  value: template(),
  confirm: group(CONFIRM, (map) => requireTexts(map, ['text'])),
}

const TABLE = {
  apiUrl: secretUrl(),
  appToken: secret(),
  appUrl: url(),
  channel: template(),
  username: template('{{ template "slack.default.username" . }}'),
  color: template('{{ template "slack.default.color" . }}'),
  title: template('{{ template "slack.default.title" . }}'),
  titleLink: template('{{ template "slack.default.titlelink" . }}'),
  pretext: template('{{ template "slack.default.pretext" . }}'),
  text: template('{{ template "slack.default.text" . }}'),
  messageText: template(),
  fields: groups({ title: template(), value: template(), short: optionalFlag() }, (map) =>
    requireTexts(map, ['title', 'value']),
  ),
  shortFields: shownFlag(),
  footer: template('{{ template "slack.default.footer" . }}'),
  fallback: template('{{ template "slack.default.fallback" . }}'),
  callbackId: template('{{ template "slack.default.callbackid" . }}'),
  iconEmoji: template('{{ template "slack.default.iconemoji" . }}'),
  iconUrl: template('{{ template "slack.default.iconurl" . }}'),
  imageUrl: template(),
  thumbUrl: template(),
  linkNames: shownFlag(),
  mrkdwnIn: templates(),
  actions: groups(ACTION, checkAction),
  updateMessage: flag(),
  timeout: goDurationMs(),
}

/**
 * One entry of `slack_configs` (config/notifiers.go). With a bot's token, own or global, `apiUrl` is `app_url` and `http` carries
 * the token. Of an action, `url` goes before `name`, `value` and `confirm`. `timeout` is in milliseconds, 0 is none.
 */
export type SlackSettings = TableSettings<typeof TABLE> & { readonly apiUrl: SecretSource }

const section = httpSection<typeof TABLE, SlackSettings>({
  name: 'slack',
  sendResolved: false,
  table: TABLE,
  complete: (values, source) => {
    const { map, global } = source
    atMostOneOfBoth(map)
    const appUrl = values.appUrl ?? global.slack.appUrl
    const appToken = values.appToken ?? globalToken(values, source)
    const apiUrl = appToken ? textSource(appUrl) : (values.apiUrl ?? global.slack.apiUrl)
    if (!apiUrl) return reportNoAddress(map)
    checkUpdates(values, map, apiUrl)
    const http = appToken ? withToken(values.http, appToken, map) : values.http
    return { ...values, http, apiUrl, appToken, appUrl }
  },
})

/** What follows from a token is not printed: the entry would say both, which excludes itself. */
export const slackSection: ReceiverSection<SlackSettings> = {
  ...section,
  print: (settings) => {
    const {
      app_url: appUrl,
      api_url: apiUrl,
      ...rest
    } = section.print({
      ...settings,
      http: settings.appToken ? { ...settings.http, authorization: undefined } : settings.http,
    })
    return {
      ...pick({
        api_url: settings.appToken ? undefined : apiUrl,
        app_url: appUrl === DEFAULT_URLS.slackApp ? undefined : appUrl,
      }),
      ...rest,
    }
  },
}

function requireTexts(map: YamlMap, names: readonly string[]): void {
  for (const name of names) if (isBlank(map.key(name))) map.node.error(`${name} must be set`)
}

function checkAction(map: YamlMap): void {
  requireTexts(map, ['type', 'text'])
  if (isBlank(map.key('url')) && isBlank(map.key('name'))) {
    map.node.error('one of url, name must be set')
  }
}

/** A key that is there and wrong was reported already. */
function reportNoAddress(map: YamlMap): undefined {
  if (
    ['api_url', 'api_url_file', 'app_token', 'app_token_file'].every((key) => isBlank(map.key(key)))
  ) {
    map.node.error(
      'no address to send to: set api_url or app_token (or their _file) here, or slack_api_url or slack_app_token in global',
    )
  }
}

function atMostOneOfBoth(map: YamlMap): void {
  const address = ['api_url', 'api_url_file'].find((name) => !isBlank(map.key(name)))
  const token = ['app_token', 'app_token_file'].find((name) => !isBlank(map.key(name)))
  if (address !== undefined && token !== undefined) atMostOne(map, [address, token])
}

/** The global token is for entries that say neither an address nor an authorization of their own. */
function globalToken(
  values: TableSettings<typeof TABLE>,
  { map, context, global }: EntrySource,
): SecretSource | undefined {
  const own = readEntryHttp(map, context)
  return own?.authorization || values.apiUrl ? undefined : global.slack.appToken
}

function withToken(http: HttpClientConfig, token: SecretSource, map: YamlMap): HttpClientConfig {
  if (http.authorization) {
    map.node.error('http_config.authorization excludes a token of a Slack app')
  }
  const authorization = {
    type: 'Bearer',
    credentials: token.kind === 'text' ? token.secret : undefined,
    credentialsFile: token.kind === 'file' ? token.file : undefined,
  }
  return { ...http, authorization }
}

/** Only a bot may change what it wrote; incoming webhooks answer without the message's ID. */
function checkUpdates(
  values: TableSettings<typeof TABLE>,
  map: YamlMap,
  apiUrl: SecretSource,
): void {
  if (!values.updateMessage || apiUrl.kind === 'file') return
  if (apiUrl.secret.reveal() === DEFAULT_URLS.slackApp) return
  map.key('update_message').error(`needs a bot's token and api_url ${DEFAULT_URLS.slackApp}`)
}

function textSource(text: string): SecretSource {
  return { kind: 'text', secret: new Secret(text) }
}
