import path from 'node:path'
import { buildAliases, type BuiltInPart } from './collect/aliases.ts'
import type { FoundFiles, PrometheusPart } from './collect/config/find-config.ts'
import { readPrometheusConfig, type PrometheusConfig } from './collect/config/prometheus-config.ts'
import type { ScrapeConfig } from './collect/config/scrape-config.ts'
import {
  DEFAULT_CONTAINERS,
  readContainersSection,
  type ContainersSettings,
} from './collect/containers/containers-section.ts'
import {
  readKubernetesSection,
  type KubernetesSettings,
} from './collect/kube-state/kubernetes-section.ts'
import { clusterJobs } from './collect/operator/cluster-jobs.ts'
import {
  DEFAULT_PASSENGER,
  readPassengerSection,
  type PassengerSettings,
} from './collect/passenger/passenger-section.ts'
import { readBlackboxSection, type BlackboxSettings } from './collect/probes/blackbox-section.ts'
import { readProbeJobs } from './collect/probes/probes-section.ts'
import { readPostgres } from './collect/postgres/postgres-section.ts'
import type { PostgresSettings } from './collect/postgres/postgres-settings.ts'
import {
  readPushgatewaySection,
  type PushgatewaySettings,
} from './collect/pushed/pushgateway-section.ts'
import type { ListenAddresses } from './http/listen-section.ts'
import type { FaultList } from './yaml/fault.ts'
import type { YamlNode } from './yaml/node.ts'
import { parseYaml } from './yaml/parse.ts'

/** What is collected from around this host, by the sections of vedette.yml. */
export interface CollectorsConfig {
  readonly containers: ContainersSettings
  readonly passenger: PassengerSettings
  /** Undefined: neither a section nor the environment asks for PostgreSQL. */
  readonly postgres: PostgresSettings | undefined
  readonly pushgateway: PushgatewaySettings
  readonly blackbox: BlackboxSettings
  /** Undefined: no cluster is followed. */
  readonly kubernetes: KubernetesSettings | undefined
}

export interface CollectorsSource {
  readonly key: (name: string) => YamlNode | undefined
  /** A section without content is there too. */
  readonly has: (name: string) => boolean
  readonly found: FoundFiles
  readonly part: PrometheusPart
  readonly listen: ListenAddresses
  readonly aliases: Readonly<Record<string, BuiltInPart | 'none'>>
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A collector that is on, and where the program that it replaces would be scraped. */
interface Collected {
  readonly part: BuiltInPart
  readonly address: string
  /** Of the job, besides its name and target. */
  readonly settings?: string
}

/**
 * Reads the sections of the collectors. One that is on and that no job asks for gets a job of its own name, so that the section
 * alone is enough.
 */
export function readCollectors(source: CollectorsSource): {
  readonly collectors: CollectorsConfig
  readonly prometheus: PrometheusConfig
} {
  const { key, has, listen, part } = source
  const passenger = key('passenger')
  const containers = key('containers')
  const postgres = readPostgres({
    ...{ node: key('postgres'), isPresent: has('postgres') },
    ...{ env: source.env, faults: source.faults },
  })
  const on: Collected[] = []
  if (postgres !== undefined) on.push({ part: 'postgres', address: 'localhost:9187' })
  if (has('containers')) on.push({ part: 'cadvisor', address: 'cadvisor:8080' })
  if (has('passenger')) on.push({ part: 'passenger', address: 'localhost:9149' })
  if (listen.pushgateway !== undefined)
    on.push({ part: 'pushgateway', address: 'localhost:9091', settings: 'honor_labels: true' })
  const folder = path.dirname(path.resolve(source.found.main ?? '.'))
  const { faults, env } = source
  const blackbox = readBlackboxSection(key('blackbox'), {
    ...{ folder, faults, env },
    found: source.found.blackbox,
  })
  const kubernetes = readCluster(source, folder)
  const added = [
    ...on.flatMap((one) => jobOf(one, source)),
    ...readProbeJobs({
      ...{ node: key('probes'), modules: blackbox.modules, prometheus: part.config },
      ...{ faults, folder },
    }),
    ...(kubernetes === undefined
      ? []
      : clusterJobs({ settings: kubernetes, global: part.config.global, faults })),
  ]
  return {
    collectors: {
      containers: containers === undefined ? DEFAULT_CONTAINERS : readContainersSection(containers),
      postgres,
      blackbox,
      kubernetes,
      pushgateway: readPushgatewaySection(key('pushgateway')),
      passenger: passenger === undefined ? DEFAULT_PASSENGER : readPassengerSection(passenger),
    },
    prometheus:
      added.length === 0
        ? part.config
        : { ...part.config, scrapeConfigs: [...part.config.scrapeConfigs, ...added] },
  }
}

function readCluster(
  { key, has, env }: CollectorsSource,
  folder: string,
): KubernetesSettings | undefined {
  if (!has('kubernetes')) return undefined
  return readKubernetesSection(key('kubernetes'), {
    context: { folder, warnsUnsupported: true },
    env,
  })
}

function jobOf(
  { part, address, settings = '' }: Collected,
  { part: { config }, aliases, faults, env }: CollectorsSource,
): readonly ScrapeConfig[] {
  const table = buildAliases(aliases)
  const isAskedFor = config.scrapeConfigs.some(
    ({ jobName, discovery }) =>
      jobName === part ||
      discovery.static.some(({ targets }) => targets.some((one) => table.find(one) === part)),
  )
  if (isAskedFor) return []
  const more = settings === '' ? '' : `, ${settings}`
  const text = `scrape_configs: [{job_name: ${part}, static_configs: [{targets: ['${address}']}]${more}}]`
  const node = parseYaml(text, { faults, env, file: 'built-in collectors' })
  if (!node) throw new Error('the job of a collector is not YAML')
  const { intervalMs, timeoutMs } = config.global
  const [job] = readPrometheusConfig(node, { faults, env, folder: path.resolve('.') }).scrapeConfigs
  return job === undefined ? [] : [{ ...job, intervalMs, timeoutMs }]
}
