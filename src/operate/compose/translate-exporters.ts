import { readHostFlags } from '../../collect/host/flags.ts'
import { BUILT_IN_QUERIES } from '../../collect/postgres/queries/built-in-queries.ts'
import { messageOf } from '../../model/problem.ts'
import type { ComposeService } from './compose-service.ts'
import type { Draft } from './draft.ts'
import { flagsOf, type Flag } from './flags-of.ts'
import { hostPathOf, nearPath } from './host-path.ts'
import { keepVariables } from './interpolate.ts'
import { COMMON_FLAGS, leaveOut, showFlag, type Meaningless } from './leave-out.ts'
import type { ComposeFile } from './read-compose.ts'

/** Flags of node_exporter that were renamed: old files still have the old names. */
const RENAMED: Readonly<Record<string, string>> = {
  'collector.filesystem.ignored-mount-points': 'collector.filesystem.mount-points-exclude',
  'collector.filesystem.ignored-fs-types': 'collector.filesystem.fs-types-exclude',
  'collector.netdev.device-blacklist': 'collector.netdev.device-exclude',
  'collector.netdev.device-whitelist': 'collector.netdev.device-include',
  'collector.systemd.unit-blacklist': 'collector.systemd.unit-exclude',
  'collector.systemd.unit-whitelist': 'collector.systemd.unit-include',
  'collector.diskstats.ignored-devices': 'collector.diskstats.device-exclude',
}

/** node_exporter: this process runs on the host itself, so the mounts of its container are not needed. */
export function translateNodeExporter(draft: Draft, service: ComposeService): void {
  draft.note(service, 'same', 'the metrics of this host are collected in the process')
  for (const flag of flagsOf(service.command)) {
    const { name, place } = flag
    const subject = { name: service.name, place }
    if (name.startsWith('path.')) {
      draft.note(subject, 'changed', `${showFlag(flag)}: the host is seen directly`)
    } else if (/^(?:no-)?collector\./.test(name)) {
      translateCollector(draft, subject, onHost(flag, service))
    } else leaveOut(draft, service, flag, COMMON_FLAGS)
  }
}

/** A folder of the container is one of the host. */
function onHost(flag: Flag, service: ComposeService): Flag {
  if (flag.value?.startsWith('/') !== true) return flag
  const file = hostPathOf(service, flag.value)
  return file === undefined ? flag : { ...flag, value: file }
}

function translateCollector(
  draft: Draft,
  subject: { readonly name: string; readonly place: string },
  flag: Flag,
): void {
  const renamed = RENAMED[flag.name]
  const name = renamed ?? flag.name
  const shown = showFlag({ ...flag, name })
  const isOff = name.startsWith('no-')
  const key = name.replace(/^no-/, '').replace(/^collector\./, '')
  try {
    const { warnings } = readHostFlags(
      new Map([isOff ? [`collector.${key}`, 'false'] : [name, flag.value ?? 'true']]),
    )
    if (warnings.length > 0) {
      const why = warnings.map((text) => text.replace(/^--[^:]+: /, '')).join('; ')
      draft.note(subject, isOff ? 'same' : 'left out', `${shown}: ${why}`)
      return
    }
  } catch (thrown) {
    draft.note(subject, 'left out', `${shown}: ${messageOf(thrown)}`)
    return
  }
  draft.set(['host', 'collector', key], isOff ? false : (flag.value ?? true))
  if (renamed === undefined) draft.note(subject, 'same', shown)
  else draft.note(subject, 'changed', `--${flag.name} is ${shown} by its newer name`)
}

/** Flags of cAdvisor that are keys of `containers:`. */
const CADVISOR_SAME = new Set([
  'docker_only',
  'store_container_labels',
  'whitelisted_container_labels',
  'env_metadata_whitelist',
  'raw_cgroup_prefix_whitelist',
  'disable_metrics',
  'enable_metrics',
])

/** Its flags that name a socket. */
const CADVISOR_SOCKETS = new Set(['docker', 'podman', 'containerd'])

