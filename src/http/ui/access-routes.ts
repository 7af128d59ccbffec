import type { AccessControl } from '../../access/access-control.ts'
import type { Verdict } from '../../access/authenticator.ts'
import { ConflictProblem } from '../../access/fault.ts'
import type { Principal } from '../../access/principal.ts'
import { toScope, type Role, type Scope } from '../../access/scope.ts'
import {
  ROLES,
  SCOPES,
  type AuditEntryJson,
  type CreatedTokenJson,
  type MeJson,
  type TokenJson,
  type UserJson,
} from '../../contract/access.ts'
import { Problem } from '../../model/problem.ts'
import type { Log } from '../../self/log.ts'
import type { StoredToken } from '../../store/metadata/tokens.ts'
import type { User } from '../../store/metadata/users.ts'
import { secondsOf, TOO_MANY_ATTEMPTS } from '../authenticate.ts'
import { readCookie, writeCookie } from '../authenticate-header.ts'
import type { Exchange, Route } from '../exchange.ts'
import { HttpFault, STATUS_OF, toProblem } from '../http-fault.ts'
import type { Answer } from '../send.ts'
import { JsonBody } from './json-body.ts'

type Handle = (exchange: Exchange) => Promise<Answer>

const BODY_BYTES = 64 * 1024
const MAX_AUDIT_ENTRIES = 1000
const DEFAULT_AUDIT_ENTRIES = 200

/** Signing in and out, users, tokens and the audit log (contract/access.ts). */
export function accessRoutes(control: AccessControl, log: Log): Route[] {
  const route = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    permission: Route['permission'],
    handle: Handle,
  ): Route => ({
    methods: [method],
    path: `/api/vedette/${path}`,
    permission,
    bodyBytes: BODY_BYTES,
    handle: (exchange) => answerProblems(exchange, handle, log),
  })
  return [
    route('POST', 'sign-in', 'open', (exchange) => signIn(control, exchange)),
    route('POST', 'sign-out', 'account', async (exchange) => {
      await control.browsers.signOut(exchange.visit)
      return signedOut(exchange)
    }),
    route('POST', 'sign-out-everywhere', 'account', async (exchange) => {
      await control.browsers.signOutEverywhere(exchange.visit)
      return signedOut(exchange)
    }),
    route('GET', 'me', 'read', async ({ visit }) => json(toMe(visit.principal))),
    route('POST', 'me/password', 'account', async (exchange) => {
      const body = new JsonBody(exchange)
      const current = body.text('current')
      await control.accounts.changeOwnPassword(exchange.visit, current, body.text('next'))
      return NO_CONTENT
    }),
    ...userRoutes(control, route),
    ...tokenRoutes(control, route),
    route('GET', 'audit', 'admin', async ({ params }) => {
      const entries: readonly AuditEntryJson[] = await control.audit.list({
        fromMs: readNumber(params.get('from'), 'from', 0),
        toMs: readNumber(params.get('to'), 'to', Number.MAX_SAFE_INTEGER),
        limit: Math.min(
          readNumber(params.get('limit'), 'limit', DEFAULT_AUDIT_ENTRIES),
          MAX_AUDIT_ENTRIES,
        ),
      })
      return json(entries)
    }),
  ]
}

type MakeRoute = (
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  permission: Route['permission'],
  handle: Handle,
) => Route

function userRoutes({ accounts }: AccessControl, route: MakeRoute): Route[] {
  return [
    route('GET', 'users', 'admin', async () => json((await accounts.list()).map(toUserJson))),
    route('POST', 'users', 'admin', async (exchange) => {
      const body = new JsonBody(exchange)
      const user = await accounts.create(exchange.visit, {
        login: body.text('login'),
        password: body.text('password'),
        role: readRole(body.text('role')),
        name: body.optionalText('name') ?? '',
        email: body.optionalText('email') ?? '',
      })
      return json(toUserJson(user), 201)
    }),
    route('PUT', 'users/:id', 'admin', async (exchange) => {
      const body = new JsonBody(exchange)
      const role = body.optionalText('role')
      const change = {
        role: role === undefined ? undefined : readRole(role),
        name: body.optionalText('name'),
        email: body.optionalText('email'),
        password: body.optionalText('password'),
        disabled: body.optionalBoolean('disabled'),
      }
      const user = await accounts.change(exchange.visit, readId(exchange), withoutAbsent(change))
      return json(toUserJson(user))
    }),
    route('DELETE', 'users/:id', 'admin', async (exchange) => {
      await accounts.remove(exchange.visit, readId(exchange))
      return NO_CONTENT
    }),
  ]
}

function tokenRoutes({ tokens }: AccessControl, route: MakeRoute): Route[] {
  return [
    route('GET', 'tokens', 'admin', async () => json((await tokens.list()).map(toTokenJson))),
    route('POST', 'tokens', 'admin', async (exchange) => {
      const body = new JsonBody(exchange)
      const expiresInMs = body.optionalNumber('expiresInMs')
      const { stored, token } = await tokens.create(exchange.visit, {
        name: body.text('name'),
        scopes: body.texts('scopes').map(readScope),
        ...(expiresInMs === undefined ? {} : { expiresInMs }),
      })
      const created: CreatedTokenJson = { ...toTokenJson(stored), token }
      return json(created, 201)
    }),
    route('DELETE', 'tokens/:id', 'admin', async (exchange) => {
      await tokens.revoke(exchange.visit, readId(exchange))
      return NO_CONTENT
    }),
  ]
}

