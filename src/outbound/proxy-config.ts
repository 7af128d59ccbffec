import { readUrl, unlessEmpty } from '../yaml/context.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { Secret } from '../yaml/secret.ts'

export interface ProxyConfig {
  /** A URL, which may hold a password. */
  readonly url: Secret | undefined
  readonly noProxy: string | undefined
  readonly fromEnvironment: boolean
  readonly connectHeaders: readonly { name: string; values: readonly Secret[] }[]
}

/** Requests go straight to where they are for. */
export const NO_PROXY: ProxyConfig = {
  url: undefined,
  noProxy: undefined,
  fromEnvironment: false,
  connectHeaders: [],
}

/** Reads the keys of a proxy, which stand among other keys (prometheus/common, ProxyConfig). */
export function readProxy(map: YamlMap): ProxyConfig {
  const nodes = {
    url: map.key('proxy_url'),
    noProxy: map.key('no_proxy'),
    fromEnvironment: map.key('proxy_from_environment'),
    connectHeader: map.key('proxy_connect_header'),
  }
  const url =
    nodes.url.asString() === '' ? undefined : readUrl(nodes.url, ['http', 'https', 'socks5'])
  const noProxy = unlessEmpty(nodes.noProxy.asString())
  const fromEnvironment = nodes.fromEnvironment.asBool() ?? false
  const connectHeaders = readConnectHeaders(nodes.connectHeader)
  if (connectHeaders.length > 0 && !fromEnvironment && nodes.url.isEmpty) {
    nodes.connectHeader.errorAtKey('needs proxy_url or proxy_from_environment')
  }
  if (fromEnvironment && !nodes.url.isEmpty) {
    nodes.url.errorAtKey('excludes proxy_from_environment: set only one of them')
  }
  if (noProxy !== undefined && fromEnvironment) {
    nodes.noProxy.errorAtKey('excludes proxy_from_environment, which reads NO_PROXY')
  } else if (noProxy !== undefined && nodes.url.isEmpty) {
    nodes.noProxy.errorAtKey('needs proxy_url')
  }
  return { url: url && new Secret(url.href), noProxy, fromEnvironment, connectHeaders }
}

function readConnectHeaders(node: YamlNode): { name: string; values: readonly Secret[] }[] {
  return (node.asMap()?.entries() ?? []).map((entry) => ({
    name: entry.name,
    values: (entry.asList() ?? []).flatMap((item) => item.asSecret() ?? []),
  }))
}
