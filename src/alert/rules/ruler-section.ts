import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FaultList } from '../../yaml/fault.ts'
import { locate } from '../../yaml/locate.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readRuleFile } from './read-rule-file.ts'
import type { RuleGroupConfig } from './rule-config.ts'

/** Loki's (pkg/ruler/base/ruler.go, `ruler.evaluation-interval`). */
const DEFAULT_INTERVAL_MS = 60_000

/** What a Loki file says of rules on logs. */
export interface RulerPart {
  /** The rule files, one folder a tenant: `<directory>/<tenant>/<namespace>`. */
  readonly files: readonly string[]
  readonly groups: readonly RuleGroupConfig[]
  /** Of groups that say none. */
  readonly intervalMs: number
  /** Whether the Loki API shows and takes rules. */
  readonly servesApi: boolean
}

export const NO_RULER: RulerPart = {
  files: [],
  groups: [],
  intervalMs: DEFAULT_INTERVAL_MS,
  servesApi: true,
}

export interface RulerSource {
  /** Where relative paths start, and where those of a container are looked for. */
  readonly folder: string
  readonly faults: FaultList
}

/** Kinds of storage that are a folder of this machine, by the key of its path. */
const FOLDERS: Readonly<Record<string, string>> = { local: 'directory', filesystem: 'dir' }

/** Keys of `ruler` that are about running several of them, about sending, or about scratch files. */
const WITHOUT_NEED = [
  ...['rule_path', 'alertmanager_url', 'alertmanager_client', 'alertmanager_discovery'],
  ...['alertmanager_refresh_interval', 'enable_alertmanager_v2', 'enable_alertmanager_discovery'],
  ...['notification_queue_capacity', 'notification_timeout', 'alert_relabel_configs'],
  ...['for_outage_tolerance', 'for_grace_period', 'resend_delay', 'external_url'],
  ...['datasource_uid', 'external_labels', 'ruler_client', 'poll_interval', 'enable_sharding'],
  ...['sharding_strategy', 'sharding_algo', 'search_pending_for', 'ring', 'flush_period'],
  ...['enabled_tenants', 'disabled_tenants', 'query_stats_enabled', 'disable_rule_group_label'],
  ...['wal', 'wal_cleaner', 'remote_write', 'evaluation'],
]

/** What Loki calls its tenant where `auth_enabled` is false. */
const LONE_TENANT = 'fake'

/** Of these a user would miss the effect; the others only say how Loki does what happens here anyway. */
const MISSED: Readonly<Record<string, string>> = {
  for_outage_tolerance:
    'has no effect here: --rules.alert.for-outage-tolerance holds for all rules',
  for_grace_period: 'has no effect here: --rules.alert.for-grace-period holds for all rules',
  resend_delay: 'has no effect here: --rules.alert.resend-delay holds for all rules',
  external_url: 'has no effect here: --web.external-url holds for all rules',
  external_labels:
    'has no effect here: global.external_labels of prometheus.yml hold for all rules',
  alert_relabel_configs:
    'has no effect here: alerting.alert_relabel_configs of prometheus.yml do it',
}

/**
 * Reads `ruler`, `ruler_storage` and `common.storage.filesystem.rules_directory` of a Loki file, with the rule files they lead to. A folder
 * that is not there has no rules, as in Loki, which makes it.
 */
export function readRulerPart(root: YamlMap, source: RulerSource): RulerPart {
  const section = root.key('ruler')
  const ruler = section.isMap ? section.asMap() : undefined
  const folder =
    readStorage(ruler?.key('storage'), 'type') ??
    readStorage(root.key('ruler_storage'), 'backend') ??
    readCommonFolder(root.key('common'))
  const intervalMs = ruler?.key('evaluation_interval').durationMs() ?? DEFAULT_INTERVAL_MS
  const servesApi = ruler?.key('enable_api').asBool() ?? true
  for (const name of WITHOUT_NEED) {
    const key = ruler?.key(name)
    if (key?.isPresent === true && MISSED[name] !== undefined) key.warnAtKey(MISSED[name])
  }
  warnOfAddresses(ruler)
  ruler?.finish((allowed) => `${allowed.slice(0, 5).join(', ')}, …`)
  const files = folder === undefined ? [] : findRuleFiles(folder, source.folder)
  const { faults } = source
  const groups = files.flatMap((file) => readRuleFile(file, { faults, language: 'logql' }))
  return { files, groups, intervalMs, servesApi }
}