async function signIn(control: AccessControl, exchange: Exchange): Promise<Answer> {
  const body = new JsonBody(exchange)
  const { visit, headers } = exchange
  const previousId = readCookie(headers)
  const signedIn = await control.browsers.signIn({
    login: body.text('user'),
    password: body.text('password'),
    address: visit.address,
    userAgent: headers['user-agent'] ?? '',
    ...(previousId === undefined ? {} : { previousId }),
  })
  if (!('user' in signedIn)) return refuseSignIn(signedIn)
  const { user, id, csrf } = signedIn
  const me: MeJson = {
    user: user.login,
    name: user.name === '' ? user.login : user.name,
    role: user.role,
    csrf,
    anonymous: false,
  }
  const cookie = writeCookie(id, visit.isSecure, control.life.lifetimeMs)
  return { ...json(me), headers: { ...NOT_KEPT, 'set-cookie': cookie } }
}

/** The same text whatever was wrong: who guesses learns nothing about which users exist. */
function refuseSignIn(verdict: Exclude<Verdict, { ok: true }>): Answer {
  switch (verdict.reason) {
    case 'wrong':
      return message(401, 'wrong user or password')
    case 'throttled': {
      const retry = { 'retry-after': secondsOf(verdict.retryAfterMs) }
      return { ...message(429, TOO_MANY_ATTEMPTS), headers: { ...NOT_KEPT, ...retry } }
    }
    case 'unavailable':
      return message(503, verdict.message)
    default:
      return verdict satisfies never
  }
}

function signedOut({ visit }: Exchange): Answer {
  return { status: 204, headers: { 'set-cookie': writeCookie('', visit.isSecure, 0) } }
}

async function answerProblems(exchange: Exchange, handle: Handle, log: Log): Promise<Answer> {
  try {
    return await handle(exchange)
  } catch (thrown) {
    if (thrown instanceof HttpFault) return message(thrown.status, thrown.message)
    const problem = toProblem(thrown)
    if (problem.code === 'internal') log.error('Request failed', { error: problem })
    const status = problem instanceof ConflictProblem ? 409 : STATUS_OF[problem.code]
    return message(status, problem.message)
  }
}

/** Answers about people and secrets are nobody's to keep. */
const NOT_KEPT = { 'cache-control': 'no-store' }
const NO_CONTENT: Answer = { status: 204 }

function json(value: unknown, status = 200): Answer {
  return { status, contentType: 'application/json', headers: NOT_KEPT, body: JSON.stringify(value) }
}

function message(status: number, text: string): Answer {
  return json({ message: text }, status)
}

function toMe({ kind, name, displayName, role, browser }: Principal): MeJson {
  const anonymous = kind === 'anonymous'
  return {
    user: anonymous ? '' : name,
    name: anonymous ? '' : (displayName ?? name),
    role: role ?? 'viewer',
    csrf: browser?.csrf ?? '',
    anonymous,
  }
}

function toUserJson(user: User): UserJson {
  return {
    id: user.id,
    login: user.login,
    name: user.name,
    email: user.email,
    role: user.role,
    disabled: user.disabled,
    createdMs: user.createdMs,
    lastSeenMs: user.lastSeenMs ?? null,
  }
}

function toTokenJson(token: StoredToken): TokenJson {
  return {
    id: token.id,
    name: token.name,
    hint: token.hint,
    scopes: token.scopes.flatMap((text) => toScope(text) ?? []),
    createdBy: token.createdBy,
    createdMs: token.createdMs,
    expiresMs: token.expiresMs ?? null,
    lastUsedMs: token.lastUsedMs ?? null,
    lastUsedAddress: token.lastUsedAddress,
  }
}

function readRole(text: string): Role {
  const role = ROLES.find((known) => known === text)
  if (role === undefined) throw new Problem('bad_data', `role must be one of ${ROLES.join(', ')}`)
  return role
}

function readScope(text: string): Scope {
  const scope = toScope(text)
  if (scope !== undefined) return scope
  const shown = JSON.stringify(text.slice(0, 100))
  throw new Problem('bad_data', `${shown} is no scope: there are ${SCOPES.join(', ')}`)
}

function readId(exchange: Exchange): number {
  const text = exchange.pathParam('id')
  if (/^[1-9][0-9]{0,14}$/.test(text)) return Number(text)
  throw new Problem('not_found', 'an id is a number')
}

function readNumber(text: string, name: string, fallback: number): number {
  if (text === '') return fallback
  if (/^[0-9]{1,15}$/.test(text)) return Number(text)
  throw new Problem('bad_data', `${name} must be a whole number`)
}

type Present<T> = { [K in keyof T]?: Exclude<T[K], undefined> }

function withoutAbsent<T extends object>(record: T): Present<T> {
  const present: Present<T> = {}
  for (const name in record) {
    const value = record[name]
    if (isPresent(value)) present[name] = value
  }
  return present
}

function isPresent<T>(value: T): value is Exclude<T, undefined> {
  return value !== undefined
}
