import path from 'node:path'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readYamlFile, type YamlFileSource } from '../../yaml/read-file.ts'
import { readAlerting, type AlertingConfig } from './alerting.ts'
import type { ReadContext } from '../../yaml/context.ts'
import { readGlobal, type GlobalConfig } from './global.ts'
import { locate } from '../../yaml/locate.ts'
import type { OtlpTranslation } from '../../formats/otlp/translation.ts'
import { readOtlp } from './otlp.ts'
import {
  readRemoteRead,
  readRemoteWrite,
  type RemoteReadConfig,
  type RemoteWriteConfig,
} from './remote.ts'
import { locateRuleFiles, readPathPattern, type RuleFilePattern } from './rule-files.ts'
import { readScrapeConfig, type ScrapeConfig } from './scrape-config.ts'
import type { PlainRecord } from '../../yaml/section.ts'
import { readStorage, type StorageConfig } from './storage.ts'
import { readTracing } from './tracing.ts'

/** A whole prometheus.yml, every default filled in and every path absolute. */
export interface PrometheusConfig {
  readonly global: GlobalConfig
  readonly gogc: number | undefined
  readonly ruleFiles: readonly RuleFilePattern[]
  /** Absolute patterns. */
  readonly scrapeConfigFiles: readonly string[]
  /** The jobs of the file itself, then those of `scrapeConfigFiles`. Their names are unique. */
  readonly scrapeConfigs: readonly ScrapeConfig[]
  readonly alerting: AlertingConfig
  readonly storage: StorageConfig
  readonly tracing: PlainRecord | undefined
  readonly otlp: OtlpTranslation
  readonly remoteWrite: readonly RemoteWriteConfig[]
  readonly remoteRead: readonly RemoteReadConfig[]
}

export interface ReadOptions extends YamlFileSource {
  /** The folder that relative paths start from. */
  readonly folder: string
  /** The file that is read, when it is one of its own and not part of another. */
  readonly configFile?: string
}

/** Reads prometheus.yml; undefined when it is not YAML. What else is wrong stands in `source.faults`. */
export function readPrometheusFile(
  file: string,
  source: YamlFileSource,
): PrometheusConfig | undefined {
  const node = readYamlFile(file, source)
  const configFile = path.resolve(file)
  const folder = path.dirname(configFile)
  return node && readPrometheusConfig(node, { ...source, folder, configFile })
}

/** Reads the content of a prometheus.yml (config.go, Config). Errors are in `options.faults`; the result is then not for use. */
export function readPrometheusConfig(node: YamlNode, options: ReadOptions): PrometheusConfig {
  const context: ReadContext = { folder: options.folder, warnsUnsupported: true }
  const map = node.asMap()
  const key = (name: string): YamlNode => map?.key(name) ?? node.child(name, undefined)
  const global = readGlobal(key('global'), context)
  const validation = global.metricNameValidation
  const scrapeConfigFiles = (key('scrape_config_files').asList() ?? []).flatMap((item) => {
    const written = readPathPattern(item)
    return written === undefined ? [] : [locate(written, options.folder).pattern]
  })
  const config: PrometheusConfig = {
    global,
    gogc: readRuntime(key('runtime')),
    ruleFiles: locateRuleFiles(key('rule_files'), options.configFile, context),
    scrapeConfigFiles,
    scrapeConfigs: readJobs(key('scrape_configs'), key('scrape_config_files'), global, options),
    alerting: readAlerting(key('alerting'), validation, context),
    storage: readStorage(key('storage'), context),
    tracing: readTracing(key('tracing'), context),
    otlp: readOtlp(key('otlp'), validation),
    remoteWrite: readRemoteWrite(key('remote_write'), validation, context),
    remoteRead: readRemoteRead(key('remote_read'), context),
  }
  map?.finish()
  return config
}

function readRuntime(node: YamlNode): number | undefined {
  const map = node.asMap()
  if (!map) return undefined
  const gogc = map.key('gogc')
  if (!gogc.isEmpty) gogc.warnAtKey('has no effect here: this program is not written in Go')
  const value = gogc.asInteger()
  map.finish()
  return value
}

/** Where a job name was used first. */
type Names = Map<string, { readonly file: string; readonly line: number }>

function readJobs(
  node: YamlNode,
  filesNode: YamlNode,
  global: GlobalConfig,
  options: ReadOptions,
): readonly ScrapeConfig[] {
  const names: Names = new Map()
  const jobs = readJobList(node, global, options.folder, names)
  for (const item of filesNode.asList() ?? []) {
    const pattern = readPathPattern(item)
    if (pattern === undefined) continue
    const found = locate(pattern, options.folder)
    if (found.files.length === 0) item.warn(`no file is at ${found.pattern}`, 'missing-file')
    for (const file of found.files) jobs.push(...readJobFile(file, global, options, names))
  }
  return jobs
}

function readJobFile(
  file: string,
  global: GlobalConfig,
  options: ReadOptions,
  names: Names,
): ScrapeConfig[] {
  const { shownAs: _, ...source } = options
  const map: YamlMap | undefined = readYamlFile(file, source)?.asMap()
  if (!map) return []
  const jobs = readJobList(map.key('scrape_configs'), global, path.dirname(file), names)
  map.finish()
  return jobs
}

function readJobList(
  node: YamlNode,
  global: GlobalConfig,
  folder: string,
  names: Names,
): ScrapeConfig[] {
  const jobs: ScrapeConfig[] = []
  for (const item of node.asList() ?? []) {
    const job = readScrapeConfig(item, global, { folder, warnsUnsupported: true })
    if (!job) continue
    const nameNode = item.asMap()?.key('job_name') ?? item
    const first = names.get(job.jobName)
    if (first && job.jobName !== '') {
      const place = first.file === item.file ? `line ${first.line}` : `${first.file}:${first.line}`
      nameNode.error(`${JSON.stringify(job.jobName)} is used twice; first on ${place}`)
    } else names.set(job.jobName, { file: item.file, line: nameNode.line })
    jobs.push(job)
  }
  return jobs
}
