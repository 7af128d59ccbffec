import { readdirSync, statSync } from 'node:fs'
import path from 'node:path'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import {
  readPrometheusConfig,
  readPrometheusFile,
  type PrometheusConfig,
} from './prometheus-config.ts'

/** The files of the configuration; all absent when the defaults hold. */
export interface FoundFiles {
  /** A vedette.yml, or a prometheus.yml that was named itself. */
  readonly main?: string
  /** The prometheus.yml of a folder. */
  readonly prometheus?: string
  /** The alertmanager.yml of a folder. */
  readonly alertmanager?: string
  /** The Loki file of a folder. */
  readonly loki?: string
  /** The promtail file of a folder. */
  readonly promtail?: string
  /** The Tempo file of a folder. */
  readonly tempo?: string
  /** The OpenTelemetry Collector's file of a folder. */
  readonly otel?: string
  /** The modules file of blackbox_exporter of a folder. */
  readonly blackbox?: string
  /** Folders of rule files beside them. */
  readonly ruleFolders?: readonly string[]
  /** The folder of Grafana's provisioning files. */
  readonly grafana?: string
}

/** Finds the files that `--config` means: itself, or the usual names in the folder that it is. */
export function findConfigFiles(given: string | undefined, faults: FaultList): FoundFiles {
  if (given === undefined) return {}
  const add = (file: string, message: string, severity: 'error' | 'warning'): void =>
    faults.add({ file, line: 0, col: 0, message, severity })
  const stats = statSync(given, { throwIfNoEntry: false })
  if (!stats) {
    add(given, 'there is no such file or folder', 'error')
    return {}
  }
  if (!stats.isDirectory()) return { main: given }
  const names = listFolder(given, add).sort()
  // Stacks often have a folder for each program: prometheus/prometheus.yml.
  const first = (pattern: RegExp): string[] => {
    const name = names.find((each) => pattern.test(each))
    return name === undefined ? firstBelow(given, names, pattern) : [path.join(given, name)]
  }
  const [main] = first(/^vedette\.ya?ml$/)
  const [prometheus] = [...first(/^prometheus\.ya?ml$/), ...onlyOne(given, names)]
  const [alertmanager] = first(/^alertmanager\.ya?ml$/)
  const [loki] = first(/^loki.*\.ya?ml$/)
  const [promtail] = first(/^promtail.*\.ya?ml$/)
  const [tempo] = first(/^tempo.*\.ya?ml$/)
  const [otel] = first(/^otel.*\.ya?ml$/)
  const [blackbox] = first(/^blackbox.*\.ya?ml$/)
  const ruleFolders = [...new Set([given, path.dirname(prometheus ?? path.join(given, 'x'))])]
    .flatMap((folder) => ['alerts', 'rules'].map((name) => path.join(folder, name)))
    .filter((file) => statSync(file, { throwIfNoEntry: false })?.isDirectory() === true)
  const grafana = ['grafana/provisioning', 'provisioning']
    .map((name) => path.join(given, name))
    .find((file) => holdsProvisioning(file))
  const files = [main, prometheus, alertmanager, loki, promtail, tempo, otel, blackbox, grafana]
  const isEmpty = files.every((file) => file === undefined) && ruleFolders.length === 0
  if (isEmpty) {
    add(given, 'no known configuration is in this folder; the defaults hold', 'warning')
  }
  return {
    ...(main ? { main } : {}),
    ...(prometheus ? { prometheus } : {}),
    ...(alertmanager ? { alertmanager } : {}),
    ...(loki ? { loki } : {}),
    ...(promtail ? { promtail } : {}),
    ...(tempo ? { tempo } : {}),
    ...(otel ? { otel } : {}),
    ...(blackbox ? { blackbox } : {}),
    ...(ruleFolders.length > 0 ? { ruleFolders } : {}),
    ...(grafana === undefined ? {} : { grafana }),
  }
}

/** `prometheus-config.yml`, where it is the only one of this kind: of several none is meant more than the others. */
function onlyOne(folder: string, names: readonly string[]): readonly string[] {
  const alike = (inside: readonly string[], below: string): string[] =>
    inside
      .filter((name) => /^prometheus[-_.].*\.ya?ml$/.test(name))
      .map((name) => path.join(below, name))
  const own = path.join(folder, 'prometheus')
  const isFolder = statSync(own, { throwIfNoEntry: false })?.isDirectory() === true
  const found = [...alike(names, folder), ...(isFolder ? alike(readdirSync(own).sort(), own) : [])]
  return found.length === 1 ? found : []
}