const CADVISOR_LEFT_OUT: Meaningless = [
  ['port', ''],
  ['listen_ip', 'ports stand under listen'],
  ['url_base_prefix', 'the metrics are at /metrics'],
  ['prometheus_endpoint', 'a job with another metrics_path is answered the same'],
  ['housekeeping_interval', 'containers are measured when they are scraped'],
  ['max_housekeeping_interval', 'containers are measured when they are scraped'],
  ['global_housekeeping_interval', 'containers are measured when they are scraped'],
  ['allow_dynamic_housekeeping', 'containers are measured when they are scraped'],
  ['storage_', 'samples are kept in the store of the program'],
  ['event_storage_', 'there are no events of containers'],
  ['http_', 'access says who may ask'],
  ['docker_', 'the socket is asked without them'],
  ['machine_id_file', 'the machine is known by its scrape target'],
  ['boot_id_file', 'the machine is known by its scrape target'],
  ['perf_events_config', 'perf events are not measured'],
  ['resctrl_interval', 'resctrl is not measured'],
  ['disable_root_cgroup_stats', 'the machine as a whole is always there'],
  ['profiling', 'there is no profiler'],
  ['logtostderr', 'vedette start has --log.level and --log.format'],
  ['alsologtostderr', 'vedette start has --log.level and --log.format'],
  ['stderrthreshold', 'vedette start has --log.level and --log.format'],
  ['log_', 'vedette start has --log.level and --log.format'],
  ['v', 'vedette start has --log.level and --log.format'],
  ['vmodule', 'vedette start has --log.level and --log.format'],
]

/** cAdvisor. */
export function translateCadvisor(draft: Draft, service: ComposeService): void {
  draft.set(['containers'], new Map())
  draft.note(service, 'changed', 'the containers of this host are watched in the process')
  for (const flag of flagsOf(service.command)) {
    const { name, value, place } = flag
    const subject = { name: service.name, place }
    if (CADVISOR_SAME.has(name)) {
      const isSwitch = value === undefined || value === 'true' || value === 'false'
      draft.set(['containers', name], isSwitch ? value !== 'false' : value)
      draft.note(subject, 'same', showFlag(flag))
    } else if (CADVISOR_SOCKETS.has(name) && value !== undefined) {
      translateSocket(draft, service, flag)
    } else if (name === 'containerd-namespace' && value !== undefined) {
      draft.set(['containers', 'containerd_namespaces'], [value])
      draft.note(subject, 'same', showFlag(flag))
    } else leaveOut(draft, service, flag, CADVISOR_LEFT_OUT)
  }
}

