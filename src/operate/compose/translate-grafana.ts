import path from 'node:path'
import { passwordFault } from '../../access/password.ts'
import type { Draft } from './draft.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import { interpolate, keepVariables } from './interpolate.ts'
import { listenOn } from './listen-on.ts'
import type { ComposeFile, ComposeService } from './read-compose.ts'

/** Variables that are read here as there. */
const SAME = new Set([
  'GF_SECURITY_ADMIN_USER',
  'GF_SECURITY_ADMIN_USER__FILE',
  'GF_SECURITY_ADMIN_PASSWORD__FILE',
  'GF_SERVER_ROOT_URL',
])

/** The others that are met in the field. A name that ends in `_` stands for all that begin so. */
const LEFT_OUT: readonly (readonly [name: string, reason: string])[] = [
  ['GF_INSTALL_PLUGINS', 'there are no plugins; vedette check says which panels need one'],
  ['GF_PLUGINS_', 'there are no plugins'],
  ['GF_USERS_ALLOW_SIGN_UP', 'nobody can sign up by themselves'],
  ['GF_AUTH_ANONYMOUS_ORG_', 'whoever is not signed in may look, never change'],
  ['GF_AUTH_', 'single sign-on is not there yet; users are added with vedette user add'],
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
  listenOn(draft, service, 'ui', 3000)
  for (const [name, value] of service.environment)
    translateVariable(draft, service, file, [name, value])
  takeProvisioning(draft, service, file.folder)
  draft.note(
    service.name,
    'to do',
    'dashboards that were saved in Grafana, and not provisioned, stay in its database: export them, and vedette dashboards import FILE',
  )
}

function translateVariable(
  draft: Draft,
  service: ComposeService,
  { env }: ComposeFile,
  [name, value]: readonly [string, string],
): void {
  const resolved = interpolate(value, env)
  const note = (outcome: 'same' | 'changed' | 'left out' | 'to do', text: string): void =>
    draft.note(service.name, outcome, text)
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
  const found = LEFT_OUT.find(([known]) =>
    known.endsWith('_') ? name.startsWith(known) : name === known,
  )
  if (name.startsWith('GF_')) note('left out', `${name}: ${found?.[1] ?? 'it has no meaning here'}`)
}

const PROVISIONING = '/etc/grafana/provisioning'

function takeProvisioning(draft: Draft, service: ComposeService, folder: string): void {
  const take = (source: string): void => {
    const near = nearPath(folder, source)
    draft.set(['grafana', 'provisioning'], near)
    draft.note(service.name, 'same', `provisioning of ${near}: dashboards and data sources`)
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
    service.name,
    'to do',
    `its provisioning lies in ${parts.map(({ source }) => nearPath(folder, source)).join(' and ')}: put them into one folder as dashboards/ and datasources/, and set grafana.provisioning to it`,
  )
}
