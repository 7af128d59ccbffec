import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { passwordFault } from '../../access/password.ts'
import { locate } from '../../yaml/locate.ts'
import type { EnvironmentFile, Written } from './compose-service.ts'
import type { Draft } from './draft.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import { judgePlugins } from './judge-plugins.ts'
import { interpolate, keepVariables, type Environment } from './interpolate.ts'
import { reasonOf, type Meaningless } from './leave-out.ts'
import { listenOn } from './listen-on.ts'
import { addMount } from './take-mounts.ts'
import { takeEnvironmentFile } from './take-environment.ts'
import type { ComposeService } from './compose-service.ts'
import type { ComposeFile } from './read-compose.ts'

/** Variables that are read here as there. */
const SAME = new Set([
  'GF_SECURITY_ADMIN_USER',
  'GF_SECURITY_ADMIN_USER__FILE',
  'GF_SECURITY_ADMIN_PASSWORD__FILE',
  'GF_SERVER_ROOT_URL',
])

/** The others that are met in the field. */
const LEFT_OUT: Meaningless = [
  ['GF_PLUGINS_', 'there are no plugins'],
  ['GF_PATHS_', 'what is kept is in storage.path of vedette.yml'],
  ['GF_SECURITY_', 'access says who may sign in, and from where'],
  ['GF_USERS_', 'users and their roles are those of vedette user'],
  ['GF_ANALYTICS_', 'nothing is reported to anybody'],
  ['GF_ALERTING_', 'alert rules are read from rule files'],
  [
    'GF_UNIFIED_ALERTING_',
    'alert rules are read from rule files; Grafana-managed ones are not evaluated',
  ],
  ['GF_FEATURE_TOGGLES_', 'there are no toggles'],
  ['GF_RENDERING_', 'panels are not rendered to pictures'],
  ['GF_METRICS_', 'figures of the program are at /metrics'],
  ['GF_DASHBOARDS_', 'a home dashboard is set in the preferences'],
  ['GF_USERS_ALLOW_SIGN_UP', 'nobody can sign up by themselves'],
  ['GF_AUTH_ANONYMOUS_ORG_', 'whoever is not signed in may look, never change'],
  ['GF_AUTH_', 'people sign in with a password; vedette user add NAME adds one'],
  [
    'GF_DATABASE_',
    'users and dashboards are kept in the data directory; metadata.url names a PostgreSQL',
  ],
  ['GF_SMTP_', 'mails are sent by the receivers of alertmanager.yml'],
  ['GF_SERVER_', 'GF_SERVER_ROOT_URL says it all'],
  ['GF_LOG_', 'vedette start has --log.level and --log.format'],
]

/** Grafana. */
export function translateGrafana(draft: Draft, service: ComposeService, file: ComposeFile): void {
  const port = Number(
    interpolate(service.environment.get('GF_SERVER_HTTP_PORT')?.text ?? '', file.env),
  )
  listenOn(draft, service, 'ui', port > 0 ? port : 3000, 3000)
  for (const each of service.environmentFiles) takeFile(draft, service, file, each)
  for (const [name, value] of service.environment)
    translateVariable(draft, service, file.env, [name, value])
  takeProvisioning(draft, service, file.folder)
  tellIni(draft, service, file.folder)
  draft.note(
    service,
    'to do',
    'dashboards that were saved in Grafana, and not provisioned, stay in its database: export them, and vedette dashboards import FILE',
  )
}

function translateVariable(
  draft: Draft,
  service: ComposeService,
  env: Environment,
  [name, { text: value, place }]: readonly [string, Written],
): void {
  const resolved = interpolate(value, env)
  const note = (outcome: 'same' | 'changed' | 'left out' | 'to do', text: string): void =>
    draft.note({ name: service.name, place }, outcome, text)
  if (name === 'GF_AUTH_ANONYMOUS_ENABLED') {
    if (resolved !== 'true') return note('same', `${name}=${resolved}`)
    draft.set(['access', 'anonymous'], 'viewer')
    return note('changed', 'who is not signed in may look at everything, and change nothing')
  }
  const isPassword = name === 'GF_SECURITY_ADMIN_PASSWORD'
  if (isPassword || SAME.has(name)) {
    const kept = keepVariables(value)
    const fault = isPassword && resolved !== '' ? passwordFault(resolved) : undefined
    if (fault !== undefined) {
      // A file of variables may have it under the same name: an empty one goes before it.
      if (env[name] !== undefined) draft.set(['environment', 'set', name], '')
      return note('changed', `${name}: ${fault}. The first start generates a password and shows it`)
    }
    if (isPassword && resolved === '') {
      note('to do', `${name} is empty: set what it names, or the first start generates a password`)
      return
    }
    if (isPassword && kept === value && !value.includes('${')) {
      note(
        'to do',
        `${name} stood in the compose file: put it into the environment as VEDETTE_ADMIN_PASSWORD, or the first start generates one`,
      )
      return
    }
    if (kept === undefined) return note('to do', `${name}=${value}: write it into environment.set`)
    draft.set(['environment', 'set', name], kept)
    return note('same', isPassword ? name : `${name}=${value}`)
  }
  if (name === 'GF_INSTALL_PLUGINS' || name === 'GF_PLUGINS_PREINSTALL') {
    const { drawn, missing } = judgePlugins(resolved)
    if (drawn.length > 0)
      note('same', `${name}: panels of ${drawn.join(', ')} are drawn without a plugin`)
    if (missing.length === 0) return
    const text = `${name}: there are no plugins: what needs ${missing.join(', ')} stays empty`
    return note('left out', text)
  }
  const reason = reasonOf(name, LEFT_OUT)
  const isGrafanas = name.startsWith('GF_')
  note(
    'left out',
    `${name}: ${reason ?? (isGrafanas ? 'it has no meaning here' : 'nothing that is read names it')}`,
  )
}