/** Where a socket lies on the host: without a mount that says so, as the container had it. */
function translateSocket(draft: Draft, service: ComposeService, flag: Flag): void {
  const { name, value = '', place } = flag
  const inside = value.replace(/^unix:\/\//, '')
  const subject = { name: service.name, place }
  if (!inside.startsWith('/')) {
    draft.note(subject, 'left out', `${showFlag(flag)}: only sockets of this host are asked`)
    return
  }
  const socket = hostPathOf(service, inside) ?? inside
  draft.set(['containers', name], `unix://${socket}`)
  const isSame = socket === inside
  draft.note(
    subject,
    isSame ? 'same' : 'changed',
    isSame ? showFlag(flag) : `${showFlag(flag)} is ${socket} on this host`,
  )
}

/** Variables of postgres_exporter that are read here as there. */
const POSTGRES = /^(?:DATA_SOURCE_|PG_EXPORTER_)/

const POSTGRES_COLLECTORS: ReadonlySet<string> = new Set(
  BUILT_IN_QUERIES.map(({ collector }) => collector),
)

/** Its flags that are variables, too, and are read as those. */
const POSTGRES_VARIABLES: Readonly<Record<string, string>> = {
  'auto-discover-databases': 'PG_EXPORTER_AUTO_DISCOVER_DATABASES',
  'exclude-databases': 'PG_EXPORTER_EXCLUDE_DATABASES',
  'include-databases': 'PG_EXPORTER_INCLUDE_DATABASES',
  'disable-default-metrics': 'PG_EXPORTER_DISABLE_DEFAULT_METRICS',
  'disable-settings-metrics': 'PG_EXPORTER_DISABLE_SETTINGS_METRICS',
  constantLabels: 'PG_EXPORTER_CONSTANT_LABELS',
  'metric-prefix': 'PG_EXPORTER_METRIC_PREFIX',
}

/** postgres_exporter. */
export function translatePostgresExporter(
  draft: Draft,
  service: ComposeService,
  { folder, services }: ComposeFile,
): void {
  draft.set(['postgres'], new Map())
  for (const [name, { text, place }] of service.environment) {
    if (!POSTGRES.test(name)) continue
    const subject = { name: service.name, place }
    const kept = keepVariables(text)
    if (kept === undefined) {
      draft.note(subject, 'to do', `${name}: write its variables in capitals into environment.set`)
      continue
    }
    if (name === 'DATA_SOURCE_NAME' || name === 'DATA_SOURCE_URI') {
      const reached = reachFromHost(kept, services)
      draft.set(['environment', 'set', name], reached.text)
      draft.note(subject, reached.outcome, `${name}${reached.why}`)
      continue
    }
    const file = name.endsWith('_FILE') || name.endsWith('_PATH')
    const source = file ? hostPathOf(service, kept) : undefined
    draft.set(['environment', 'set', name], source ?? kept)
    draft.note(subject, source === undefined ? 'same' : 'changed', nameFile(name, source))
  }
  for (const flag of flagsOf(service.command)) translatePostgresFlag(draft, service, folder, flag)
}

/** Where a server is reached that containers know by a name of their network. */
function reachFromHost(
  text: string,
  services: readonly ComposeService[],
): { readonly text: string; readonly outcome: 'same' | 'changed' | 'to do'; readonly why: string } {
  const [all = '', before = '', host = '', port = '5432'] =
    /(@|^(?![a-z]+:\/\/)|\/\/(?!.*@))([A-Za-z][\w-]*)(?=[:/?]|$)(?::(\d+))?/.exec(text) ?? []
  if (host === '' || host === 'localhost') return { text, outcome: 'same', why: '' }
  const service = services.find(({ hostNames }) => hostNames.includes(host))
  const published = service?.ports.find(({ container }) => container === Number(port))
  if (published !== undefined) {
    const address = `127.0.0.1:${published.host}`
    const why = `: ${host}:${port} is ${address} from this host`
    return { text: text.replace(all, `${before}${address}`), outcome: 'changed', why }
  }
  const line = `'127.0.0.1:${port}:${port}'`
  const why = `: ${host} is a name of the containers' network. Add ${line} to the ports of ${host}, and write 127.0.0.1:${port} in place of it`
  return { text, outcome: 'to do', why }
}

function nameFile(name: string, source: string | undefined): string {
  return source === undefined ? name : `${name} is ${source} on this host`
}

function translatePostgresFlag(
  draft: Draft,
  service: ComposeService,
  folder: string,
  flag: Flag,
): void {
  const { name, value, place } = flag
  const subject = { name: service.name, place }
  const [, no, collector = ''] = /^(no-)?collector\.(\w+)$/.exec(name) ?? []
  const variable = POSTGRES_VARIABLES[name]
  if (POSTGRES_COLLECTORS.has(collector)) {
    draft.set(['postgres', 'collectors', collector], no === undefined && value !== 'false')
    draft.note(subject, 'same', showFlag(flag))
  } else if (variable !== undefined) {
    draft.set(['environment', 'set', variable], value ?? 'true')
    draft.note(subject, 'same', showFlag(flag))
  } else if (name === 'extend.query-path' && value !== undefined) {
    const file = hostPathOf(service, value)
    if (file !== undefined) draft.set(['postgres', 'queries'], [nearPath(folder, file)])
    draft.note(subject, file === undefined ? 'to do' : 'same', showFlag(flag))
  } else if (collector !== '') {
    draft.note(subject, 'left out', `${showFlag(flag)}: there is no such collector here`)
  } else if (name === 'collection-timeout' && value !== undefined) {
    draft.set(['postgres', 'timeout'], value)
    draft.note(subject, 'same', showFlag(flag))
  } else leaveOut(draft, service, flag, COMMON_FLAGS)
}
