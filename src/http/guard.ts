import { isIP, isIPv6 } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'
import type { AccessControl } from '../access/access-control.ts'
import type { SignInLife } from '../access/authenticator.ts'
import type { Scope } from '../access/scope.ts'
import { isLoopbackHost, parseCidr } from './authenticate-network.ts'
import type { TlsSettings } from './listener-tls.ts'

/** Whom a listener answers. */
export interface Access {
  /**
   * Names, besides the always accepted ones, under which this program is reached, e.g. `vedette.example.org` or
   * `*.monitoring.svc`. Configured as `access.hosts`.
   */
  readonly hosts?: readonly string[]
  /** Networks whose requests are accepted without credentials, but not by the web UI. Configured as `access.trusted`. */
  readonly trusted?: readonly TrustedNetwork[]
  /** Whether requests of this machine need credentials, too. Configured as `access.required`. */
  readonly required?: boolean
  /** What the web UI shows to who is not signed in. Configured as `access.anonymous`. */
  readonly anonymous?: 'viewer'
  /** Networks whose `X-Forwarded-For` is believed. Configured as `access.proxies`. */
  readonly proxies?: readonly string[]
  /** How long browsers stay signed in. Configured as `access.sign_in`. */
  readonly signIn?: SignInLife
  /** Who checks credentials. Without it all of them are wrong. */
  readonly control?: AccessControl
  /** For tests, which come from loopback addresses themselves. */
  readonly isLoopback?: (address: string) => boolean
}

export interface TrustedNetwork {
  /** `10.0.0.0/8`, `fd00::/8`, or a single address. */
  readonly cidr: string
  /** The listener this is for (`prometheus`, `loki`, …); absent means all. */
  readonly listener?: string
  /** Whether these addresses may also push, delete and reload. Default: they may only read. */
  readonly write?: boolean
}

/**
 * What a request wants to do. `open` paths (health, readiness, signing in) are answered to everybody; `read` and `write` mean the
 * signal of the listener; `account` needs a user, whatever their role; the others are the scope that is needed.
 */
export type Permission = 'open' | 'read' | 'write' | 'account' | Scope

/** Decides about one request, whoever sends it: undefined lets it pass, a text is the reason of the refusal (403). */
export type Guard = (request: GuardedRequest) => string | undefined

export interface GuardedRequest {
  readonly method?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean }
  /** The request target. */
  readonly url?: string | undefined
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** The name of the listener: `prometheus`, `loki`, … */
  readonly listener: string
  /** Absent: unencrypted. */
  readonly tls?: TlsSettings
}

/**
 * Whether a listener may open this address: undefined, or what is wrong and what to do. On loopback it always may; elsewhere
 * every request must authenticate, as it always does for the web UI, or networks that may use it must be named.
 */
export function checkListen(address: ListenAddress, access: Access): string | undefined {
  for (const { cidr } of access.trusted ?? []) {
    if (parseCidr(cidr) === undefined) {
      return `access.trusted: ${JSON.stringify(cidr)} is not a network such as 10.0.0.0/8 or fd00::/8`
    }
  }
  if (isLoopbackHost(address.host)) return undefined
  if (address.listener === 'ui' || access.required === true) return undefined
  const isTrusted = (access.trusted ?? []).some(
    ({ listener }) => listener === undefined || listener === address.listener,
  )
  if (isTrusted) return undefined
  return (
    `the ${address.listener} listener would be reachable from other machines at ${formatHostPort(address)} without authentication: ` +
    'demand credentials of every request (access.required: true), ' +
    `name the networks that may use it (access.trusted: [{cidr: 10.0.0.0/8, listener: ${address.listener}, write: true}]), ` +
    `or listen on 127.0.0.1:${address.port}`
  )
}

/** Most Host and Origin texts whose verdict is remembered; real traffic has a handful. */
const MAX_REMEMBERED = 256

/**
 * The guard of a listener. Loopback alone is no protection: any web page may send requests to 127.0.0.1, and a page whose name
 * is made to resolve to 127.0.0.1 (DNS rebinding) may read the answers. So the Host must be a name of ours, and a request that
 * a browser sends for a page of another site is refused.
 */
