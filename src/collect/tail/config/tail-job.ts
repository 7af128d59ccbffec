import type { RelabelConfig } from '../../../ingest/relabel.ts'
import type { ReadContext } from '../../../yaml/context.ts'
import type { YamlMap } from '../../../yaml/map.ts'
import { mountsInForce, type MountedPath } from '../../../yaml/mounts.ts'
import type { YamlNode } from '../../../yaml/node.ts'
import { readDiscovery, type DiscoveryConfigs } from '../../config/discovery.ts'
import { readRelabelConfigs } from '../../config/relabel.ts'
import { readGelf } from '../../gelf/gelf-section.ts'
import type { GelfSettings } from '../../gelf/receiver.ts'
import type { SyslogSettings } from '../../syslog/settings.ts'
import { readSyslog } from '../../syslog/syslog-section.ts'
import { COMPRESSIONS, type Compression } from '../files/uncompress.ts'
import { textFormOf, UTF8, type TextForm } from '../files/split-lines.ts'
import { readStages } from '../stages/read-stages.ts'
import { readGoDurationMs } from '../stages/settings.ts'
import type { StageList } from '../stages/stage.ts'
import { readJournal, type JournalConfig } from './journal-section.ts'

/** One item of `scrape_configs` of promtail. */
export interface TailJob {
  readonly jobName: string
  readonly discovery: DiscoveryConfigs
  readonly relabelConfigs: readonly RelabelConfig[]
  readonly stages: StageList
  readonly journal: JournalConfig | undefined
  /** The rules of the job are not in it. */
  readonly syslog: SyslogSettings | undefined
  readonly gelf: GelfSettings | undefined
  readonly form: TextForm
  /** Undefined: files are text. */
  readonly compression: Compression | undefined
  /** Whether files that are there when it begins are read from their end on; promtail reads them from their start. */
  readonly startsAtEnd?: boolean
  /** What paths of a container are on this host. */
  readonly mounts?: readonly MountedPath[]
}

/** Sources of promtail that nothing is collected from here. */
const OTHER_SOURCES = [
  ...['gcplog', 'loki_push_api', 'windows_events', 'kafka', 'azure_event_hub', 'azure_event_hubs'],
  ...['cloudflare', 'heroku_drain', 'consulagent_sd_configs', 'docker_sd_config'],
]

/** Reads `scrape_configs:`. */
export function readTailJobs(node: YamlNode, context: ReadContext): readonly TailJob[] {
  const names = new Map<string, number>()
  return (node.asList() ?? []).flatMap((item) => {
    const job = readJob(item, context)
    if (job === undefined) return []
    const nameNode = item.asMap()?.key('job_name') ?? item
    const first = names.get(job.jobName)
    if (first !== undefined && job.jobName !== '') {
      nameNode.error(`${JSON.stringify(job.jobName)} is used twice; first on line ${first}`)
    }
    names.set(job.jobName, nameNode.line)
    return [job]
  })
}

function readJob(node: YamlNode, context: ReadContext): TailJob | undefined {
  if (node.isEmpty) node.error('an empty scrape job')
  const map = node.asMap()
  if (map === undefined) return undefined
  const name = map.key('job_name')
  const jobName = name.asString() ?? ''
  if (name.isEmpty || (name.isScalar && jobName === '')) map.node.error('job_name must be set')
  for (const key of OTHER_SOURCES) {
    const source = map.key(key)
    if (source.isPresent) source.warnAtKey('not supported yet; no lines come from it')
  }
  const parser = map.key('entry_parser')
  if (parser.isPresent) parser.warnAtKey('has no effect here: use pipeline_stages')
  parser.asString()
  const discovery = readDiscovery(map, context)
  const mounts = mountsInForce()
  const job: TailJob = {
    jobName,
    discovery,
    relabelConfigs: readRelabelConfigs(map.key('relabel_configs'), 'legacy'),
    stages: readStages(map.key('pipeline_stages')),
    journal: readJournal(map.key('journal'), context),
    syslog: readSyslog(map.key('syslog'), context),
    gelf: readGelf(map.key('gelf')),
    form: readEncoding(map.key('encoding')),
    compression: readDecompression(map.key('decompression')),
    ...(mounts.length === 0 ? {} : { mounts }),
  }
  warnOfPaths(map, job)
  map.finish()
  return job
}

function readEncoding(node: YamlNode): TextForm {
  const name = node.asString()
  if (name === undefined || name === '') return UTF8
  return (
    textFormOf(name) ??
    node.error(
      `is no encoding that is known here, such as utf-8, utf-16le, iso-8859-1, windows-1252, gbk, shift_jis; not ${JSON.stringify(name)}`,
    ) ??
    UTF8
  )
}

function readDecompression(node: YamlNode): TailJob['compression'] {
  const map = node.asMap()
  if (map === undefined) return undefined
  const isEnabled = map.key('enabled').asBool() ?? false
  const delay = map.key('initial_delay')
  readGoDurationMs(delay)
  if (delay.isPresent) delay.warnAtKey('has no effect here: files are read at once')
  const format = map.key('format')
  const compression = format.asOneOf(COMPRESSIONS)
  map.finish()
  if (isEnabled && format.isEmpty) node.errorAtKey('format must be set: gz, z or bz2')
  return isEnabled ? compression : undefined
}

/** Without a path nothing is read; that is said where it is certain. */
function warnOfPaths(map: YamlMap, { relabelConfigs, discovery }: TailJob): void {
  if (relabelConfigs.length > 0) return
  for (const [i, item] of (map.key('static_configs').asList() ?? []).entries()) {
    const { labels } = discovery.static[i] ?? {}
    if (labels?.['__path__'] === undefined) {
      item.warn('has no label __path__: nothing is read for it')
    } else if (!labels['__path__'].startsWith('/')) {
      item.warn('__path__ should be absolute; it is taken from the folder of this file')
    }
  }
}
