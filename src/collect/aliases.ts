/** The programs that this one plays. `self` is the server itself, as Prometheus scrapes itself. */
export const BUILT_IN_PARTS = [
  'self',
  'node',
  'cadvisor',
  'postgres',
  'alertmanager',
  'loki',
  'promtail',
  'tempo',
  'otel-collector',
  'pushgateway',
  'passenger',
  'kube-state',
  'blackbox',
  'grafana',
] as const

export type BuiltInPart = (typeof BUILT_IN_PARTS)[number]

interface PartDefaults {
  readonly part: BuiltInPart
  /** The originals' ports. */
  readonly ports: readonly number[]
  /** Usual names of the service in Compose files and clusters. */
  readonly names: readonly string[]
  /** Ports that many programs use count for the service names only, never for this machine. */
  readonly isLocal: boolean
}

const DEFAULTS: readonly PartDefaults[] = [
  { part: 'self', ports: [9090], names: ['prometheus', 'prom', 'vedette'], isLocal: true },
  {
    part: 'node',
    ports: [9100],
    names: ['node-exporter', 'node_exporter', 'nodeexporter', 'prometheus-node-exporter'],
    isLocal: true,
  },
  { part: 'cadvisor', ports: [8080], names: ['cadvisor', 'c-advisor'], isLocal: false },
  {
    part: 'postgres',
    ports: [9187],
    names: [
      'postgres-exporter',
      'postgres_exporter',
      'postgresexporter',
      'postgresql-exporter',
      'pg-exporter',
    ],
    isLocal: true,
  },
  { part: 'alertmanager', ports: [9093], names: ['alertmanager', 'alert-manager'], isLocal: true },
  { part: 'loki', ports: [3100], names: ['loki', 'loki-stack', 'loki-gateway'], isLocal: true },
  { part: 'promtail', ports: [9080], names: ['promtail'], isLocal: true },
  { part: 'tempo', ports: [3200, 4317, 4318], names: ['tempo'], isLocal: true },
  {
    part: 'otel-collector',
    ports: [4317, 4318, 8888, 8889],
    names: ['otel-collector', 'otelcol', 'otel', 'opentelemetry-collector'],
    isLocal: false,
  },
  { part: 'pushgateway', ports: [9091], names: ['pushgateway', 'push-gateway'], isLocal: true },
  {
    part: 'passenger',
    ports: [9149],
    names: ['passenger-exporter', 'passenger_exporter'],
    isLocal: true,
  },
  {
    part: 'kube-state',
    ports: [8080],
    names: ['kube-state-metrics', 'prometheus-kube-state-metrics'],
    isLocal: false,
  },
  {
    part: 'blackbox',
    ports: [9115],
    names: [
      'blackbox-exporter',
      'blackbox_exporter',
      'blackboxexporter',
      'blackbox',
      'prometheus-blackbox-exporter',
    ],
    isLocal: true,
  },
  { part: 'grafana', ports: [3000], names: ['grafana'], isLocal: false },
]

/** The address of the jobs that vedette.yml's `probes:` makes: nothing can listen there, so it means the built-in part always. */
export const OWN_PROBES_ADDRESS = '127.0.0.1:0'

const LOCAL_NAMES = ['localhost', '127.0.0.1', '[::1]', 'host.docker.internal']

/** Which part plays the program at an address. */
export interface Aliases {
  /** The part for `host:port`, or undefined when the address is none of the replaced programs'. */
  find(address: string): BuiltInPart | undefined
}

/**
 * The table of aliases: the defaults (DESIGN, "Who plays the replaced parts"), overridden by configured ones, where `none`
 * takes a default away.
 */
export function buildAliases(
  configured: Readonly<Record<string, BuiltInPart | 'none'>> = {},
): Aliases {
  const table = new Map<string, BuiltInPart | 'none'>([[OWN_PROBES_ADDRESS, 'blackbox']])
  for (const { part, ports, names, isLocal } of DEFAULTS) {
    for (const name of isLocal ? [...names, ...LOCAL_NAMES] : names) {
      for (const port of ports) {
        const address = `${name}:${port}`
        if (!table.has(address)) table.set(address, part)
      }
    }
  }
  for (const [address, part] of Object.entries(configured)) {
    table.set(normalizeAddress(address), part)
  }
  return {
    find(address) {
      const found = table.get(normalizeAddress(address))
      return found === 'none' ? undefined : found
    },
  }
}

/** Host names are compared without case and without the dot at their end. */
function normalizeAddress(address: string): string {
  return address.toLowerCase().replace(/\.(?=:\d+$|$)/, '')
}

/** What to do about an address that is to be scraped, or that data is to be sent to. */
export type AliasDecision =
  /** Not one of ours: ask the network. */
  | { readonly kind: 'network' }
  /** Read this part in the process. */
  | { readonly kind: 'part'; readonly part: BuiltInPart }
  /** An alias, but a program answers there: ask the network, and report it. */
  | { readonly kind: 'foreign'; readonly part: BuiltInPart; readonly message: string }
  /** An alias of a part that does not exist here yet: ask the network, and report it. */
  | { readonly kind: 'missing'; readonly part: BuiltInPart; readonly message: string }

export interface AliasQuestion {
  /** `host:port`. */
  readonly address: string
  readonly aliases: Aliases
  /** Parts that can be read in this process now. */
  readonly available: ReadonlySet<BuiltInPart>
  /** True for an address on which this very process listens: what answers there is no foreign program. */
  readonly isOwn: (address: string) => boolean
  /** The part whose listener of this process is at an address; it needs no alias there. */
  readonly ownPart?: (address: string) => BuiltInPart | undefined
  /** True when a program answers at the address. Asked only where the answer matters; must end by itself. */
  readonly probe: (address: string) => Promise<boolean>
}

/** Decides what plays an address, so that nothing is collected twice and nothing foreign is hidden. */
export async function decideAlias(question: AliasQuestion): Promise<AliasDecision> {
  const { address, aliases, available } = question
  const ownPart = question.ownPart?.(address)
  const isOwn = ownPart !== undefined || question.isOwn(address)
  const part = ownPart ?? aliases.find(address) ?? (isOwn ? 'self' : undefined)
  if (part === undefined) return { kind: 'network' }
  if (!isOwn && (await question.probe(address))) {
    const message = `a program answers at ${address}, so it is used and the built-in ${part} is not`
    return { kind: 'foreign', part, message }
  }
  if (available.has(part)) return { kind: 'part', part }
  const message = `${address} stands for ${part}, which is not built in yet, and nothing answers there`
  return { kind: 'missing', part, message }
}