/** The folder that a storage names; undefined when there is none. */
function readStorage(node: YamlNode | undefined, kindKey: string): YamlNode | undefined {
  const map = node?.isMap === true ? node.asMap() : undefined
  if (map === undefined) return undefined
  const kindNode = map.key(kindKey)
  const kind = kindNode.asString() ?? ''
  const pathKey = Object.hasOwn(FOLDERS, kind) ? FOLDERS[kind] : undefined
  if (pathKey === undefined) {
    if (kind !== '') {
      kindNode.warn(`rules are read from folders only (local, filesystem), not from ${kind}`)
    }
    return undefined
  }
  const folder = map.key(kind).asMap()?.key(pathKey)
  return folder?.isEmpty === false ? folder : undefined
}

function readCommonFolder(common: YamlNode): YamlNode | undefined {
  let node = common
  for (const name of ['storage', 'filesystem', 'rules_directory']) {
    const map = node.isMap ? node.asMap() : undefined
    if (map === undefined) return undefined
    node = map.key(name)
  }
  return node.isEmpty ? undefined : node
}

/** Alerts and recorded samples stay in this program; an address that is another's is told. */
function warnOfAddresses(ruler: YamlMap | undefined): void {
  const alertmanager = ruler?.key('alertmanager_url')
  const foreign = (alertmanager?.asString() ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter((text) => text !== '' && !isUsual(text, 9093, ['alertmanager', 'alert-manager']))
  if (foreign.length > 0) {
    alertmanager?.warn(
      'alerts of rules on logs go where those of all rules go: to this program, and to what alerting.alertmanagers of prometheus.yml names',
    )
  }
  const remote = ruler?.key('remote_write')
  const clients = remote?.isMap === true ? remote.asMap() : undefined
  const urls = [
    clients?.key('client').asMap()?.key('url').asString(),
    ...(clients?.key('clients').asMap()?.entries() ?? []).map((client) =>
      client.asMap()?.key('url').asString(),
    ),
  ]
  if (urls.some((url) => url !== undefined && !isUsual(url, 9090, ['prometheus', 'prom']))) {
    remote?.warnAtKey('recorded samples are stored here, and sent to nobody')
  }
}

/** True for an address that stands for a part of this program, unless something else listens there. */
function isUsual(text: string, port: number, names: readonly string[]): boolean {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url === undefined) return false
  const isHere = ['localhost', '127.0.0.1', '[::1]', ...names].includes(url.hostname)
  return isHere && (url.port === '' || Number(url.port) === port)
}

function findRuleFiles(node: YamlNode, folder: string): readonly string[] {
  const written = node.asString()
  if (written === undefined) return []
  const meant = path.resolve(folder, written)
  const root = locate(written, folder).files.find(isFolder)
  if (root === undefined) return []
  // A folder that only ends alike may hold the rules of Prometheus: then the name that Loki gives a lone tenant must be in it.
  const tenants = namesIn(root).filter(
    (name) => isFolder(path.join(root, name)) && (root === meant || name === LONE_TENANT),
  )
  if (tenants.length > 1) {
    node.warn(`there are no tenants here: the rules of ${tenants.join(', ')} are all evaluated`)
  }
  return tenants.flatMap((tenant) =>
    namesIn(path.join(root, tenant))
      .map((name) => path.join(root, tenant, name))
      .filter(isFile),
  )
}

/** Without hidden ones, as in Loki: editors and Kubernetes leave such behind. */
function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
      .filter((name) => !name.startsWith('.'))
      .sort()
  } catch {
    return []
  }
}

function isFolder(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isDirectory() === true
}

function isFile(file: string): boolean {
  return statSync(file, { throwIfNoEntry: false })?.isFile() === true
}
