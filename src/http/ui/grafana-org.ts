import type { Role } from '../../access/scope.ts'
import type { ServedDatasource } from '../../dashboards/datasources.ts'
import type { DashboardLibrary } from '../../dashboards/library.ts'
import type { Preferences } from '../../dashboards/preferences.ts'
import { VERSION } from '../../self/version.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { toSettings } from './grafana-datasources.ts'
import {
  authorOf,
  isAdmin,
  json,
  mayWrite,
  message,
  readBody,
  readId,
  type MakeGrafanaRoute,
} from './grafana-route.ts'

export interface OrgDoors {
  readonly library: DashboardLibrary
  readonly preferences: Preferences
  readonly datasources: () => readonly ServedDatasource[]
  /** Where people reach the web UI; '' when it is not said. */
  readonly rootUrl: () => string
}

/** There is one organisation, called as Grafana's first. */
const ORG = { id: 1, name: 'Main Org.' }
const NO_ADDRESS = { address1: '', address2: '', city: '', zipCode: '', state: '', country: '' }

/** Grafana's `/api/org`, `/api/user` and what its clients ask for before they do anything. */
export function grafanaOrgRoutes(doors: OrgDoors, route: MakeGrafanaRoute): Route[] {
  const read = 'dashboards:read'
  return [
    route('GET', '/api/org', read, () => json({ ...ORG, address: NO_ADDRESS })),
    route('GET', '/api/orgs', 'admin', () => json([ORG])),
    route('GET', '/api/orgs/:id', 'admin', (x) =>
      readId(x) === ORG.id
        ? json({ ...ORG, address: NO_ADDRESS })
        : message(404, 'Organization not found'),
    ),
    route('GET', '/api/user', read, (x) => json(toUser(x))),
    route('GET', '/api/user/orgs', read, (x) =>
      json([{ orgId: ORG.id, name: ORG.name, role: toGrafanaRole(roleOf(x)) }]),
    ),
    ...preferenceRoutes(doors, route),
    ...starRoutes(doors, route),
    route('GET', '/api/frontend/settings', read, () => json(settingsOf(doors))),
    route('GET', '/api/access-control/user/permissions', read, (x) => json(permissionsOf(x))),
    route('GET', '/api/access-control/user/actions', read, (x) =>
      json(Object.fromEntries(Object.keys(permissionsOf(x)).map((action) => [action, true]))),
    ),
  ]
}

function preferenceRoutes({ preferences }: OrgDoors, route: MakeGrafanaRoute): Route[] {
  const show = async (userId: number | undefined): Promise<Answer> =>
    json({ theme: '', timezone: '', weekStart: '', ...(await preferences.get(userId)) })
  const save = (merge: boolean, isOwn: boolean) => async (x: Exchange) => {
    const { userId } = x.visit.principal
    if (isOwn && userId === undefined) return message(400, 'only users have preferences')
    await preferences.save(isOwn ? userId : undefined, readBody(x), { merge })
    x.audit('preferences.change', isOwn ? authorOf(x).name : 'everybody')
    return message(200, 'Preferences updated')
  }
  const ofUser = (x: Exchange) => show(x.visit.principal.userId ?? -1)
  return [
    route('GET', '/api/user/preferences', 'dashboards:read', ofUser),
    route('PUT', '/api/user/preferences', 'account', save(false, true)),
    route('PATCH', '/api/user/preferences', 'account', save(true, true)),
    route('GET', '/api/org/preferences', 'dashboards:read', () => show(undefined)),
    route('PUT', '/api/org/preferences', 'admin', save(false, false)),
    route('PATCH', '/api/org/preferences', 'admin', save(true, false)),
  ]
}

function starRoutes({ library }: OrgDoors, route: MakeGrafanaRoute): Route[] {
  const star = (isStarred: boolean) => async (x: Exchange) => {
    const uid = x.pathParam('uid')
    await library.star(authorOf(x), uid, isStarred)
    return message(200, isStarred ? 'Dashboard starred!' : 'Dashboard unstarred')
  }
  const path = '/api/user/stars/dashboard/uid/:uid'
  return [
    route('GET', '/api/user/stars', 'dashboards:read', async (x) =>
      json([...(await library.starsOf(authorOf(x)))]),
    ),
    route('POST', path, 'account', star(true)),
    route('DELETE', path, 'account', star(false)),
  ]
}

function roleOf(exchange: Exchange): Role {
  if (isAdmin(exchange)) return 'admin'
  return mayWrite(exchange) ? 'editor' : 'viewer'
}

/** `viewer` → `Viewer`. */
export function toGrafanaRole(role: Role): string {
  return role.charAt(0).toUpperCase() + role.slice(1)
}

function toUser(exchange: Exchange): object {
  const { name, displayName = '', userId = 0 } = exchange.visit.principal
  return {
    ...{ id: userId, uid: String(userId), email: '', name: displayName, login: name, theme: '' },
    ...{ orgId: ORG.id, isGrafanaAdmin: isAdmin(exchange), isDisabled: false, isExternal: false },
    ...{ isExternallySynced: false, authLabels: [], avatarUrl: '', isProvisioned: false },
  }
}

function settingsOf({ datasources, rootUrl }: OrgDoors): object {
  const all = datasources()
  return {
    ...{
      appUrl: rootUrl(),
      appSubUrl: '',
      buildInfo: {
        version: VERSION,
        commit: '',
        env: 'production',
        edition: 'Open Source',
        hideVersion: false,
      },
    },
    datasources: Object.fromEntries(all.map((each) => [each.name, toSettings(each)])),
    defaultDatasource: all.find(({ isDefault }) => isDefault)?.name ?? '',
    ...{ featureToggles: {}, panels: {}, authProxyEnabled: false, disableLoginForm: false },
    ...{ anonymousEnabled: false, unifiedAlertingEnabled: false, viewersCanEdit: false },
  }
}

/** Grafana's actions, as far as there is something here that they allow. */
function permissionsOf(exchange: Exchange): Readonly<Record<string, readonly string[]>> {
  const [dashboards, folders] = [['dashboards:*', 'folders:*'], ['folders:*']]
  const reading = {
    'dashboards:read': dashboards,
    'folders:read': folders,
    'datasources:read': ['datasources:*'],
    'datasources:query': ['datasources:*'],
    'annotations:read': ['annotations:*'],
    'orgs:read': [],
  }
  const writing = {
    'dashboards:create': folders,
    'dashboards:write': dashboards,
    'dashboards:delete': dashboards,
    'folders:create': folders,
    'folders:write': folders,
    'folders:delete': folders,
    'annotations:create': ['annotations:*'],
    'annotations:write': ['annotations:*'],
    'annotations:delete': ['annotations:*'],
  }
  const administering = {
    'serviceaccounts:read': ['serviceaccounts:*'],
    'serviceaccounts:create': [],
    'serviceaccounts:write': ['serviceaccounts:*'],
    'serviceaccounts:delete': ['serviceaccounts:*'],
    'orgs.preferences:write': [],
  }
  return {
    ...reading,
    ...(mayWrite(exchange) ? writing : {}),
    ...(isAdmin(exchange) ? administering : {}),
  }
}
