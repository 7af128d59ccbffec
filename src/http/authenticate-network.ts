import { BlockList, isIP, isIPv6 } from 'node:net'
import type { IncomingHttpHeaders } from 'node:http'
import {
  LOOPBACK_PRINCIPAL,
  TRUSTED_READER,
  TRUSTED_WRITER,
  type Principal,
} from '../access/principal.ts'
import type { Access } from './guard.ts'

/** Where a request comes from, as far as that can be believed. */
export interface Origin {
  /** Bare; '' for a unix socket. */
  readonly address: string
  /**
   * `direct`: the other end of the connection. `proxied`: named by a proxy of `access.proxies`. `unknown`: the request came through
   * a proxy that is not among them, so that `address` is only that of the proxy and says nothing about who asks.
   */
  readonly kind: 'direct' | 'proxied' | 'unknown'
  /** Whether the browser's end of it was encrypted. */
  readonly isSecure: boolean
}

export interface NetworkRequest {
  readonly headers: IncomingHttpHeaders
  readonly socket: { readonly remoteAddress?: string | undefined; readonly encrypted?: boolean }
}

/** What proxies add. A request that carries any of them was passed on by one. */
const FORWARDING_HEADERS = [
  'forwarded',
  'x-forwarded-for',
  'x-forwarded-host',
  'x-forwarded-proto',
  'x-forwarded-server',
  'x-real-ip',
  'x-client-ip',
  'true-client-ip',
  'cf-connecting-ip',
  'via',
] as const

/** True for names and literals that only this machine can reach. */
export function isLoopbackHost(host: string): boolean {
  const bare = stripBrackets(host).toLowerCase()
  return bare === 'localhost' || LOOPBACK.check(bare, isIPv6(bare) ? 'ipv6' : 'ipv4')
}

const LOOPBACK = new BlockList()
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4')
LOOPBACK.addAddress('::1', 'ipv6')

/**
 * Reads where requests come from. `X-Forwarded-For` is believed only from `access.proxies`, and there from right to left, up to
 * the first address that is no such proxy: what stands further left was written by whoever asked.
 */
export function createOriginReader({ proxies = [] }: Access): (request: NetworkRequest) => Origin {
  const known = blockListOf(proxies)
  return ({ headers, socket }) => {
    const address = bareAddress(socket.remoteAddress ?? '')
    const isSecure = socket.encrypted === true
    if (!FORWARDING_HEADERS.some((name) => headers[name] !== undefined)) {
      return { address, kind: 'direct', isSecure }
    }
    if (!holds(known, address)) return { address, kind: 'unknown', isSecure }
    const client = clientOf(headers['x-forwarded-for'], known)
    const scheme = lastOf(headers['x-forwarded-proto'])
    const behindTls = isSecure || scheme === 'https'
    return client === undefined
      ? { address, kind: 'unknown', isSecure: behindTls }
      : { address: client, kind: 'proxied', isSecure: behindTls }
  }
}

function clientOf(header: string | string[] | undefined, proxies: BlockList): string | undefined {
  const hops = (Array.isArray(header) ? header.join(',') : (header ?? '')).split(',').reverse()
  for (const hop of hops) {
    const address = bareAddress(withoutPort(hop.trim()))
    if (isIP(address) === 0) return undefined
    if (!holds(proxies, address)) return address
  }
  return undefined
}

/** The nearest proxy wrote the last one. */
function lastOf(header: string | string[] | undefined): string {
  const text = Array.isArray(header) ? header.join(',') : (header ?? '')
  return (text.split(',').at(-1) ?? '').trim().toLowerCase()
}

/** `192.0.2.1:443` and `[2001:db8::1]:443` are met, too. */
function withoutPort(text: string): string {
  return /^\[([0-9a-f:.]+)\](?::\d+)?$/i.exec(text)?.[1] ?? /^([\d.]+):\d+$/.exec(text)?.[1] ?? text
}

/**
 * Who an address is, on a listener, without credentials: those of `access.trusted` may what their entry says, this machine may
 * everything unless `access.required` is set. The web UI knows neither: there a person signs in. Also for what has no
 * requests (UDP), with `kind: 'direct'`.
 */
export function createNetworks(
  listener: string,
  access: Access,
): (origin: Pick<Origin, 'address' | 'kind'>) => Principal | undefined {
  const readers = new BlockList()
  const writers = new BlockList()
  for (const network of access.trusted ?? []) {
    if (network.listener !== undefined && network.listener !== listener) continue
    addTo(readers, network.cidr)
    if (network.write === true) addTo(writers, network.cidr)
  }
  const isLoopback = access.isLoopback ?? isLoopbackHost
  return ({ address, kind }) => {
    if (listener === 'ui' || kind === 'unknown') return undefined
    // A unix socket, or a request that never was on a network, has no address.
    const isLocal = kind === 'direct' && (address === '' || isLoopback(address))
    if (isLocal && access.required !== true) return LOOPBACK_PRINCIPAL
    if (holds(writers, address)) return TRUSTED_WRITER
    return holds(readers, address) ? TRUSTED_READER : undefined
  }
}

interface Cidr {
  readonly address: string
  readonly bits: number
  readonly family: 'ipv4' | 'ipv6'
}

/** Reads `10.0.0.0/8`, `fd00::/8` or one address; undefined when it is none of them. */
export function parseCidr(text: string): Cidr | undefined {
  const [address = '', bitsText, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return undefined
  const family = version === 6 ? 'ipv6' : 'ipv4'
  const most = version === 6 ? 128 : 32
  if (bitsText === undefined) return { address, bits: most, family }
  if (!/^[0-9]{1,3}$/.test(bitsText) || Number(bitsText) > most) return undefined
  return { address, bits: Number(bitsText), family }
}

/** `::ffff:10.0.0.1` is how IPv4 looks on a socket for both. */
function bareAddress(address: string): string {
  return address.startsWith('::ffff:') && address.includes('.') ? address.slice(7) : address
}

function blockListOf(networks: readonly string[]): BlockList {
  const list = new BlockList()
  for (const text of networks) addTo(list, text)
  return list
}

function addTo(list: BlockList, text: string): void {
  const cidr = parseCidr(text)
  if (cidr !== undefined) list.addSubnet(cidr.address, cidr.bits, cidr.family)
}

function holds(list: BlockList, address: string): boolean {
  const version = isIP(address)
  return version !== 0 && list.check(address, version === 6 ? 'ipv6' : 'ipv4')
}

function stripBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}
