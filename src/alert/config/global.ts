import type { HttpClientConfig } from '../../outbound/http-client.ts'
import type { TlsConfig } from '../../outbound/tls.ts'
import type { SecretSource } from '../notify/secret-source.ts'

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
