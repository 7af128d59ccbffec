import { unlessEmpty } from '../../yaml/context.ts'
import type { FaultList } from '../../yaml/fault.ts'

/** What Grafana's environment variables say that holds here, too. */
export interface GrafanaVariables {
  readonly provisioning: string | undefined
  /** Without a slash at its end; its path is where the web UI is for browsers. */
  readonly rootUrl: string | undefined
}

/** Read elsewhere (access/first-admin.ts), or true here anyway. */
const HONOURED =
  /^GF_(?:SECURITY_ADMIN_(?:USER|PASSWORD)(?:__FILE)?|SERVER_(?:ROOT_URL|SERVE_FROM_SUB_PATH)|PATHS_PROVISIONING)$/

/** What to do instead, by name or by its beginning. The first that fits holds. */
const ADVICE: readonly (readonly [RegExp, string])[] = [
  [/^GF_SERVER_(?:HTTP_PORT|HTTP_ADDR)$/, 'say where to listen with --listen.ui HOST:PORT'],
  [/^GF_SERVER_(?:CERT|PROTOCOL)/, 'say how with listen.tls of vedette.yml'],
  [/^GF_SERVER_DOMAIN$/, 'add the name to access.hosts of vedette.yml'],
  [/^GF_AUTH_ANONYMOUS_/, 'say it with access.anonymous: viewer of vedette.yml'],
  [/^GF_USERS_ALLOW_SIGN_UP$/, 'nobody can sign up; vedette user add NAME adds people'],
  [/^GF_(?:INSTALL_PLUGINS|PLUGINS_)/, 'there are no plugins here'],
  [/^GF_DATABASE_/, 'say where with metadata.url of vedette.yml'],
  [/^GF_SMTP_/, 'mail is sent as alertmanager.yml says'],
  [/^GF_LOG_/, 'say it with --log.level and --log.format'],
  [/^GF_(?:AUTH|LDAP)_/, 'there is sign-in with a password and with tokens only'],
  [/^GF_DASHBOARDS_DEFAULT_HOME_DASHBOARD_PATH$/, 'set a home dashboard in the preferences'],
]

/** What is set to what holds here anyway. */
const TRUE_ANYWAY: ReadonlyMap<string, string> = new Map([
  ['GF_USERS_ALLOW_SIGN_UP', 'false'],
  ['GF_AUTH_ANONYMOUS_ENABLED', 'false'],
  ['GF_ANALYTICS_REPORTING_ENABLED', 'false'],
  ['GF_ANALYTICS_CHECK_FOR_UPDATES', 'false'],
  ['GF_SECURITY_ALLOW_EMBEDDING', 'false'],
])

/** Reads `GF_*`; those that have no effect are warned about by name, without their values. */
export function readGrafanaVariables(
  env: Readonly<Record<string, string | undefined>>,
  faults: FaultList,
): GrafanaVariables {
  const warn = (message: string): void =>
    faults.add({ file: 'environment', line: 0, col: 0, message, severity: 'warning' })
  for (const name of Object.keys(env).sort()) {
    const isOurs = name.startsWith('GF_') && env[name] !== '' && !HONOURED.test(name)
    if (!isOurs || env[name]?.toLowerCase() === TRUE_ANYWAY.get(name)) continue
    const advice = ADVICE.find(([pattern]) => pattern.test(name))?.[1]
    warn(`${name} has no effect here${advice === undefined ? '' : `: ${advice}`}`)
  }
  return {
    provisioning: unlessEmpty(env['GF_PATHS_PROVISIONING']),
    rootUrl: readRootUrl(env, warn),
  }
}

function readRootUrl(
  env: Readonly<Record<string, string | undefined>>,
  warn: (message: string) => void,
): string | undefined {
  const written = env['GF_SERVER_ROOT_URL'] ?? ''
  if (written === '') return undefined
  // Grafana's default refers to its own settings.
  const text = written.replaceAll(
    /%\((\w+)\)s/g,
    (_all, name: string) => env[`GF_SERVER_${name.toUpperCase()}`] ?? '',
  )
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined || !/^https?:$/.test(url.protocol)) {
    warn('GF_SERVER_ROOT_URL is no URL that starts with http:// or https://: it is not used')
    return undefined
  }
  const path = url.pathname.replace(/\/+$/, '')
  if (!/^(?:\/[A-Za-z0-9._~-]+)*$/.test(path) || /^\/(?:api|assets)(?:\/|$)/.test(path)) {
    warn(
      'GF_SERVER_ROOT_URL: the path is not used: it must be of letters, digits, "-", "_", "." and "~" and not begin with /api or /assets',
    )
    return url.origin
  }
  return url.origin + path
}
