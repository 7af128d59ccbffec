import { BlockList, isIP, isIPv6 } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'

/** Whom a listener answers. */
export interface Access {
  /**
   * Names, besides the always accepted ones, under which this program is reached, e.g. `vedette.example.org` or
   * `*.monitoring.svc`. Configured as `access.hosts`.
   */
  readonly hosts?: readonly string[]
  /** Networks whose requests are accepted without authentication. Configured as `access.trusted`. */
  readonly trusted?: readonly TrustedNetwork[]
  /** True when every request has to authenticate. */
  readonly hasAuthentication?: boolean
}

export interface TrustedNetwork {
  /** `10.0.0.0/8`, `fd00::/8`, or a single address. */
  readonly cidr: string
  /** The listener this is for (`prometheus`, `loki`, …); absent means all. */
  readonly listener?: string
  /** Whether these addresses may also push, delete and reload. Default: they may only read. */
  readonly write?: boolean
}

/** What a request wants to do; `open` paths (health, readiness) are answered to everybody. */
export type Permission = 'open' | 'read' | 'write'

/** Decides about one request: undefined lets it pass, a text is the reason of the refusal (403). */
export type Guard = (request: GuardedRequest, permission: Permission) => string | undefined

export interface GuardedRequest {
  readonly method?: string | undefined
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined }
}

export interface ListenAddress {
  readonly host: string
  readonly port: number
  /** The name of the listener: `prometheus`, `loki`, … */
  readonly listener: string
}

/**
 * Whether a listener may open this address: undefined, or what is wrong and what to do. On loopback it always may; elsewhere
 * requests must authenticate or come from networks that were named.
 */
export function checkListen(address: ListenAddress, access: Access): string | undefined {
  for (const { cidr } of access.trusted ?? []) {
    if (parseCidr(cidr) === undefined) {
      return `access.trusted: ${JSON.stringify(cidr)} is not a network such as 10.0.0.0/8 or fd00::/8`
    }
  }
  if (isLoopbackHost(address.host)) return undefined
  if (access.hasAuthentication === true) return undefined
  const isTrusted = (access.trusted ?? []).some((network) => appliesTo(network, address.listener))
  if (isTrusted) return undefined
  return (
    `the ${address.listener} listener would be reachable from other machines at ${formatHostPort(address)} without authentication: ` +
    `name the networks that may use it (access.trusted: [{cidr: 10.0.0.0/8, listener: ${address.listener}, write: true}]), ` +
    `or listen on 127.0.0.1:${address.port}`
  )
}

/** True for names and literals that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  const bare = stripBrackets(host).toLowerCase()
  return bare === 'localhost' || LOOPBACK.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4')
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

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
  const networks = trustedNetworks(address.listener, access)

  return (request, permission) => {
    const { headers, socket } = request
    const host = headers.host
    if (host !== undefined && !isNamed(host)) {
      return (
        `the Host ${JSON.stringify(host)} is not a name of this server (protection against DNS rebinding): ` +
        'use its address, or add the name to access.hosts'
      )
    }
    const foreign = refuseForeignPage(request, isConfigured)
    if (foreign !== undefined) return foreign
    return permission === 'open' ? undefined : networks(socket.remoteAddress ?? '', permission)
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

/** Tells why an address may not do something; the same for loopback addresses on every listener: they may. */
function trustedNetworks(
  listener: string,
  access: Access,
): (address: string, permission: Permission) => string | undefined {
  const readers = new BlockList()
  const writers = new BlockList()
  for (const network of access.trusted ?? []) {
    const cidr = appliesTo(network, listener) ? parseCidr(network.cidr) : undefined
    if (cidr === undefined) continue
    readers.addSubnet(cidr.address, cidr.bits, cidr.family)
    if (network.write === true) writers.addSubnet(cidr.address, cidr.bits, cidr.family)
  }
  return (remote, permission) => {
    const address = remote.startsWith('::ffff:') ? remote.slice(7) : remote
    // A unix socket, or a request that never was on a network, has no address.
    if (address === '' || address === '127.0.0.1' || isLoopbackHost(address)) return undefined
    if (access.hasAuthentication === true) return undefined
    const family = isIPv6(address) ? 'ipv6' : 'ipv4'
    if (permission === 'write') {
      if (writers.check(address, family)) return undefined
      return `${address} may not write here: no entry of access.trusted for the ${listener} listener with write: true holds it`
    }
    if (readers.check(address, family)) return undefined
    return `${address} may not use the ${listener} listener: no entry of access.trusted holds it`
  }
}

function appliesTo(network: TrustedNetwork, listener: string): boolean {
  return network.listener === undefined || network.listener === listener
}

interface Cidr {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Reads `10.0.0.0/8`, `fd00::/8` or one address; undefined when it is none of them. */
function parseCidr(text: string): Cidr | undefined {
  const [address = '', bitsText, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return undefined
  const family = version === 6 ? 'ipv6' : 'ipv4'
  const most = version === 6 ? 128 : 32
  if (bitsText === undefined) return { address, bits: most, family }
  if (!/^[0-9]{1,3}$/.test(bitsText) || Number(bitsText) > most) return undefined
  return { address, bits: Number(bitsText), family }
}

function stripBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

function formatHostPort({ host, port }: ListenAddress): string {
  return isIPv6(host) ? `[${host}]:${port}` : `${host}:${port}`
}
