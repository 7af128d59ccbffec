import type { Verdict } from '../access/authenticator.ts'
import { isSame, looksLikeToken } from '../access/digest.ts'
import { ANONYMOUS_VIEWER, NOBODY, type Caller, type Principal } from '../access/principal.ts'
import { allows, type Scope } from '../access/scope.ts'
import { CSRF_HEADER } from '../contract/access.ts'
import { readCredentials } from './authenticate-header.ts'
import { createNetworks, createOriginReader, type Origin } from './authenticate-network.ts'
import {
  createGuard,
  type Access,
  type GuardedRequest,
  type ListenAddress,
  type Permission,
} from './guard.ts'

/** A request that may go on. */
export interface Visit extends Caller {
  /** Whether the browser's end of the connection is encrypted, for the cookie. */
  readonly isSecure: boolean
}

/** A request that may not. */
export interface Refusal {
  readonly status: 400 | 401 | 403 | 429 | 503
  readonly message: string
  readonly headers: Readonly<Record<string, string>>
}

export type Decision =
  | { readonly ok: true; readonly visit: Visit }
  | { readonly ok: false; readonly refusal: Refusal }

/**
 * Decides about each request of a listener, of whatever protocol: a promise only where a password has to be hashed or the
 * metadata asked.
 */
export type Gatekeeper = (
  request: GuardedRequest,
  permission: Permission,
) => Decision | Promise<Decision>

type Signal = 'metrics' | 'logs' | 'traces' | 'alerts' | 'dashboards'

/** What `read` and `write` mean on a listener; what is not named here is about metrics. */
const SIGNAL_OF: Readonly<Record<string, Signal>> = {
  ui: 'dashboards',
  alertmanager: 'alerts',
  webhook: 'alerts',
  loki: 'logs',
  syslog: 'logs',
  containers: 'metrics',
  tempo: 'traces',
  zipkin: 'traces',
  'jaeger-grpc': 'traces',
  'jaeger-http': 'traces',
  'jaeger-udp': 'traces',
}

/** Builds the gatekeeper of a listener: Host and Origin, then credentials, then what they allow. */
export function createGatekeeper(address: ListenAddress, access: Access): Gatekeeper {
  const guard = createGuard(address, access)
  const originOf = createOriginReader(access)
  const networks = createNetworks(address.listener, access)
  const { judge, unauthenticated } = createJudge(address.listener)
  const isUi = address.listener === 'ui'

  return (request, permission) => {
    const foreign = guard(request)
    if (foreign !== undefined) return refuse(403, foreign)
    const origin = originOf(request)
    if (permission === 'open') return accept(NOBODY, origin)
    if (holdsToken(request.url)) {
      return refuse(400, 'a token in a URL ends up in logs: send it as Authorization: Bearer TOKEN')
    }
    const decideWithout = (): Decision => {
      const isShown = isUi && access.anonymous === 'viewer'
      const principal = isShown ? ANONYMOUS_VIEWER : networks(origin)
      if (principal !== undefined) return judge(principal, origin, request, permission)
      return unauthenticated(explainMissing(address.listener, origin))
    }
    const credentials = readCredentials(request.headers, isUi)
    if (credentials === undefined) return decideWithout()
    const decide = (verdict: Verdict): Decision => {
      if (verdict.ok) return judge(verdict.principal, origin, request, permission)
      // A browser keeps sending a cookie that has ended.
      if (credentials.kind === 'cookie' && verdict.reason === 'wrong') return decideWithout()
      return refuseVerdict(verdict, unauthenticated)
    }
    const verdict = access.control?.authenticator.check(credentials, origin.address) ?? WRONG
    return verdict instanceof Promise ? verdict.then(decide) : decide(verdict)
  }
}

interface Judge {
  /** Whether somebody who is known may do what they want. */
  readonly judge: (
    principal: Principal,
    origin: Origin,
    request: GuardedRequest,
    permission: Exclude<Permission, 'open'>,
  ) => Decision
  /** Asks for credentials. */
  readonly unauthenticated: (message: string) => Decision
}