/** Folders that stacks have for a program, by its name. */
const PROGRAM_FOLDER =
  /^(?:prometheus|alertmanager|loki|promtail|tempo|otel|otel-collector|blackbox)$/

function firstBelow(folder: string, names: readonly string[], pattern: RegExp): string[] {
  for (const name of names) {
    const below = path.join(folder, name)
    // `loki/loki.yml`, and never `prometheus/loki.yml`: that one would belong to somebody else.
    if (!PROGRAM_FOLDER.test(name) || !pattern.test(`${name.replace('-collector', '')}.yml`))
      continue
    if (statSync(below, { throwIfNoEntry: false })?.isDirectory() !== true) continue
    const inside = readdirSync(below).sort()
    // In a folder of its own a file needs no name: `tempo/config.yaml`.
    const found =
      inside.find((each) => pattern.test(each)) ??
      inside.find((each) => /^config\.ya?ml$/.test(each))
    if (found !== undefined) return [path.join(below, found)]
  }
  return []
}

/** A folder of Grafana's provisioning has at least one of these. */
function holdsProvisioning(folder: string): boolean {
  return ['dashboards', 'datasources'].some(
    (name) => statSync(path.join(folder, name), { throwIfNoEntry: false })?.isDirectory() === true,
  )
}

function listFolder(
  folder: string,
  add: (file: string, message: string, severity: 'error') => void,
): string[] {
  try {
    return readdirSync(folder)
  } catch (thrown) {
    add(folder, `cannot be read: ${thrown instanceof Error ? thrown.message : ''}`, 'error')
    return []
  }
}

/** Whether a file is a prometheus.yml, whatever its name: `--config prometheus.yml` is what a newcomer types. */
export function looksLikePrometheus(root: YamlNode): boolean {
  const map = root.isMap ? root.asMap() : undefined
  const names = ['global', 'scrape_configs', 'scrape_config_files', 'rule_files', 'alerting']
  return map !== undefined && !map.has('prometheus') && names.some((name) => map.has(name))
}

export interface PartSource {
  readonly faults: FaultList
  readonly env: Readonly<Record<string, string | undefined>>
}

/** A prometheus.yml with the file that its jobs name as theirs. */
export interface PrometheusPart {
  readonly config: PrometheusConfig
  readonly file: string
}

/** `prometheus:` as a path or inline, else the prometheus.yml of the folder; undefined when there is none or it is not YAML. */
export function readPrometheusPart(
  node: YamlNode | undefined,
  found: FoundFiles,
  source: PartSource,
): PrometheusPart | undefined {
  const folder = path.dirname(path.resolve(found.main ?? '.'))
  if (node?.isMap) {
    const configFile = path.resolve(node.file)
    return {
      config: readPrometheusConfig(node, { ...source, folder, configFile }),
      file: node.file,
    }
  }
  const written = node?.asString()
  const file = written === undefined ? found.prometheus : path.resolve(folder, written)
  if (file === undefined) return undefined
  if (written !== undefined && !statSync(file, { throwIfNoEntry: false })) {
    return node?.error(`there is no file ${file}`)
  }
  const config = readPrometheusFile(file, source)
  return config && { config, file }
}

const DEFAULTS_NAME = 'built-in defaults'

/**
 * What is watched when nothing is said: ourselves at `selfPort`, and this host under node_exporter's address, which the aliases
 * give to the built-in part. A `selfPort` of 0 is that of a listener that is off, or whose port is not known yet: nothing can
 * listen on it, so it means this process.
 */
export function defaultPrometheusPart(selfPort: number, source: PartSource): PrometheusPart {
  const labels = selfPort === 0 ? ', labels: {instance: vedette}' : ''
  const text = `
global: {scrape_interval: 15s, evaluation_interval: 15s}
scrape_configs:
  - {job_name: prometheus, static_configs: [{targets: ['localhost:${selfPort}']${labels}}]}
  - {job_name: node, static_configs: [{targets: ['localhost:9100']}]}
`
  const node = parseYaml(text, { ...source, file: DEFAULTS_NAME })
  if (!node) throw new Error('the built-in defaults are not YAML')
  const config = readPrometheusConfig(node, { ...source, folder: path.resolve('.') })
  return { config, file: DEFAULTS_NAME }
}
