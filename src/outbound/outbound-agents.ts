import { env } from 'node:process'
import { isDeepStrictEqual } from 'node:util'
import { Agent, ProxyAgent, type Dispatcher } from 'undici'
import { chooseProxy } from './choose-proxy.ts'
import type { ProxyConfig } from './proxy-config.ts'
import type { TlsSettings } from './tls-settings.ts'

const CONNECT_TIMEOUT_MS = 30_000

/** The connections of a client: straight, and through the proxies that its configuration or the environment names. */
export class OutboundAgents {
  readonly #proxy: ProxyConfig
  readonly #agents = new Map<string, Dispatcher>()
  #tls: TlsSettings | undefined

  constructor(proxy: ProxyConfig) {
    this.#proxy = proxy
  }

  /** What a request to the URL is sent by. New when a certificate or key has changed; requests under way end as they began. */
  for(url: string, tls: TlsSettings | undefined): Dispatcher {
    if (!isDeepStrictEqual(tls, this.#tls)) {
      for (const agent of this.#agents.values()) agent.close().catch(() => undefined)
      this.#agents.clear()
      this.#tls = tls
    }
    const proxy = chooseProxy(this.#proxy, new URL(url), env)
    const known = this.#agents.get(proxy?.href ?? '')
    if (known !== undefined) return known
    const made = proxy === undefined ? createAgent(tls) : createProxyAgent(proxy, tls, this.#proxy)
    this.#agents.set(proxy?.href ?? '', made)
    return made
  }

  /** Ends all connections at once. */
  async close(): Promise<void> {
    const agents = [...this.#agents.values()]
    this.#agents.clear()
    await Promise.all(agents.map((agent) => agent.destroy()))
  }
}

function createAgent(tls: TlsSettings | undefined): Agent {
  return new Agent({ connect: { timeout: CONNECT_TIMEOUT_MS, ...tls } })
}

/** As in Go: what is asked for over HTTPS goes through a tunnel, the rest is asked of the proxy itself. */
function createProxyAgent(
  proxy: URL,
  tls: TlsSettings | undefined,
  { connectHeaders }: ProxyConfig,
): ProxyAgent {
  const { username, password, protocol, host } = proxy
  const headers = connectHeaders.map(({ name, values }): [string, string[]] => [
    name.toLowerCase(),
    values.map((value) => value.reveal()),
  ])
  const login = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`
  const isSocks = protocol === 'socks5:'
  return new ProxyAgent({
    uri: isSocks ? proxy.href : `${protocol}//${host}`,
    proxyTunnel: false,
    headers: Object.fromEntries(headers),
    ...(username === '' || isSocks
      ? {}
      : { token: `Basic ${Buffer.from(login).toString('base64')}` }),
    requestTls: { timeout: CONNECT_TIMEOUT_MS, ...tls },
    ...(isSocks ? {} : { proxyTls: tlsToProxy(protocol, tls) }),
  })
}

/** Go speaks to a proxy over TLS with the same certificates; the name is that of the target, not of the proxy. */
function tlsToProxy(protocol: string, tls: TlsSettings | undefined): object {
  if (protocol !== 'https:' || tls === undefined) return { timeout: CONNECT_TIMEOUT_MS }
  const { servername: _, ...rest } = tls
  return { timeout: CONNECT_TIMEOUT_MS, ...rest }
}