function createJudge(listener: string): Judge {
  const signal = SIGNAL_OF[listener] ?? 'metrics'
  // Browsers show a dialog of their own for Basic, which the web UI's pages would run into.
  const challenge =
    listener === 'ui' ? 'Bearer realm="vedette"' : 'Basic realm="vedette", charset="UTF-8"'
  const unauthenticated = (message: string): Decision =>
    refuse(401, message, { 'www-authenticate': challenge })

  const judge: Judge['judge'] = (principal, origin, request, permission) => {
    if (!provesOwnPage(principal, request)) return refuse(403, CSRF_MISSING)
    const needed = scopeOf(permission, signal)
    const may = needed === undefined ? principal.kind === 'user' : allows(principal.scopes, needed)
    if (may) return accept(principal, origin)
    const what = needed === undefined ? 'only users may do this' : `this needs ${needed}`
    if (principal.kind !== 'user' && principal.kind !== 'token') {
      return unauthenticated(`credentials are needed: ${what}`)
    }
    const role = principal.role === undefined ? '' : ` (${principal.role})`
    return refuse(403, `${principal.name}${role} may not do this: ${what}`)
  }
  return { judge, unauthenticated }
}

/** Undefined: any user. */
function scopeOf(permission: Exclude<Permission, 'open'>, signal: Signal): Scope | undefined {
  if (permission === 'account') return undefined
  return permission === 'read' || permission === 'write' ? `${signal}:${permission}` : permission
}

const CSRF_MISSING = 'the header X-Vedette-CSRF is missing or wrong: load the page again'

/** Browsers send the cookie with whatever page makes them, so what changes something needs a proof more. */
function provesOwnPage({ browser }: Principal, { method, headers }: GuardedRequest): boolean {
  if (browser === undefined || isSafe(method)) return true
  const given = headers[CSRF_HEADER]
  return typeof given === 'string' && isSame(given, browser.csrf)
}

function accept(principal: Principal, { address, isSecure }: Origin): Decision {
  return { ok: true, visit: { principal, address, isSecure } }
}

const WRONG: Verdict = { ok: false, reason: 'wrong' }

function refuseVerdict(
  verdict: Exclude<Verdict, { ok: true }>,
  unauthenticated: (message: string) => Decision,
): Decision {
  switch (verdict.reason) {
    case 'wrong':
      return unauthenticated(WRONG_CREDENTIALS)
    case 'throttled':
      return refuse(429, TOO_MANY_ATTEMPTS, { 'retry-after': secondsOf(verdict.retryAfterMs) })
    case 'unavailable':
      return refuse(503, verdict.message, { 'retry-after': '5' })
    default:
      return verdict satisfies never
  }
}

/** The same whatever was wrong. */
const WRONG_CREDENTIALS = 'wrong user, password or token'
export const TOO_MANY_ATTEMPTS = 'too many failed attempts: try again later'

/** For `Retry-After`. */
export function secondsOf(durationMs: number): string {
  return String(Math.max(1, Math.ceil(durationMs / 1000)))
}

function refuse(
  status: Refusal['status'],
  message: string,
  headers: Refusal['headers'] = {},
): Decision {
  return { ok: false, refusal: { status, message, headers } }
}

function explainMissing(listener: string, { kind, address }: Origin): string {
  if (listener === 'ui') return 'not signed in'
  if (kind === 'unknown') {
    return 'credentials are needed: a proxy that access.proxies does not name passed this request on'
  }
  return `credentials are needed: ${address} is not in access.trusted for the ${listener} listener`
}

function isSafe(method: string | undefined): boolean {
  return method === 'GET' || method === 'HEAD' || method === 'OPTIONS'
}

/** A parameter of the URL that is one of our tokens, whatever its name. */
function holdsToken(url: string | undefined): boolean {
  if (url === undefined || !url.includes('vdt_')) return false
  const query = new URLSearchParams(url.slice(url.indexOf('?') + 1))
  return [...query.values()].some(looksLikeToken)
}
