import { createHash } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { messageOf } from '../../model/problem.ts'
import type { FaultList } from '../../yaml/fault.ts'
import { locate } from '../../yaml/locate.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readCustomQueries } from './custom-query.ts'
import { dsnsOfEnvironment, optionsOfEnvironment, type EnvironmentOptions } from './environment.ts'
import { parseDsn } from './parse-dsn.ts'
import { DEFAULT_POSTGRES, type PostgresSettings, type QueryFile } from './postgres-settings.ts'
import { BUILT_IN_QUERIES } from './queries/built-in-queries.ts'
import type { ServerAddress } from './server-address.ts'

/** Where the section and its variables come from. */
export interface PostgresSource {
  /** `postgres:`; undefined when there is none. */
  readonly node: YamlNode | undefined
  /** The section is there, be it empty. */
  readonly isPresent: boolean
  readonly env: Readonly<Record<string, string | undefined>>
  readonly faults: FaultList
}

/** What is asked where a section names no server: the one of Debian's socket. */
const USUAL_SOCKET = 'host=/var/run/postgresql dbname=postgres'

/**
 * Reads `postgres: {servers, databases, queries, collectors, statements, tables, timeout}` and the variables of postgres_exporter.
 * What the section says goes before the variables. Undefined when neither asks for PostgreSQL.
 */
export function readPostgres(source: PostgresSource): PostgresSettings | undefined {
  const { node, isPresent, env, faults } = source
  const map = node?.asMap()
  const named = map?.key('servers').asList()
  const servers = named?.flatMap((one) => readServer(one, env)) ?? serversOfEnvironment(env, faults)
  if (!isPresent && servers.length === 0) return undefined
  const options = optionsOfEnvironment(env, faults)
  const timeout = map?.key('timeout')
  const timeoutMs = timeout?.durationMs() ?? DEFAULT_POSTGRES.timeoutMs
  if (timeoutMs < 100) timeout?.error('must be at least 100ms')
  const { limits } = DEFAULT_POSTGRES
  const settings: PostgresSettings = {
    servers: servers.length === 0 && named === undefined ? usualServer(env) : servers,
    discovery: readDiscovery(map, options),
    queryFiles: readQueryFiles(map?.key('queries'), options, faults),
    collectors: readCollectors(map?.key('collectors')),
    limits: {
      statements: map?.key('statements').asInteger({ min: 1, max: 10_000 }) ?? limits.statements,
      tables: map?.key('tables').asInteger({ min: 1, max: 100_000 }) ?? limits.tables,
    },
    ...{ timeoutMs, prefix: options.prefix, constantLabels: options.constantLabels },
    ...{ hasDefaults: options.hasDefaults, hasSettings: options.hasSettings },
  }
  map?.finish()
  return settings
}

function usualServer(env: PostgresSource['env']): ServerAddress[] {
  return [parseDsn(USUAL_SOCKET, env).address]
}

function serversOfEnvironment(env: PostgresSource['env'], faults: FaultList): ServerAddress[] {
  return dsnsOfEnvironment(env, faults).flatMap(({ from, text }) => {
    try {
      return [parseDsn(text, env).address]
    } catch (thrown) {
      const place = { file: 'environment', line: 0, col: 0 }
      faults.add({ ...place, message: `${from}: ${messageOf(thrown)}`, severity: 'error' })
      return []
    }
  })
}

/** A connection string, or `{dsn, password}` with the secret apart from it. */
function readServer(node: YamlNode, env: PostgresSource['env']): ServerAddress[] {
  const map = node.isMap ? node.asMap() : undefined
  const place = map?.key('dsn') ?? node
  const dsn = place.asSecret()
  const password = map?.key('password').asSecret()
  map?.finish()
  if (dsn === undefined) {
    place.errorAtKey('must be a connection string: postgresql://user@host:port/database')
    return []
  }
  try {
    const { address, ignored } = parseDsn(dsn.reveal(), env)
    for (const name of ignored) place.warn(`the parameter ${name} has no meaning here`)
    return [password === undefined ? address : { ...address, password }]
  } catch (thrown) {
    place.error(messageOf(thrown))
    return []
  }
}

/** `databases: {discover: true, include: [], exclude: []}` */
function readDiscovery(
  map: YamlMap | undefined,
  options: EnvironmentOptions,
): PostgresSettings['discovery'] {
  const own = map?.key('databases').asMap()
  const discovery = {
    isOn: own?.key('discover').asBool() ?? options.discovers ?? false,
    include: own?.key('include').asStrings() ?? options.include,
    exclude: own?.key('exclude').asStrings() ?? options.exclude,
  }
  own?.finish()
  return discovery
}

function readCollectors(node: YamlNode | undefined): ReadonlyMap<string, boolean> {
  const map = node?.asMap()
  const out = new Map<string, boolean>()
  for (const { collector } of BUILT_IN_QUERIES) {
    const value = map?.key(collector).asBool()
    if (value !== undefined) out.set(collector, value)
  }
  map?.finish()
  return out
}

function readQueryFiles(
  node: YamlNode | undefined,
  { queriesPath, prefix }: EnvironmentOptions,
  faults: FaultList,
): QueryFile[] {
  const named = node?.asStrings()?.map((path) => ({
    path,
    report: (why: string): void => {
      node.error(why)
    },
  }))
  const fallback = (why: string): void => {
    const message = `PG_EXPORTER_EXTEND_QUERY_PATH: ${why}`
    faults.add({ file: 'environment', line: 0, col: 0, message, severity: 'error' })
  }
  const paths = named ?? (queriesPath === '' ? [] : [{ path: queriesPath, report: fallback }])
  return paths.flatMap(({ path, report }) => {
    const { files } = locate(path, node === undefined ? '.' : folderOf(node))
    if (files.length === 0) report(`there is no file ${path}`)
    return files.flatMap((file) => readQueryFile(file, prefix, faults, report))
  })
}

function folderOf(node: YamlNode): string {
  return node.file.includes('/') ? node.file.replace(/\/[^/]*$/, '') : '.'
}

function readQueryFile(
  file: string,
  prefix: string,
  faults: FaultList,
  report: (why: string) => void,
): QueryFile[] {
  let text = ''
  try {
    text = readFileSync(file, 'utf8')
  } catch (thrown) {
    report(messageOf(thrown))
    return []
  }
  const hash = createHash('sha256').update(text).digest('hex')
  const root = parseYaml(text, { file, faults })
  return root === undefined ? [] : [{ path: file, hash, queries: readCustomQueries(root, prefix) }]
}
