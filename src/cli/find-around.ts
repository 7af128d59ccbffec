import { buildAliases } from '../collect/aliases.ts'
import { describeContainers, findContainers } from '../collect/containers/find-runtime.ts'
import { findPostgresServers } from '../collect/postgres/find-servers.ts'
import type { VedetteConfig } from '../config.ts'

/** What runs on this machine and could be watched, but is not: a line for each, with how it is switched on. */
export async function findAround(config: VedetteConfig): Promise<readonly string[]> {
  const lines = await Promise.all([
    config.collectors.postgres === undefined ? describePostgres() : [],
    watchesContainers(config) ? [] : describeFoundContainers(),
  ])
  return lines.flat()
}

async function describePostgres(): Promise<string[]> {
  const [first] = await findPostgresServers()
  if (first === undefined) return []
  const { host, port } = first
  const isUsual = host === '/var/run/postgresql' && port === 5432
  const how = isUsual
    ? 'postgres: {}'
    : `postgres: {servers: ['host=${host} port=${port} dbname=postgres']}`
  return [
    `PostgreSQL at ${host}:${port}; \`${how}\` in vedette.yml watches it (docs/collect/postgres.md)`,
  ]
}

/** A job asks for cAdvisor, be it that of the section or one of an existing prometheus.yml. */
function watchesContainers({ aliases, prometheus }: VedetteConfig): boolean {
  const table = buildAliases(aliases)
  return prometheus.scrapeConfigs.some(({ discovery }) =>
    discovery.static.some(({ targets }) => targets.some((one) => table.find(one) === 'cadvisor')),
  )
}

function describeFoundContainers(): string[] {
  const found = findContainers()
  return found === undefined ? [] : [describeContainers(found)]
}
