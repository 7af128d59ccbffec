import { Resolver } from 'node:dns/promises'
import type { OtherDiscovery } from '../config/discovery.ts'
import { durationMsIn, numberIn, textIn, textsIn } from '../config/plain-settings.ts'
import type { MakingDeps } from './discoveries.ts'
import { hostPort } from './host-port.ts'
import { refreshDiscovery } from './refresh.ts'
import { searchNames, systemSearchRules, type SearchRules } from './search-names.ts'
import { toTargetGroup, type Discovery, type TargetGroup } from './target-group.ts'

const DEFAULT_REFRESH_MS = 30_000
const RECORD_TYPES = ['SRV', 'A', 'AAAA', 'MX', 'NS'] as const

/** One item of `dns_sd_configs`. */
export interface DnsDiscoverySettings {
  readonly names: readonly string[]
  readonly type: (typeof RECORD_TYPES)[number]
  /** Of what has no port in its record. */
  readonly port: number
  readonly refreshIntervalMs: number
}

/** Whom names are asked for. */
export interface DnsPlace {
  readonly resolver: Resolver
  readonly rules: () => SearchRules
}

/** The targets that the records of names tell, by an item of `dns_sd_configs`. */
export function createDnsDiscovery({ settings }: OtherDiscovery, deps: MakingDeps): Discovery {
  const type = (textIn(settings, 'type') ?? 'SRV').toUpperCase()
  return dnsDiscovery(
    {
      names: textsIn(settings, 'names'),
      type: RECORD_TYPES.find((each) => each === type) ?? 'SRV',
      port: numberIn(settings, 'port') ?? 0,
      refreshIntervalMs: durationMsIn(settings, 'refresh_interval') ?? DEFAULT_REFRESH_MS,
    },
    deps,
    { resolver: new Resolver(), rules: systemSearchRules },
  )
}

/**
 * Asks for the records of each name at an interval (discovery/dns). A name that cannot be asked for keeps the targets that it had
 * before; one that is gone has none.
 */
export function dnsDiscovery(
  settings: DnsDiscoverySettings,
  deps: MakingDeps,
  place: DnsPlace,
): Discovery {
  const found = new Map<string, readonly TargetGroup[]>()
  const inner = settings.names.map((name): readonly [string, Discovery] => [
    name,
    refreshDiscovery(
      {
        mechanism: 'dns',
        intervalMs: settings.refreshIntervalMs,
        find: async () => [await findGroup(name, settings, place)],
      },
      deps,
    ),
  ])
  return {
    start(update) {
      for (const [name, discovery] of inner) {
        discovery.start((groups) => {
          found.set(name, groups)
          update([...found.values()].flat())
        })
      }
    },
    stop() {
      for (const [, discovery] of inner) discovery.stop()
      place.resolver.cancel()
    },
  }
}

/** What a record says of one target. */
interface Told {
  readonly address: string
  readonly labels: Readonly<Record<string, string>>
}

async function findGroup(
  name: string,
  settings: DnsDiscoverySettings,
  place: DnsPlace,
): Promise<TargetGroup> {
  const told = await lookUp(name, settings, place)
  return {
    source: name,
    targets: told.flatMap(
      ({ address, labels }) =>
        toTargetGroup(name, [address], { __meta_dns_name: name, ...labels }).targets,
    ),
  }
}

/** Of the full names that a name stands for, the first that has records. Rejects when there are none, and one could not be asked for. */
async function lookUp(
  name: string,
  settings: DnsDiscoverySettings,
  { resolver, rules }: DnsPlace,
): Promise<readonly Told[]> {
  let fault: unknown
  for (const full of searchNames(name, rules())) {
    try {
      const told = await resolve(full, settings, resolver)
      if (told.length > 0) return told
    } catch (thrown) {
      // A name without records is an answer.
      if (!/^(?:ENOTFOUND|ENODATA)$/.test(codeOf(thrown))) fault ??= thrown
    }
  }
  if (fault === undefined) return []
  const code = codeOf(fault)
  throw new Error(`could not resolve ${JSON.stringify(name)}: ${WORDS[code] ?? code}`)
}

const WORDS: Readonly<Record<string, string>> = {
  ETIMEOUT: 'the servers do not answer',
  ECONNREFUSED: 'the servers do not answer',
  ESERVFAIL: 'the servers say SERVFAIL',
  EREFUSED: 'the servers refuse the question',
  EBADNAME: 'this is not a name',
}

function codeOf(thrown: unknown): string {
  return thrown instanceof Error && 'code' in thrown ? String(thrown.code) : String(thrown)
}

async function resolve(
  name: string,
  { type, port }: DnsDiscoverySettings,
  resolver: Resolver,
): Promise<readonly Told[]> {
  switch (type) {
    case 'A':
      return (await resolver.resolve4(name)).map((ip) => ({
        address: hostPort(ip, port),
        labels: {},
      }))
    case 'AAAA':
      return (await resolver.resolve6(name)).map((ip) => ({
        address: hostPort(ip, port),
        labels: {},
      }))
    case 'SRV':
      return (await resolver.resolveSrv(name)).map((record) => ({
        address: hostPort(bare(record.name), record.port),
        labels: {
          __meta_dns_srv_record_target: dotted(record.name),
          __meta_dns_srv_record_port: String(record.port),
        },
      }))
    case 'MX':
      return (await resolver.resolveMx(name)).map(({ exchange }) => ({
        address: hostPort(bare(exchange), port),
        labels: { __meta_dns_mx_record_target: dotted(exchange) },
      }))
    case 'NS':
      return (await resolver.resolveNs(name)).map((server) => ({
        address: hostPort(bare(server), port),
        labels: { __meta_dns_ns_record_target: dotted(server) },
      }))
    default:
      return type satisfies never
  }
}

function bare(name: string): string {
  return name.replace(/\.$/, '')
}

/** As it stands in the record. */
function dotted(name: string): string {
  return `${bare(name)}.`
}
