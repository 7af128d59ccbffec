import { findPostgresServers } from '../collect/postgres/find-servers.ts'
import type { VedetteConfig } from '../config.ts'
import { findCluster } from './find-cluster.ts'
import { findContainersAround } from './find-containers.ts'

/** What runs on this machine and could be watched, but is not: a line for each, with how it is switched on. */
export async function findAround(config: VedetteConfig): Promise<readonly string[]> {
  const postgres = config.collectors.postgres === undefined ? await describePostgres() : []
  return [...postgres, ...findContainersAround(config), ...findCluster(config)]
}

async function describePostgres(): Promise<readonly string[]> {
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
