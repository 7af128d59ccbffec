import { compileRelabel, type RelabelConfig } from '../../ingest/relabel.ts'
import { Labels } from '../../model/labels.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import type { ReadContext } from '../../yaml/context.ts'
import type { DiscoveryKind } from './discovery-kind.ts'
import { DISCOVERY_KINDS } from './discovery-kinds.ts'
import { readHttpClient, type HttpClientConfig } from '../../outbound/http-client.ts'
import { readLabelSet } from './label-set.ts'
import { locate } from '../../yaml/locate.ts'
import type { PlainRecord } from '../../yaml/section.ts'

/** One item of `static_configs`. */
export interface StaticGroup {
  /** `host:port`, as written. */
  readonly targets: readonly string[]
  readonly labels: Readonly<Record<string, string>>
}

/** One item of `file_sd_configs`. */
export interface FileDiscoveryConfig {
  /** Absolute patterns; `*` in the last part only. */
  readonly files: readonly string[]
  readonly refreshIntervalMs: number
}

/** One item of a discovery beside those of its file and of other files. */
export interface OtherDiscovery {
  /** The key it stood under, e.g. `dns_sd_configs`. */
  readonly key: string
  readonly settings: PlainRecord
  readonly http: HttpClientConfig | undefined
}

export interface DiscoveryConfigs {
  readonly static: readonly StaticGroup[]
  readonly file: readonly FileDiscoveryConfig[]
  readonly others: readonly OtherDiscovery[]
}

const DEFAULT_FILE_REFRESH_MS = 300_000
const FILE_PATTERN = /^[^*]*(?:\*[^/]*)?\.(?:json|yml|yaml|JSON|YML|YAML)$/

/** Reads the `…_configs` keys of discoveries, which stand among the other keys of a job or Alertmanager. */
export function readDiscovery(map: YamlMap, context: ReadContext): DiscoveryConfigs {
  return {
    static: readStatic(map),
    file: readFileDiscoveries(map.key('file_sd_configs'), context),
    others: DISCOVERY_KINDS.flatMap((kind) => readOther(map, kind, context)),
  }
}

function readStatic(map: YamlMap): StaticGroup[] {
  const node = map.key('static_configs')
  const groups: StaticGroup[] = []
  for (const item of node.asList() ?? []) {
    if (item.isEmpty) item.error('an empty target group')
    const group = item.asMap()
    if (!group) continue
    groups.push({
      targets: group.key('targets').asStrings() ?? [],
      labels: readLabelSet(group.key('labels'), 'utf8'),
    })
    group.finish()
  }
  return map.has('labels') && !node.isEmpty ? addMisplacedLabels(map.key('labels'), groups) : groups
}

/** `labels` beside `static_configs`: what is meant is plain, and small teams' files have it. */
function addMisplacedLabels(node: YamlNode, groups: readonly StaticGroup[]): StaticGroup[] {
  const labels = readLabelSet(node, 'utf8')
  const merged = groups.map((group) => ({ ...group, labels: { ...labels, ...group.labels } }))
  const shown = merged.map(
    (group) =>
      `{targets: ${JSON.stringify(group.targets)}, labels: ${JSON.stringify(group.labels)}}`,
  )
  node.warnAtKey(
    `belongs into the items of static_configs; taken for all targets of this job. Write static_configs: [${shown.join(', ')}]`,
  )
  return merged
}

function readFileDiscoveries(node: YamlNode, context: ReadContext): FileDiscoveryConfig[] {
  return readItems(node, (map, item) => {
    const files = map.key('files')
    const patterns = (files.asList() ?? []).flatMap((pattern) => readFilePattern(pattern, context))
    if (files.isEmpty || files.asList()?.length === 0)
      item.error('files must name at least one file')
    const refreshIntervalMs = map.key('refresh_interval').durationMs() ?? DEFAULT_FILE_REFRESH_MS
    return { files: patterns, refreshIntervalMs }
  })
}

function readFilePattern(node: YamlNode, context: ReadContext): string[] {
  const written = node.asString() ?? ''
  if (!FILE_PATTERN.test(written)) {
    node.error(
      `${JSON.stringify(written)} is not a path that ends in .json, .yml or .yaml with at most one * in its last part`,
    )
    return []
  }
  const { pattern, files } = locate(written, context.folder)
  if (files.length === 0) node.warn(`no file is at ${pattern} now`)
  return [pattern]
}

function readOther(map: YamlMap, kind: DiscoveryKind, context: ReadContext): OtherDiscovery[] {
  const key = `${kind.name}_sd_configs`
  const node = map.key(key)
  if (!node.isEmpty && !kind.finds) {
    node.warnAtKey(`${kind.name} service discovery is not supported yet; no targets come from it`)
  }
  const inner: ReadContext = { ...context, warnsUnsupported: false }
  return readItems(node, (item) => ({
    key,
    settings: kind.section.readKeys(item, inner),
    http: kind.hasHttpClient ? readHttpClient(item, inner) : undefined,
  }))
}

function readItems<T>(node: YamlNode, read: (map: YamlMap, item: YamlNode) => T): T[] {
  const out: T[] = []
  for (const item of node.asList() ?? []) {
    if (item.isEmpty) item.error('an empty item')
    const map = item.asMap()
    if (!map) continue
    out.push(read(map, item))
    map.finish()
  }
  return out
}

/**
 * Reports addresses that hold a URL instead of `host:port`. Without relabelling that is certain (Prometheus refuses the
 * configuration); otherwise what the rules make of it counts, and only the target would fail.
 */
export function checkStaticTargets(map: YamlMap, relabelConfigs: readonly RelabelConfig[]): void {
  const relabeler = compileRelabel(relabelConfigs)
  for (const group of map.key('static_configs').asList() ?? []) {
    const targets = group.isMap ? group.asMap()?.key('targets') : undefined
    for (const target of targets?.asList() ?? []) {
      const address = target.asString()
      if (!address?.includes('/')) continue
      const reason = `${JSON.stringify(address)} is not host:port; scheme and metrics_path are keys of their own`
      if (relabeler.isEmpty) target.error(reason)
      else if (
        relabeler
          .apply(Labels.from({ __address__: address }))
          ?.get('__address__')
          .includes('/')
      ) {
        target.warn(`${reason}; after relabelling it still is not, so this target will fail`)
      }
    }
  }
}