const PROVISIONING = '/etc/grafana/provisioning'

function takeProvisioning(draft: Draft, service: ComposeService, folder: string): void {
  const take = (source: string): void => {
    const near = nearPath(folder, source)
    if (!isFolder(source)) {
      draft.note(
        service,
        'to do',
        `${near}, its provisioning, is not there: put dashboards/ and datasources/ into it, then set grafana.provisioning: ${near}`,
      )
      return
    }
    draft.set(['grafana', 'provisioning'], near)
    draft.note(service, 'same', `provisioning of ${near}: dashboards and data sources`)
    takeDashboardFolders(draft, service, folder, source)
  }
  const whole = hostPathOf(service, PROVISIONING)
  if (whole !== undefined) return take(whole)
  const parts = ['dashboards', 'datasources'].flatMap((part) => {
    const source = hostPathOf(service, `${PROVISIONING}/${part}`)
    return source === undefined ? [] : [{ part, source }]
  })
  const [first] = parts
  if (first === undefined) return
  const above = path.dirname(first.source)
  if (parts.every(({ part, source }) => path.join(above, part) === source)) return take(above)
  draft.note(
    service,
    'to do',
    `its provisioning lies in ${parts.map(({ source }) => nearPath(folder, source)).join(' and ')}: put them into one folder as dashboards/ and datasources/, and set grafana.provisioning to it`,
  )
}

/** Folders of dashboards that the providers name, where these are not found as they are written. */
function takeDashboardFolders(
  draft: Draft,
  service: ComposeService,
  folder: string,
  provisioning: string,
): void {
  const texts = readTexts(path.join(provisioning, 'dashboards'))
  const above = path.dirname(provisioning)
  for (const mount of service.mounts) {
    const { source, target } = mount
    if (source === target || !texts.some((text) => text.includes(target))) continue
    const near = [folder, above, path.dirname(above), provisioning]
    const found = near.flatMap((each) => locate(target, each).files.slice(0, 1))
    if (found[0] !== source) addMount(draft, service, folder, mount)
  }
}

function readTexts(folder: string): readonly string[] {
  if (!isFolder(folder)) return []
  return readdirSync(folder)
    .filter((name) => /\.ya?ml$/.test(name))
    .map((name) => readFileSync(path.join(folder, name), 'utf8'))
}

function isFolder(file: string): boolean {
  return existsSync(file) && statSync(file).isDirectory()
}

/** Variables of an `env_file` are read by themselves; only what is not taken as it is has to be said. */
function takeFile(
  draft: Draft,
  service: ComposeService,
  { folder, env }: ComposeFile,
  file: EnvironmentFile,
): void {
  const found = takeEnvironmentFile(draft, service, folder, file)
  for (const [name, value = ''] of Object.entries(found)) {
    if (!name.startsWith('GF_')) continue
    const isTaken = SAME.has(name) || name === 'GF_SECURITY_ADMIN_PASSWORD'
    const fault = name === 'GF_SECURITY_ADMIN_PASSWORD' ? passwordFault(value) : undefined
    if (isTaken && fault === undefined) continue
    const written = { text: value.replaceAll('$', '$$$$'), place: path.basename(file.file) }
    translateVariable(draft, service, { ...env, [name]: value }, [name, written])
  }
}

/** Grafana's own file, which is not read. */
function tellIni(draft: Draft, service: ComposeService, folder: string): void {
  const file = hostPathOf(service, '/etc/grafana/grafana.ini')
  if (file === undefined || !existsSync(file)) return
  draft.note(
    service,
    'left out',
    `${nearPath(folder, file)} is not read: what of it has a meaning here is said by GF_SECURITY_ADMIN_USER, GF_SERVER_ROOT_URL, access and metadata`,
  )
}
