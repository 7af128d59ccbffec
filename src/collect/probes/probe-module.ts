import type { ReadContext } from '../../yaml/context.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readDnsProbe, type DnsProbe } from './dns-module.ts'
import { readGrpcProbe, type GrpcProbe } from './grpc-module.ts'
import { readHttpProbe, type HttpProbe } from './http-module.ts'
import { readIcmpProbe, type IcmpProbe } from './icmp-module.ts'
import { readTcpProbe, readUnixProbe, type StreamProbe, type TcpProbe } from './tcp-module.ts'

/** What is to be tried, and what must come of it (blackbox_exporter, CONFIGURATION.md). */
export type ProbeModule = ModuleTiming &
  (
    | { readonly prober: 'http'; readonly http: HttpProbe }
    | { readonly prober: 'tcp'; readonly tcp: TcpProbe }
    | { readonly prober: 'unix'; readonly unix: StreamProbe }
    | { readonly prober: 'dns'; readonly dns: DnsProbe }
    | { readonly prober: 'icmp'; readonly icmp: IcmpProbe }
    | { readonly prober: 'grpc'; readonly grpc: GrpcProbe }
  )

interface ModuleTiming {
  /** How long a probe may take; undefined: as long as who asks for it waits. */
  readonly timeoutMs: number | undefined
}

/** By name. */
export type ProbeModules = ReadonlyMap<string, ProbeModule>

const PROBERS = ['http', 'tcp', 'dns', 'icmp', 'grpc', 'unix', 'websocket'] as const

/** Reads a modules file of blackbox_exporter, `modules: {NAME: {prober, timeout, …}}`, strictly. */
export function readModules(node: YamlNode, context: ReadContext): ProbeModules {
  const map = node.asMap()
  const modules = new Map<string, ProbeModule>()
  for (const entry of map?.key('modules').asMap()?.entries() ?? []) {
    const module = readModule(entry, context)
    if (module !== undefined) modules.set(entry.name, module)
  }
  map?.finish()
  return modules
}

function readModule(node: YamlNode, context: ReadContext): ProbeModule | undefined {
  if (node.isEmpty) return node.errorAtKey('an empty module: prober must be set')
  const map = node.asMap()
  if (!map) return undefined
  const timeout = map.key('timeout').durationMs()
  const timing = { timeoutMs: timeout === 0 ? undefined : timeout }
  const place = map.key('prober')
  if (!place.isPresent) node.errorAtKey(`prober must be set: one of ${PROBERS.join(', ')}`)
  const prober = place.asOneOf(PROBERS)
  // Sections of other probers are checked too, and mean nothing.
  const http = readHttpProbe(map.key('http'), context)
  const tcp = readTcpProbe(map.key('tcp'), context)
  const unix = readUnixProbe(map.key('unix'), context)
  const dns = readDnsProbe(map.key('dns'), context)
  const icmp = readIcmpProbe(map.key('icmp'))
  const grpc = readGrpcProbe(map.key('grpc'), context)
  map.key('websocket')
  map.finish()
  switch (prober) {
    case undefined:
      return undefined
    case 'http':
      return http && { ...timing, prober, http }
    case 'tcp':
      return { ...timing, prober, tcp }
    case 'unix':
      return { ...timing, prober, unix }
    case 'dns':
      if (dns === undefined) return node.errorAtKey('the prober dns needs dns: {query_name: …}')
      return { ...timing, prober, dns }
    case 'icmp':
      return { ...timing, prober, icmp }
    case 'grpc':
      return { ...timing, prober, grpc }
    case 'websocket':
      return place.warn('websocket is not supported; probes by this module fail')
    default:
      return prober satisfies never
  }
}
