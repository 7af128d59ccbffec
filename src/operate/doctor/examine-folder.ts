import { readdirSync, readFileSync, statSync } from 'node:fs'
import path from 'node:path'
import { isObject } from '../../lang/dashboard/json-value.ts'
import { FaultList } from '../../yaml/fault.ts'
import type { YamlMap } from '../../yaml/map.ts'
import { parseYaml } from '../../yaml/parse.ts'
import type { Finding } from './finding.ts'

/** What of a folder is looked through. */
const MAX_DEPTH = 4
const MAX_FILES = 2000
const MAX_FILE_BYTES = 4 * 1024 * 1024
const SKIPPED_FOLDER = /^(?:\.|node_modules$|vedette-data$|data$)/

/**
 * Looks through a folder of configuration for what looks like a part of a monitoring stack and is not read: a second prometheus.yml,
 * rules that no file names, dashboards that nobody provides, what Grafana manages by itself, plugins.
 */
export function examineFolder(folder: string, read: readonly string[]): readonly Finding[] {
  const known = new Set(read.map((file) => path.resolve(file)))
  const found: Finding[] = []
  for (const file of listFiles(folder, 0, { left: MAX_FILES })) {
    if (known.has(path.resolve(file))) continue
    const text = describeFile(file, path.relative(folder, file))
    if (text === undefined) continue
    found.push({ area: areaOf(text), gravity: 'advice', place: file, text })
  }
  return found
}

function areaOf(text: string): Finding['area'] {
  if (text.includes('dashboard')) return 'dashboards'
  return /rules? /.test(text) ? 'rules' : 'configuration'
}

function listFiles(folder: string, depth: number, budget: { left: number }): readonly string[] {
  const names = readNames(folder)
  return names.flatMap((name) => {
    const file = path.join(folder, name)
    const stats = statSync(file, { throwIfNoEntry: false })
    if (stats?.isDirectory() === true) {
      return depth < MAX_DEPTH && !SKIPPED_FOLDER.test(name)
        ? listFiles(file, depth + 1, budget)
        : []
    }
    const isOne =
      /\.(?:ya?ml|json|rules|ini)$/.test(name) &&
      stats?.isFile() === true &&
      stats.size <= MAX_FILE_BYTES
    return isOne && budget.left-- > 0 ? [file] : []
  })
}

function readNames(folder: string): readonly string[] {
  try {
    return readdirSync(folder).sort()
  } catch {
    return []
  }
}

/** What a file that nobody reads is, and what to do with it; undefined for what is no part of a stack. */
function describeFile(file: string, near: string): string | undefined {
  const name = path.basename(file)
  const text = readText(file)
  if (name === 'plugin.json') return describePlugin(text)
  if (name.endsWith('.json')) return describeJson(text, near)
  if (name === 'grafana.ini')
    return 'is not read: GF_SERVER_ROOT_URL, GF_SECURITY_ADMIN_USER and the section access say what of it has a meaning here'
  if (name.endsWith('.ini')) return undefined
  const root = parseYaml(text, { file, faults: new FaultList() })
  const map = root?.isMap === true ? root.asMap() : undefined
  return map === undefined ? undefined : describeYaml(map, near)
}

function readText(file: string): string {
  try {
    return readFileSync(file, 'utf8')
  } catch {
    return ''
  }
}

function describeYaml(map: YamlMap, near: string): string | undefined {
  const has = (...names: readonly string[]): boolean => names.every((name) => map.has(name))
  if (isCompose(map)) return undefined
  if (has('apiVersion', 'kind')) return undefined
  if (has('apiVersion')) return describeProvisioning(map)
  if (has('groups')) {
    return 'holds rules that are not evaluated: name it in rule_files of the prometheus.yml, or put it into rules/ beside it'
  }
  if (has('route', 'receivers')) return notNamed('a file of Alertmanager', 'alertmanager', near)
  if (has('clients', 'scrape_configs')) return notNamed('a file of promtail', 'promtail', near)
  if (has('receivers', 'service')) return notNamed("a collector's file", 'otel', near)
  if (has('distributor', 'storage')) return notNamed('a file of Tempo', 'tempo', near)
  if (has('schema_config') || has('limits_config')) return notNamed('a file of Loki', 'loki', near)
  if (has('modules')) return notNamed('modules of blackbox_exporter', 'blackbox', near)
  if (has('scrape_configs') || has('rule_files') || (has('global') && has('storage')))
    return notNamed('a file of Prometheus', 'prometheus', near)
  return undefined
}

function notNamed(what: string, key: string, near: string): string {
  return `looks like ${what} and is not read: another one is, or its name is not a usual one. ${key}: ${near} in vedette.yml names it`
}

function isCompose(map: YamlMap): boolean {
  return map.has('services') && map.key('services').isMap
}

/** Files of Grafana's provisioning that hold neither sources nor providers of dashboards. */
function describeProvisioning(map: YamlMap): string | undefined {
  const has = (name: string): boolean => map.has(name)
  if (has('groups')) {
    return 'holds Grafana-managed alert rules, which are not evaluated here: write them as rules of Prometheus (expr, for, labels), and vedette check rules reads them'
  }
  if (has('contactPoints') || has('policies') || has('muteTimes') || has('templates')) {
    return 'holds receivers and routes of Grafana, which are not read: write them as an alertmanager.yml'
  }
  if (has('apps')) return 'sets up plugins of Grafana, and there are none here'
  if (has('providers') || has('datasources')) {
    return 'holds sources or providers of dashboards and is not read: put it into grafana/provisioning, or name that folder as grafana.provisioning'
  }
  return undefined
}

function describePlugin(text: string): string | undefined {
  const json = parseJson(text)
  if (!isObject(json) || typeof json['id'] !== 'string' || typeof json['type'] !== 'string')
    return undefined
  const { id, type } = json
  const what = type === 'panel' ? 'panels of it stay empty in dashboards' : 'it is not loaded'
  return `is the plugin ${id} of Grafana (${type}); there are no plugins here, so ${what}`
}

function describeJson(text: string, near: string): string | undefined {
  const json = parseJson(text)
  if (!isObject(json)) return undefined
  const inner = isObject(json['dashboard']) ? json['dashboard'] : json
  const isDashboard =
    typeof inner['title'] === 'string' &&
    (Array.isArray(inner['panels']) || Array.isArray(inner['rows']))
  if (!isDashboard) return undefined
  return `is a dashboard that no provider of grafana/provisioning leads to: vedette dashboards import ${near} saves it`
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
