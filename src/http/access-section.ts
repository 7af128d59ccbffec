import { DEFAULT_SIGN_IN_LIFE } from '../access/access-control.ts'
import type { SignInLife } from '../access/authenticator.ts'
import type { YamlMap } from '../yaml/map.ts'
import type { YamlNode } from '../yaml/node.ts'
import { parseCidr } from './authenticate-network.ts'
import type { Access, TrustedNetwork } from './guard.ts'

/**
 * The `access` section: whom the listeners answer.
 *
 * ```yaml
 * access:
 *   required: true          # also programs on this machine need credentials
 *   anonymous: viewer       # the web UI shows everything to who is not signed in
 *   trusted: [{cidr: 10.0.0.0/8, listener: prometheus, write: true}]
 *   proxies: [172.18.0.2]   # whose X-Forwarded-For is believed
 *   hosts: [vedette.example.org]
 *   sign_in: {idle: 7d, lifetime: 30d}
 * ```
 */
export function readAccess(node: YamlNode | undefined, listeners: readonly string[]): Access {
  const map = node?.asMap()
  if (!map) return {}
  const trusted = (map.key('trusted').asList() ?? []).flatMap((item) => {
    const entry = item.asMap()
    return entry ? (readTrusted(entry, listeners) ?? []) : []
  })
  const hosts = map.key('hosts').asStrings() ?? []
  const required = map.key('required').asBool()
  const anonymous = map.key('anonymous').asOneOf(['viewer'] as const)
  const proxies = map
    .key('proxies')
    .asList()
    ?.flatMap((item) => readNetwork(item) ?? [])
  const signIn = readSignIn(map.key('sign_in'))
  map.finish()
  return {
    trusted,
    hosts,
    ...(required === undefined ? {} : { required }),
    ...(anonymous === undefined ? {} : { anonymous }),
    ...(proxies === undefined ? {} : { proxies }),
    ...(signIn === undefined ? {} : { signIn }),
  }
}

function readTrusted(map: YamlMap, listeners: readonly string[]): TrustedNetwork | undefined {
  const cidr = readNetwork(map.key('cidr'), 'access.trusted: ')
  const place = map.key('listener')
  const listener = place.asOneOf(listeners)
  const write = map.key('write').asBool() ?? false
  map.finish()
  if (map.key('cidr').isEmpty) return map.node.error('cidr must be set')
  if (listener === 'ui') {
    return place.error('the web UI needs a sign-in; access.anonymous: viewer shows it to everybody')
  }
  if (cidr === undefined) return undefined
  return { cidr, write, ...(listener === undefined ? {} : { listener }) }
}

function readNetwork(node: YamlNode, prefix = ''): string | undefined {
  const text = node.asString()
  if (text === undefined || parseCidr(text) !== undefined) return text
  const shown = JSON.stringify(text)
  return node.error(`${prefix}${shown} is not a network such as 10.0.0.0/8 or fd00::/8`)
}

function readSignIn(node: YamlNode): SignInLife | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const positive = (name: string): number | undefined => {
    const place = map.key(name)
    const durationMs = place.durationMs()
    return durationMs === 0 ? place.error('must be above 0') : durationMs
  }
  const idleMs = positive('idle') ?? DEFAULT_SIGN_IN_LIFE.idleMs
  const lifetimeMs = positive('lifetime') ?? DEFAULT_SIGN_IN_LIFE.lifetimeMs
  map.finish()
  if (idleMs <= lifetimeMs) return { idleMs, lifetimeMs }
  if (map.key('idle').isEmpty) return { idleMs: lifetimeMs, lifetimeMs }
  return map.key('idle').error('must not be longer than lifetime')
}