export function createGuard(address: ListenAddress, access: Access): Guard {
  const isConfigured = configuredNames(access.hosts ?? [])
  const isNamed = rememberVerdicts((host) => isOwnHost(hostOf(host), address.host, isConfigured))

  return (request) => {
    const { host } = request.headers
    if (host !== undefined && !isNamed(host)) {
      return (
        `the Host ${JSON.stringify(host)} is not a name of this server (protection against DNS rebinding): ` +
        'use its address, or add the name to access.hosts'
      )
    }
    return refuseForeignPage(request, isConfigured)
  }
}

/** Requests of pages of other sites: told by what browsers add to each request and no page can change. */
function refuseForeignPage(
  { method, headers }: GuardedRequest,
  isConfigured: (name: string) => boolean,
): string | undefined {
  const site = headers['sec-fetch-site']
  if (site === 'cross-site' && !isNavigation(method, headers)) {
    return 'a page of another site sent this request (Sec-Fetch-Site: cross-site)'
  }
  const origin = headers.origin
  if (origin === undefined) return undefined
  const page = hostOf(/^https?:\/\/([^/]+)$/.exec(origin)?.[1] ?? '')
  if (page !== undefined && isSameSite(page, hostOf(headers.host ?? ''), isConfigured)) {
    return undefined
  }
  return `a page of ${JSON.stringify(origin)} sent this request, which is another site`
}

/** Following a link from a chat or a ticket: the page that holds the link learns nothing, and a GET changes nothing. */
function isNavigation(method: string | undefined, headers: IncomingHttpHeaders): boolean {
  return (
    (method === 'GET' || method === 'HEAD') &&
    headers['sec-fetch-mode'] === 'navigate' &&
    headers['sec-fetch-dest'] === 'document'
  )
}

/** Another port of the host that the request was sent to, or a name that was configured. */
function isSameSite(
  page: string,
  host: string | undefined,
  isConfigured: (name: string) => boolean,
): boolean {
  if (page === host || isConfigured(page)) return true
  return isLoopbackHost(page) && host !== undefined && isLoopbackHost(host)
}

function configuredNames(hosts: readonly string[]): (name: string) => boolean {
  const exact = new Set<string>()
  const suffixes: string[] = []
  for (const host of hosts) {
    const bare = stripBrackets(host).toLowerCase()
    if (bare.startsWith('*.')) suffixes.push(bare.slice(1))
    else exact.add(bare)
  }
  return (name) => exact.has(name) || suffixes.some((suffix) => name.endsWith(suffix))
}

/** Tells whether a `Host` is one of ours; undefined stands for a malformed one. */
function isOwnHost(
  name: string | undefined,
  listenHost: string,
  isConfigured: (name: string) => boolean,
): boolean {
  if (name === undefined) return false
  if (isConfigured(name) || isLoopbackHost(name) || name.endsWith('.localhost')) return true
  if (name === stripBrackets(listenHost).toLowerCase()) return true
  // Who listens for other machines is reached by an address, which nobody can rebind, or by a name without a dot (a service of
  // a Compose file), which no public DNS can hold.
  return !isLoopbackHost(listenHost) && (isIP(name) !== 0 || !name.includes('.'))
}

/** The lower-case name or bare address of a Host header, or undefined when it is malformed. */
function hostOf(host: string): string | undefined {
  const found = /^(\[[0-9a-f:.]+\]|[a-z0-9._-]{1,253})(?::[0-9]{1,5})?$/i.exec(host)?.[1]
  return found === undefined ? undefined : stripBrackets(found).toLowerCase().replace(/\.$/, '')
}

function rememberVerdicts(decide: (host: string) => boolean): (host: string) => boolean {
  const verdicts = new Map<string, boolean>()
  return (host) => {
    const known = verdicts.get(host)
    if (known !== undefined) return known
    const verdict = decide(host)
    if (verdicts.size >= MAX_REMEMBERED) verdicts.clear()
    verdicts.set(host, verdict)
    return verdict
  }
}

function stripBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function formatHostPort({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
