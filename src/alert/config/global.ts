import {
  PLAIN_HTTP_CLIENT,
  readHttpClient,
  type HttpClientConfig,
} from '../../outbound/http-client.ts'
import { readTls, type TlsConfig } from '../../outbound/tls.ts'
import { unlessEmpty, type ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readTemplate, readUrlText } from '../notify/fields.ts'
import {
  readSecretSource,
  readSecretUrlSource,
  type SecretSource,
} from '../notify/secret-source.ts'
import { readHostPort } from './host-port.ts'

/** `host:port` of a mail server. */
export interface HostPort {
  readonly host: string
  readonly port: string
}

/** Defaults of every `email_configs` entry. */
export interface GlobalSmtp {
  readonly from: string | undefined
  readonly hello: string
  readonly smarthost: HostPort | undefined
  readonly authUsername: string | undefined
  readonly authPassword: SecretSource | undefined
  readonly authSecret: SecretSource | undefined
  readonly authIdentity: string | undefined
  readonly requireTls: boolean
  readonly tls: TlsConfig | undefined
  /** Undefined: by the port (465 is implicit TLS). */
  readonly forceImplicitTls: boolean | undefined
}

/** `global:` of alertmanager.yml, with its defaults (config.go, DefaultGlobalConfig). URLs are as written. */
export interface GlobalConfig {
  /** How long an alert without `endsAt` lives after it was last sent. */
  readonly resolveTimeoutMs: number
  readonly http: HttpClientConfig
  readonly smtp: GlobalSmtp
  readonly slack: {
    readonly apiUrl: SecretSource | undefined
    readonly appToken: SecretSource | undefined
    readonly appUrl: string
  }
  readonly jiraApiUrl: string | undefined
  readonly pagerdutyUrl: string
  readonly opsgenie: { readonly apiUrl: string; readonly apiKey: SecretSource | undefined }
  readonly wechat: {
    readonly apiUrl: string
    readonly apiSecret: SecretSource | undefined
    readonly corpId: string | undefined
  }
  readonly victorops: { readonly apiUrl: string; readonly apiKey: SecretSource | undefined }
  readonly telegram: { readonly apiUrl: string; readonly botToken: SecretSource | undefined }
  readonly webexApiUrl: string
  readonly rocketchat: {
    readonly apiUrl: string
    readonly token: SecretSource | undefined
    readonly tokenId: SecretSource | undefined
  }
  readonly mattermostWebhookUrl: SecretSource | undefined
}

/** URLs of the services, where nothing else is said (config.go, DefaultGlobalConfig). */
export const DEFAULT_URLS = {
  slackApp: 'https://slack.com/api/chat.postMessage',
  pagerduty: 'https://events.pagerduty.com/v2/enqueue',
  opsgenie: 'https://api.opsgenie.com/',
  wechat: 'https://qyapi.weixin.qq.com/cgi-bin/',
  victorops: 'https://alert.victorops.com/integrations/generic/20131114/alert/',
  telegram: 'https://api.telegram.org',
  webex: 'https://webexapis.com/v1/messages',
  rocketchat: 'https://open.rocket.chat/',
}

const DEFAULT_RESOLVE_TIMEOUT_MS = 300_000

/** Reads `global:`; absent, it is all defaults. */
export function readGlobal(node: YamlNode, context: ReadContext): GlobalConfig {
  const map = node.asMap()
  const key = (name: string): YamlNode => map?.key(name) ?? node.child(name, undefined)
  const secret = (name: string): SecretSource | undefined =>
    map && readSecretSource(map, name, context)
  const secretUrl = (name: string): SecretSource | undefined =>
    map && readSecretUrlSource(map, name, context)
  const url = (name: string, fallback: string): string => readUrlText(key(name)) ?? fallback
  const config: GlobalConfig = {
    resolveTimeoutMs: key('resolve_timeout').durationMs() ?? DEFAULT_RESOLVE_TIMEOUT_MS,
    http: readGlobalHttp(key('http_config'), context),
    smtp: readSmtp(key, secret, context),
    slack: {
      apiUrl: secretUrl('slack_api_url'),
      appToken: secret('slack_app_token'),
      appUrl: url('slack_app_url', DEFAULT_URLS.slackApp),
    },
    jiraApiUrl: readUrlText(key('jira_api_url')),
    pagerdutyUrl: url('pagerduty_url', DEFAULT_URLS.pagerduty),
    opsgenie: {
      apiUrl: url('opsgenie_api_url', DEFAULT_URLS.opsgenie),
      apiKey: secret('opsgenie_api_key'),
    },
    wechat: {
      apiUrl: url('wechat_api_url', DEFAULT_URLS.wechat),
      apiSecret: secret('wechat_api_secret'),
      corpId: unlessEmpty(key('wechat_api_corp_id').asString()),
    },
    victorops: {
      apiUrl: url('victorops_api_url', DEFAULT_URLS.victorops),
      apiKey: secret('victorops_api_key'),
    },
    telegram: {
      apiUrl: url('telegram_api_url', DEFAULT_URLS.telegram),
      botToken: secret('telegram_bot_token'),
    },
    webexApiUrl: url('webex_api_url', DEFAULT_URLS.webex),
    rocketchat: {
      apiUrl: url('rocketchat_api_url', DEFAULT_URLS.rocketchat),
      token: secret('rocketchat_token'),
      tokenId: secret('rocketchat_token_id'),
    },
    mattermostWebhookUrl: secretUrl('mattermost_webhook_url'),
  }
  checkSlack(config, map)
  map?.finish()
  return config
}

function readGlobalHttp(node: YamlNode, context: ReadContext): HttpClientConfig {
  const map = node.asMap()
  if (map) {
    const http = readHttpClient(map, context, { knowsProxies: true })
    map.finish()
    return http
  }
  return PLAIN_HTTP_CLIENT
}

function readSmtp(
  key: (name: string) => YamlNode,
  secret: (name: string) => SecretSource | undefined,
  context: ReadContext,
): GlobalSmtp {
  const text = (name: string): string | undefined => unlessEmpty(readTemplate(key(name)))
  return {
    from: text('smtp_from'),
    hello: text('smtp_hello') ?? 'localhost',
    smarthost: readHostPort(key('smtp_smarthost')),
    authUsername: text('smtp_auth_username'),
    authPassword: secret('smtp_auth_password'),
    authSecret: secret('smtp_auth_secret'),
    authIdentity: text('smtp_auth_identity'),
    requireTls: key('smtp_require_tls').asBool() ?? true,
    tls: readTls(key('smtp_tls_config'), context),
    forceImplicitTls: key('smtp_force_implicit_tls').asBool(),
  }
}

/**
 * A token and an address of an incoming webhook exclude each other; the address of the app itself, which people wrote before
 * there was a key for the token, does not.
 */
function checkSlack({ slack }: GlobalConfig, map: YamlMap | undefined): void {
  if (!slack.apiUrl || !slack.appToken) return
  if (slack.apiUrl.kind === 'text' && slack.apiUrl.secret.reveal() === slack.appUrl) return
  const name = slack.appToken.kind === 'text' ? 'slack_app_token' : 'slack_app_token_file'
  map
    ?.key(name)
    .errorAtKey(
      'excludes slack_api_url and slack_api_url_file: set a token or an address, not both',
    )
}
