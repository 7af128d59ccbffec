import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FaultList } from '../../yaml/fault.ts'
import { locate } from '../../yaml/locate.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readYamlFile } from '../../yaml/read-file.ts'
import type { ProvisionedDatasource } from '../datasources.ts'
import { readGrafanaVariables } from './grafana-variables.ts'
import type { Provider } from './provider.ts'
import { readDatasources } from './read-datasources.ts'
import { readProviders } from './read-providers.ts'

/** What the configuration says of dashboards. */
export interface DashboardsPart {
  readonly files: readonly string[]
  readonly providers: readonly Provider[]
  readonly datasources: readonly ProvisionedDatasource[]
  /** Where people reach the web UI (GF_SERVER_ROOT_URL); undefined when it is not said. */
  readonly rootUrl: string | undefined
}

export interface DashboardsSource {
  /** `dashboards:` and `datasources:` of vedette.yml. */
  readonly dashboards: YamlNode | undefined
  readonly datasources: YamlNode | undefined
  /** The folder of the configuration. */
  readonly folder: string
  /** `grafana/provisioning` of that folder, where it is there. */
  readonly provisioning: string | undefined
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
}

/**
 * Reads where dashboards and sources come from: Grafana's provisioning files, and the same words in vedette.yml. Every fault is
 * `file:line:col`.
 */
export function readDashboardsPart(source: DashboardsSource): DashboardsPart {
  const variables = readGrafanaVariables(source.env, source.faults)
  const files: string[] = []
  const providers: Provider[] = []
  const datasources: ProvisionedDatasource[] = []
  const folder =
    variables.provisioning === undefined
      ? source.provisioning
      : findFolder(variables.provisioning, source)
  if (folder !== undefined) {
    const above = path.dirname(folder)
    const near = [source.folder, above, path.dirname(above), folder]
    for (const [file, root] of readFolder(path.join(folder, 'dashboards'), source)) {
      files.push(file)
      providers.push(...readProviders(keyOf(root, 'providers', OTHER_KEYS), near))
    }
    for (const [file, root] of readFolder(path.join(folder, 'datasources'), source)) {
      files.push(file)
      datasources.push(...readDatasources(keyOf(root, 'datasources', OTHER_KEYS)))
    }
    warnOthers(folder, source.faults)
  }
  const own = source.dashboards?.asMap()
  providers.push(...readProviders(own?.key('providers'), [source.folder]))
  own?.finish()
  datasources.push(...readDatasources(source.datasources))
  checkNames(datasources, source)
  return { files, providers: withOwnNames(providers), datasources, rootUrl: variables.rootUrl }
}

/** Grafana's keys beside the list; sources that are to be deleted are not there anyway. */
const OTHER_KEYS = ['apiVersion', 'deleteDatasources', 'prune'] as const

function keyOf(root: YamlNode, name: string, others: readonly string[]): YamlNode | undefined {
  // The form of Grafana 4: the list by itself.
  if (!root.isMap) return root
  const map = root.asMap()
  for (const other of others) map?.key(other)
  const found = map?.key(name)
  map?.finish()
  return found
}

function readFolder(
  folder: string,
  { faults, env }: DashboardsSource,
): readonly (readonly [string, YamlNode])[] {
  const names = listNames(folder).filter((name) => /\.ya?ml$/.test(name) && !name.startsWith('.'))
  return names.sort().flatMap((name) => {
    const file = path.join(folder, name)
    const root = readYamlFile(file, { faults, env })
    return root === undefined ? [] : [[file, root] as const]
  })
}

function findFolder(written: string, { folder, faults }: DashboardsSource): string | undefined {
  const [found] = locate(written.replace(/[\\*?[]/g, String.raw`\$&`), folder).files
  if (found !== undefined && statSync(found).isDirectory()) return found
  const message = `GF_PATHS_PROVISIONING: there is no folder ${path.resolve(folder, written)}`
  faults.add({ file: 'environment', line: 0, col: 0, message, severity: 'warning' })
  return undefined
}

/** What else Grafana provisions. */
const OTHERS: Readonly<Record<string, string>> = {
  alerting: 'alert rules are read from rule files, receivers from alertmanager.yml',
  notifiers: 'receivers are read from alertmanager.yml',
  plugins: 'there are no plugins here',
  'access-control': 'roles are viewer, editor and admin',
}

function warnOthers(folder: string, faults: FaultList): void {
  for (const name of listNames(folder).sort()) {
    const reason = OTHERS[name]
    const file = path.join(folder, name)
    const has = reason !== undefined && listNames(file).some((each) => /\.ya?ml$/.test(each))
    if (has)
      faults.add({ file, line: 0, col: 0, message: `is not read: ${reason}`, severity: 'warning' })
  }
}

function checkNames(all: readonly ProvisionedDatasource[], { faults }: DashboardsSource): void {
  const add = (message: string): void =>
    faults.add({ file: 'datasources', line: 0, col: 0, message, severity: 'error' })
  const [names, uids] = [new Set<string>(), new Set<string>()]
  for (const { name, uid } of all) {
    if (names.has(name)) add(`two data sources are called ${name}`)
    else if (uids.has(uid)) add(`two data sources have the uid ${uid}`)
    names.add(name)
    uids.add(uid)
  }
  const defaults = all.filter(({ isDefault }) => isDefault).map(({ name }) => name)
  if (defaults.length > 1) add(`more than one data source is the default: ${defaults.join(', ')}`)
}

/** What is followed goes by the name of the provider, so that each has its own. */
function withOwnNames(all: readonly Provider[]): readonly Provider[] {
  const used = new Set<string>()
  return all.map((provider) => {
    let { name } = provider
    for (let at = 2; used.has(name); at++) name = `${provider.name} ${at}`
    used.add(name)
    return { ...provider, name }
  })
}

function listNames(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}
