import { compileSearch, RegexError } from '../../model/regex.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import {
  DEFAULT_GROUPS,
  FOREIGN_GROUPS,
  isMetricGroup,
  METRIC_GROUPS,
  type MetricGroup,
  type MetricGroups,
} from './metric-groups.ts'

/** Which labels of containers become labels of their series. */
export interface LabelChoice {
  /** All but those that change from start to start, or describe the image only. */
  readonly storesAll: boolean
  /** Those that are taken in any case. */
  readonly only: ReadonlySet<string>
  /** Beginnings of names of environment variables that become `container_env_…`. */
  readonly environment: readonly string[]
}

/** A socket to ask: `auto` is the usual places, undefined none. */
export type SocketChoice = 'auto' | { readonly path: string } | undefined

/** `containers:` of vedette.yml. */
export interface ContainersSettings {
  readonly cgroupRoot: string
  readonly procRoot: string
  /** Where the file systems of the host are; `/` when this process sees them as they are. */
  readonly rootfs: string
  readonly docker: SocketChoice
  readonly podman: SocketChoice
  readonly containerd: SocketChoice
  /** Namespaces of containerd; empty: all but Docker's. */
  readonly containerdNamespaces: readonly string[]
  /** Only containers and the machine as a whole, besides `rawPrefixes`. */
  readonly dockerOnly: boolean
  readonly rawPrefixes: readonly string[]
  /** Patterns on names of containers and ids of groups; undefined: all, none. */
  readonly include: string | undefined
  readonly exclude: string | undefined
  readonly labels: LabelChoice
  readonly groups: MetricGroups
}

export const DEFAULT_CONTAINERS: ContainersSettings = {
  cgroupRoot: '/sys/fs/cgroup',
  procRoot: '/proc',
  rootfs: '/',
  docker: 'auto',
  podman: 'auto',
  containerd: 'auto',
  containerdNamespaces: [],
  dockerOnly: false,
  rawPrefixes: [],
  include: undefined,
  exclude: undefined,
  labels: { storesAll: true, only: new Set(), environment: [] },
  groups: DEFAULT_GROUPS,
}

/** Reads `containers:`; docs/collect/containers.md has every key. Keys that are cAdvisor's flags have their names. */
export function readContainersSection(node: YamlNode): ContainersSettings {
  const map = node.asMap()
  if (map === undefined) return DEFAULT_CONTAINERS
  const settings = {
    cgroupRoot: readFolder(map, 'cgroup_root') ?? DEFAULT_CONTAINERS.cgroupRoot,
    procRoot: readFolder(map, 'proc_root') ?? DEFAULT_CONTAINERS.procRoot,
    rootfs: readFolder(map, 'rootfs') ?? DEFAULT_CONTAINERS.rootfs,
    docker: readSocket(map.key('docker')),
    podman: readSocket(map.key('podman')),
    containerd: readSocket(map.key('containerd')),
    containerdNamespaces: map.key('containerd_namespaces').asStrings() ?? [],
    dockerOnly: map.key('docker_only').asBool() ?? false,
    rawPrefixes: readWords(map.key('raw_cgroup_prefix_whitelist')),
    include: readPattern(map.key('include')),
    exclude: readPattern(map.key('exclude')),
    labels: {
      storesAll: map.key('store_container_labels').asBool() ?? true,
      only: new Set(readWords(map.key('whitelisted_container_labels'))),
      environment: readWords(map.key('env_metadata_whitelist')),
    },
    groups: readGroups(map),
  }
  map.finish()
  return settings
}

function readFolder(map: YamlMap, key: string): string | undefined {
  const node = map.key(key)
  const folder = node.asString()
  if (folder === undefined) return undefined
  if (!folder.startsWith('/')) return node.error('must be a path from the root: /…')
  return folder.length > 1 ? folder.replace(/\/+$/, '') : folder
}

function readSocket(node: YamlNode): SocketChoice {
  const text = node.asString()
  if (text === undefined || text === 'auto') return 'auto'
  if (text === 'off') return undefined
  const path = text.replace(/^unix:\/\//, '')
  if (path.startsWith('/')) return { path }
  return node.error('must be the path of a socket (unix:///run/…), auto or off')
}

/** A list, or as cAdvisor's flags have it, words with commas between them. */
function readWords(node: YamlNode): string[] {
  const words = node.isScalar ? (node.asString()?.split(',') ?? []) : (node.asStrings() ?? [])
  return words.map((word) => word.trim()).filter((word) => word !== '')
}

function readPattern(node: YamlNode): string | undefined {
  const source = node.asRawString()
  if (source === undefined) return undefined
  try {
    compileSearch(source)
    return source
  } catch (error) {
    if (error instanceof RegexError) return node.error(error.message)
    throw error
  }
}

/** As in cAdvisor, `enable_metrics` says what is measured and `disable_metrics` what is taken from the default. */
function readGroups(map: YamlMap): MetricGroups {
  const disabled = map.key('disable_metrics')
  const enabled = map.key('enable_metrics')
  const off = new Set(checkGroups(disabled))
  const on = checkGroups(enabled)
  if (enabled.isPresent) {
    if (disabled.isPresent) enabled.warn('takes the place of disable_metrics')
    for (const name of readWords(enabled)) {
      if (FOREIGN_GROUPS.includes(name)) enabled.warn(`${name} is not measured here`)
    }
    return new Set(on)
  }
  return new Set([...DEFAULT_GROUPS].filter((group) => !off.has(group)))
}

function checkGroups(node: YamlNode): MetricGroup[] {
  const out: MetricGroup[] = []
  for (const name of readWords(node)) {
    if (isMetricGroup(name)) out.push(name)
    else if (!FOREIGN_GROUPS.includes(name))
      node.error(`there is no group ${name}; there are ${METRIC_GROUPS.join(', ')}`)
  }
  return out
}
