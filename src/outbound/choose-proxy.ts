import { BlockList, isIP } from 'node:net'
import type { ProxyConfig } from './proxy-config.ts'

type Environment = Readonly<Record<string, string | undefined>>

/**
 * The proxy for a URL; undefined where the request goes straight (golang.org/x/net/http/httpproxy). A `proxy_url` alone is for
 * everything; with `no_proxy`, and from the environment, what is on this machine is never proxied.
 */
export function chooseProxy(proxy: ProxyConfig, url: URL, env: Environment): URL | undefined {
  const own = proxy.url?.reveal()
  if (own !== undefined && proxy.noProxy === undefined) return new URL(own)
  const first = (...names: readonly string[]): string | undefined =>
    names.map((name) => env[name]).find((value) => value !== undefined && value !== '')
  const written = proxy.fromEnvironment
    ? url.protocol === 'https:'
      ? first('HTTPS_PROXY', 'https_proxy')
      : first('HTTP_PROXY', 'http_proxy')
    : own
  if (written === undefined) return undefined
  const exceptions = proxy.fromEnvironment ? first('NO_PROXY', 'no_proxy') : proxy.noProxy
  if (isExcepted(url, exceptions ?? '')) return undefined
  return parseProxy(written)
}

/** Without a scheme it is a proxy of HTTP. */
function parseProxy(written: string): URL {
  const text = /^[a-z][a-z0-9+.-]*:\/\//i.test(written) ? written : `http://${written}`
  if (!URL.canParse(text)) throw new Error('the address of the proxy is no URL')
  const url = new URL(text)
  if (['http:', 'https:', 'socks5:'].includes(url.protocol)) return url
  throw new Error(`no proxies of the kind ${url.protocol.slice(0, -1)} are known`)
}

function isExcepted(url: URL, exceptions: string): boolean {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1').replace(/\.$/, '')
  const port = url.port === '' ? (url.protocol === 'https:' ? '443' : '80') : url.port
  if (host === 'localhost' || isInRange(host, '127.0.0.0/8') || host === '::1') return true
  return exceptions
    .split(',')
    .map((rule) => rule.trim().toLowerCase())
    .some((rule) => rule !== '' && matches(rule, host, port))
}

/** `*`, an address, a range, or a name, which is for the names below it too; a leading dot is for those only. */
function matches(rule: string, host: string, port: string): boolean {
  if (rule === '*' || isInRange(host, rule)) return true
  const [, name = rule, wantedPort] = /^(.*):([0-9]+)$/.exec(isIP(rule) === 0 ? rule : '') ?? []
  if (wantedPort !== undefined && wantedPort !== port) return false
  const bare = name.replace(/^\[(.*)\]$/, '$1').replace(/^\*(?=\.)/, '')
  if (isIP(bare) !== 0) return bare === host
  return bare.startsWith('.') ? host.endsWith(bare) : host === bare || host.endsWith(`.${bare}`)
}

function isInRange(host: string, range: string): boolean {
  const [, network = '', bits = ''] = /^(.+)\/([0-9]{1,3})$/.exec(range) ?? []
  const family = isIP(network)
  if (family === 0 || family !== isIP(host) || Number(bits) > (family === 4 ? 32 : 128))
    return false
  const type = family === 4 ? 'ipv4' : 'ipv6'
  const list = new BlockList()
  list.addSubnet(network, Number(bits), type)
  return list.check(host, type)
}
