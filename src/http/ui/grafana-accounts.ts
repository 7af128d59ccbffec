import type { ServiceAccounts } from '../../access/service-accounts.ts'
import type { Role } from '../../access/scope.ts'
import type { TokenDesk } from '../../access/token-desk.ts'
import { numberOf, textOf } from '../../lang/dashboard/json-value.ts'
import { Problem } from '../../model/problem.ts'
import type { StoredToken } from '../../store/metadata/tokens.ts'
import type { User } from '../../store/metadata/users.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Answer } from '../send.ts'
import { toGrafanaRole } from './grafana-org.ts'
import {
  isoTime,
  json,
  message,
  readBody,
  readId,
  readNumber,
  type MakeGrafanaRoute,
} from './grafana-route.ts'

export interface AccountDoors {
  readonly accounts: ServiceAccounts
  readonly tokens: TokenDesk
}

/** Grafana's `/api/serviceaccounts/…`. What was done is noted by the desks. */
export function grafanaAccountRoutes(doors: AccountDoors, route: MakeGrafanaRoute): Route[] {
  const { accounts, tokens } = doors
  const show = async (account: User, status = 200): Promise<Answer> =>
    json(toJson(account, (await tokens.list(account.id)).length), status)
  return [
    route('GET', '/api/serviceaccounts/search', 'admin', (x) => searchOf(doors, x)),
    route('POST', '/api/serviceaccounts', 'admin', async (x) => {
      const body = readBody(x)
      const account = {
        name: textOf(body['name']) ?? '',
        role: readRole(body['role']) ?? 'viewer',
        disabled: body['isDisabled'] === true,
      }
      return show(await accounts.create(x.visit, account), 201)
    }),
    route('GET', '/api/serviceaccounts/:id', 'admin', async (x) =>
      show(await accounts.find(readId(x))),
    ),
    route('PATCH', '/api/serviceaccounts/:id', 'admin', async (x) => {
      const body = readBody(x)
      const [name, role] = [textOf(body['name']), readRole(body['role'])]
      const disabled = body['isDisabled']
      const changed = await accounts.change(x.visit, readId(x), {
        ...(name === undefined ? {} : { name }),
        ...(role === undefined ? {} : { role }),
        ...(typeof disabled === 'boolean' ? { disabled } : {}),
      })
      const { id } = changed
      return json({
        id,
        message: 'Service account updated',
        name: changed.name,
        serviceaccount: toJson(changed, 0),
      })
    }),
    route('DELETE', '/api/serviceaccounts/:id', 'admin', async (x) => {
      await accounts.remove(x.visit, readId(x))
      return message(200, 'Service account deleted')
    }),
    ...tokenRoutes(doors, route),
  ]
}

function tokenRoutes({ accounts, tokens }: AccountDoors, route: MakeGrafanaRoute): Route[] {
  const path = '/api/serviceaccounts/:id/tokens'
  return [
    route('GET', path, 'admin', async (x) => {
      const { id } = await accounts.find(readId(x))
      const nowMs = Date.now()
      return json((await tokens.list(id)).map((token) => toTokenJson(token, nowMs)))
    }),
    route('POST', path, 'admin', async (x) => {
      const account = await accounts.find(readId(x))
      const body = readBody(x)
      const seconds = numberOf(body['secondsToLive']) ?? 0
      const { stored, token } = await tokens.create(x.visit, {
        name: textOf(body['name']) ?? '',
        // What the account may do, its token may.
        scopes: [],
        userId: account.id,
        ...(seconds > 0 ? { expiresInMs: seconds * 1000 } : {}),
      })
      return json({ id: stored.id, name: stored.name, key: token })
    }),
    route('DELETE', `${path}/:token`, 'admin', async (x) => {
      const account = await accounts.find(readId(x))
      const id = readId(x, 'token')
      const isTheirs = (await tokens.list(account.id)).some((token) => token.id === id)
      if (!isTheirs) return message(404, 'service account token not found')
      await tokens.revoke(x.visit, id)
      return message(200, 'Service account token deleted')
    }),
  ]
}

async function searchOf({ accounts, tokens }: AccountDoors, { params }: Exchange): Promise<Answer> {
  const text = params.get('query').toLowerCase()
  const perPage = Math.min(Math.max(1, readNumber(params.get('perpage'), 'perpage', 1000)), 1000)
  const page = Math.max(1, readNumber(params.get('page'), 'page', 1))
  const found = (await accounts.list()).filter(({ name }) => name.toLowerCase().includes(text))
  const counts = new Map<number, number>()
  for (const { userId } of await tokens.list()) {
    if (userId !== undefined) counts.set(userId, (counts.get(userId) ?? 0) + 1)
  }
  const shown = found.slice((page - 1) * perPage, page * perPage)
  const serviceAccounts = shown.map((each) => toJson(each, counts.get(each.id) ?? 0))
  return json({ totalCount: found.length, serviceAccounts, page, perPage })
}

const ROLES: ReadonlyMap<string, Role> = new Map([
  ['Viewer', 'viewer'],
  ['Editor', 'editor'],
  ['Admin', 'admin'],
  // Grafana's for who may do nothing of itself; the least that is here.
  ['None', 'viewer'],
])

function readRole(value: unknown): Role | undefined {
  if (value === undefined || value === null || value === '') return undefined
  const role = ROLES.get(textOf(value) ?? '')
  if (role !== undefined) return role
  throw new Problem('bad_data', 'invalid role value: it must be Viewer, Editor or Admin')
}

function toJson(account: User, tokenCount: number): object {
  const { id, name, login, role, disabled, createdMs, updatedMs } = account
  return {
    ...{ id, uid: String(id), name, login, orgId: 1, isDisabled: disabled },
    ...{ createdAt: isoTime(createdMs), updatedAt: isoTime(updatedMs), avatarUrl: '' },
    ...{ role: toGrafanaRole(role), teams: null, tokens: tokenCount },
  }
}

function toTokenJson(token: StoredToken, nowMs: number): object {
  const { id, name, createdMs, expiresMs, lastUsedMs } = token
  return {
    ...{ id, name, created: isoTime(createdMs), role: '' },
    lastUsedAt: lastUsedMs === undefined ? null : isoTime(lastUsedMs),
    expiration: expiresMs === undefined ? null : isoTime(expiresMs),
    secondsUntilExpiration: expiresMs === undefined ? 0 : (expiresMs - nowMs) / 1000,
    hasExpired: expiresMs !== undefined && expiresMs <= nowMs,
    isRevoked: false,
  }
}
