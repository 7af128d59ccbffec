import type { FaultList } from '../yaml/fault.ts'
import { flagFault, readFlag } from '../yaml/flag.ts'
import type { YamlNode } from '../yaml/node.ts'
import { checkListen, type Access } from './guard.ts'
import type { TlsSettings } from './listener-tls.ts'
import { readListenerTls } from './tls-section.ts'

/** Every listener with the address that it has unless told otherwise (DESIGN, "Listeners"). */
const LISTENERS = {
  ui: '127.0.0.1:3000',
  prometheus: '127.0.0.1:9090',
  alertmanager: '127.0.0.1:9093',
  loki: '127.0.0.1:3100',
  tempo: '127.0.0.1:3200',
  'otlp-grpc': '127.0.0.1:4317',
  'otlp-http': '127.0.0.1:4318',
  webhook: '127.0.0.1:9094',
  zipkin: 'off',
  'jaeger-grpc': 'off',
  'jaeger-http': 'off',
  'jaeger-udp': 'off',
  pushgateway: 'off',
  syslog: 'off',
  node: 'off',
  postgres: 'off',
  containers: 'off',
  blackbox: 'off',
} as const

export type ListenerName = keyof typeof LISTENERS

export const LISTENER_NAMES = Object.keys(LISTENERS) as readonly ListenerName[]

/** Where each listener is; undefined is off. */
export type ListenAddresses = Readonly<Record<ListenerName, HostPort | undefined>>

/** `--listen.NAME` as written. */
export type ListenFlags = Readonly<Partial<Record<ListenerName, string>>>

export interface HostPort {
  /** Without brackets. */
  readonly host: string
  readonly port: number
  /** Absent: unencrypted. */
  readonly tls?: TlsSettings
}

const LISTEN = {
  parse: parseListen,
  must: 'HOST:PORT, such as 127.0.0.1:9090 or [::1]:9090, or off',
}

/** `undefined` is a wrong text, `'off'` is off. As in Go, `:9090` is every address of the machine. */
function parseListen(text: string): HostPort | 'off' | undefined {
  // Programs that write YAML 1.1, such as Ansible, make `false` of it.
  if (text === 'off' || text === 'false') return 'off'
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]*)):([0-9]{1,5})$/.exec(text)
  if (!found || Number(found[3]) > 65_535) return undefined
  const host = found[1] ?? found[2] ?? ''
  return { host: host === '' ? '0.0.0.0' : host, port: Number(found[3]) }
}

/** The listeners that speak over datagrams only. */
const WITHOUT_TLS: ReadonlySet<ListenerName> = new Set(['jaeger-udp'])

/**
 * The `listen` section; flags go before it. A listener is an address, or `{address, tls}`, where `tls: off` makes it the
 * exception from `listen.tls`.
 */
export function readListen(
  node: YamlNode | undefined,
  flags: ListenFlags,
  faults: FaultList,
): ListenAddresses {
  const map = node?.asMap()
  const shared = map && readListenerTls(map.key('tls'))
  const entries = LISTENER_NAMES.map((name) => {
    const { own, tls } = readListener(map?.key(name), shared)
    const flag = readFlag(`listen.${name}`, flags[name], faults, LISTEN)
    const value = flag ?? own ?? parseListen(LISTENERS[name])
    if (value === 'off' || value === undefined) return [name, undefined] as const
    return [name, tls === undefined || WITHOUT_TLS.has(name) ? value : { ...value, tls }] as const
  })
  map?.finish()
  return Object.fromEntries(entries) as Record<ListenerName, HostPort | undefined>
}

function readListener(
  node: YamlNode | undefined,
  shared: TlsSettings | undefined,
): { readonly own: HostPort | 'off' | undefined; readonly tls: TlsSettings | undefined } {
  if (node?.isMap !== true) return { own: readAddress(node), tls: shared }
  const map = node.asMap()
  const place = map?.key('tls')
  const isOff = place?.isScalar === true && place.asOneOf(['off'] as const) === 'off'
  const own = readAddress(map?.key('address'))
  const tls = place?.isMap === true ? readListenerTls(place) : isOff ? undefined : shared
  map?.finish()
  return { own, tls }
}

function readAddress(node: YamlNode | undefined): HostPort | 'off' | undefined {
  const written = node?.asString()
  const address = written === undefined ? undefined : LISTEN.parse(written)
  if (written !== undefined && address === undefined) {
    node?.error(`must be ${LISTEN.must}, not ${JSON.stringify(written)}`)
  }
  return address
}

/** Two listeners at one address, and addresses that others reach without authentication. */
export function checkListeners(
  { listen, access }: { readonly listen: ListenAddresses; readonly access: Access },
  flags: ListenFlags,
  node: YamlNode | undefined,
  faults: FaultList,
): void {
  const taken = new Map<string, ListenerName>()
  for (const name of LISTENER_NAMES) {
    const address = listen[name]
    if (!address) continue
    const flag = flags[name]
    const place = flag === undefined ? node?.asMap()?.key(name) : undefined
    const fail = (message: string): void => {
      if (place?.isPresent) place.error(message)
      else faults.add(flagFault(`listen.${name}`, message))
    }
    const shown = `${address.host}:${address.port}`
    const other = taken.get(shown)
    if (other !== undefined && address.port !== 0)
      fail(`${shown} is the address of listener ${other} too`)
    taken.set(shown, name)
    const message = checkListen({ ...address, listener: name }, access)
    if (message !== undefined) fail(message)
  }
}
