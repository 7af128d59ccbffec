import { readTls, type TlsConfig } from '../../outbound/tls.ts'
import { printTls } from '../../outbound/print-http-client.ts'
import { unlessEmpty, type ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { pick } from '../../yaml/plain.ts'
import type { GlobalConfig, HostPort } from '../config/global.ts'
import { formatHostPort, readHostPort } from '../config/host-port.ts'
import { needOneOf, readTemplate } from './fields.ts'
import type { CommonSettings, ReceiverSection } from './receiver-kind.ts'
import { printSecretSource, readSecretSource, type SecretSource } from './secret-source.ts'

/** How mails of one group are tied together by their headers. */
export interface EmailThreading {
  readonly enabled: boolean
  /** A new thread each day, or never. */
  readonly byDate: 'none' | 'daily'
}

/** One entry of `email_configs` (config/notifiers.go, EmailConfig), with what `global` says. */
export interface EmailSettings extends CommonSettings {
  /** Addresses by comma; a template, as are `from`, the values of `headers`, `html` and `text`. */
  readonly to: string
  readonly from: string
  readonly hello: string
  readonly smarthost: HostPort
  /** '' is without authentication. */
  readonly authUsername: string
  readonly authPassword: SecretSource | undefined
  readonly authSecret: SecretSource | undefined
  readonly authIdentity: string
  /** By canonical name (`Subject`). */
  readonly headers: Readonly<Record<string, string>>
  /** '' sends no such part. */
  readonly html: string
  readonly text: string
  readonly requireTls: boolean
  readonly tls: TlsConfig | undefined
  /** Undefined: by the port (465 is implicit TLS). */
  readonly forceImplicitTls: boolean | undefined
  readonly threading: EmailThreading
}

const DEFAULT_HTML = '{{ template "email.default.html" . }}'

export const emailSection: ReceiverSection<EmailSettings> = {
  name: 'email',
  read: readEmail,
  print: (email) => ({
    ...pick({
      to: email.to,
      from: email.from,
      hello: email.hello,
      smarthost: formatHostPort(email.smarthost),
      auth_username: email.authUsername,
      ...printSecretSource('auth_password', email.authPassword),
      ...printSecretSource('auth_secret', email.authSecret),
      auth_identity: email.authIdentity,
      headers: email.headers,
    }),
    // Printed also when it is empty: absent, it is the default.
    html: email.html,
    ...pick({
      text: email.text,
    }),
    require_tls: email.requireTls,
    ...pick({
      tls_config: email.tls && printTls(email.tls),
      force_implicit_tls: email.forceImplicitTls,
      threading: email.threading.enabled
        ? { enabled: true, thread_by_date: email.threading.byDate }
        : undefined,
    }),
  }),
}

function readEmail(
  map: YamlMap,
  context: ReadContext,
  { smtp }: GlobalConfig,
): EmailSettings | undefined {
  needOneOf(map, ['to'])
  const own = (key: string): string | undefined => unlessEmpty(readTemplate(map.key(key)))
  const from = own('from') ?? smtp.from ?? ''
  const smarthost = readHostPort(map.key('smarthost')) ?? smtp.smarthost
  if (from === '') needOneOf(map, ['from'], ', or smtp_from in global')
  if (!smarthost) needOneOf(map, ['smarthost'], ', or smtp_smarthost in global')
  const headers = readHeaders(map)
  const bodies = readBodies(map)
  const authPassword = readSecretSource(map, 'auth_password', context)
  const authSecret = readSecretSource(map, 'auth_secret', context)
  const rest = {
    sendResolved: map.key('send_resolved').asBool() ?? false,
    to: own('to') ?? '',
    from,
    hello: own('hello') ?? smtp.hello,
    authUsername: own('auth_username') ?? smtp.authUsername ?? '',
    authPassword: authPassword ?? smtp.authPassword,
    authSecret: authSecret ?? smtp.authSecret,
    authIdentity: own('auth_identity') ?? smtp.authIdentity ?? '',
    headers,
    ...bodies,
    requireTls: map.key('require_tls').asBool() ?? smtp.requireTls,
    tls: readTls(map.key('tls_config'), context) ?? smtp.tls,
    forceImplicitTls: map.key('force_implicit_tls').asBool() ?? smtp.forceImplicitTls,
    threading: readThreading(map.key('threading'), headers),
  }
  return smarthost && { ...rest, smarthost }
}

/** Names regardless of case; `subject:`, which people write beside `headers:`, is the header of that name. */
function readHeaders(map: YamlMap): Readonly<Record<string, string>> {
  const headers = new Map<string, string>()
  for (const entry of map.key('headers').asMap()?.entries() ?? []) {
    const name = canonicalHeader(entry.name)
    if (headers.has(name)) entry.errorAtKey(`the header ${name} stands here twice`)
    else if (!/^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/.test(name)) {
      entry.errorAtKey('not a valid header name')
    }
    headers.set(name, readTemplate(entry) ?? '')
  }
  const subject = map.has('subject') ? map.key('subject') : undefined
  const text = subject && readTemplate(subject)
  if (subject && text !== undefined) {
    if (headers.has('Subject')) subject.errorAtKey('excludes the header Subject: set only one')
    subject.warnAtKey('not a key of Alertmanager; read as headers: {Subject: …}')
    headers.set('Subject', text)
  }
  return Object.fromEntries(headers)
}

/** `body:`, which people write for `text:`, takes the place of the HTML that is sent otherwise. */
function readBodies(map: YamlMap): { html: string; text: string } {
  const html = readTemplate(map.key('html'))
  const text = readTemplate(map.key('text'))
  const body = map.has('body') ? map.key('body') : undefined
  const bodyText = body && readTemplate(body)
  if (!body || bodyText === undefined) return { html: html ?? DEFAULT_HTML, text: text ?? '' }
  if (text !== undefined) body.errorAtKey('excludes text: set only one of them')
  body.warnAtKey("not a key of Alertmanager; read as text: …, with html: '' where html is not set")
  return { html: html ?? '', text: bodyText }
}

function readThreading(node: YamlNode, headers: Readonly<Record<string, string>>): EmailThreading {
  const map = node.asMap()
  const enabled = map?.key('enabled').asBool() ?? false
  const byDate = map?.key('thread_by_date').asOneOf(['none', 'daily'])
  map?.finish()
  if (map && enabled) {
    for (const name of ['References', 'In-Reply-To']) {
      if (name in headers) node.errorAtKey(`excludes the header ${name}: set only one of them`)
    }
    if (byDate === undefined && map.key('thread_by_date').isEmpty) {
      node.error('thread_by_date must be one of none, daily')
    }
  }
  return { enabled, byDate: byDate ?? 'none' }
}

/** `in-reply-to` as `In-Reply-To` (net/textproto, CanonicalMIMEHeaderKey). */
function canonicalHeader(name: string): string {
  return name.toLowerCase().replace(/(?:^|-)[a-z]/g, (start) => start.toUpperCase())
}
