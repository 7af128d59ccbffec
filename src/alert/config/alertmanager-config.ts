import path from 'node:path'
import { TLS_SECTION } from '../../outbound/oauth2.ts'
import type { ReadContext } from '../../yaml/context.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readYamlFile, type YamlFileSource } from '../../yaml/read-file.ts'
import { Section } from '../../yaml/section.ts'
import type { NamedTimeInterval } from '../time-interval.ts'
import { TemplateCheck } from './check-templates.ts'
import { readGlobal, type GlobalConfig } from './global.ts'
import { readInhibitRules, type InhibitRuleConfig } from './inhibit-rule.ts'
import { readReceivers, type ReceiverConfig } from './receiver.ts'
import { readRootRoute, type RouteConfig } from './route-config.ts'
import { readTemplatePatterns, type TemplatePattern } from './templates.ts'
import { readTimeIntervals } from './time-intervals.ts'

/** A whole alertmanager.yml, defaults filled in, entries with what they take over from `global`, paths absolute. */
export interface AlertmanagerConfig {
  readonly global: GlobalConfig
  readonly templates: readonly TemplatePattern[]
  readonly route: RouteConfig
  readonly inhibitRules: readonly InhibitRuleConfig[]
  readonly receivers: readonly ReceiverConfig[]
  /** Under `time_intervals`; names are unique among both lists. */
  readonly timeIntervals: readonly NamedTimeInterval[]
  /** Under `mute_time_intervals`, the older key. */
  readonly muteTimeIntervals: readonly NamedTimeInterval[]
}

export interface AlertmanagerReadOptions extends YamlFileSource {
  /** The folder that relative paths start from. */
  readonly folder: string
  /** What entries take over, where it stands in another file. */
  readonly global?: GlobalConfig
}

/** Reads alertmanager.yml; undefined when it is not YAML or has no usable route. What is wrong stands in `source.faults`. */
export function readAlertmanagerFile(
  file: string,
  source: YamlFileSource,
): AlertmanagerConfig | undefined {
  const node = readYamlFile(file, source)
  return (
    node && readAlertmanagerConfig(node, { ...source, folder: path.dirname(path.resolve(file)) })
  )
}

/** Reads the content of an alertmanager.yml (config.go, Config). With errors in `options.faults` the result is not for use. */
export function readAlertmanagerConfig(
  node: YamlNode,
  options: AlertmanagerReadOptions,
): AlertmanagerConfig | undefined {
  const context: ReadContext = { folder: options.folder, warnsUnsupported: true }
  const map = node.asMap()
  if (!map) {
    if (node.isEmpty) node.error('no route is configured: route must be set')
    return undefined
  }
  const global = options.global ?? readGlobal(map.key('global'), context)
  const templates = readTemplatePatterns(map.key('templates'), context)
  const check = new TemplateCheck(templates, options.faults)
  const receivers = readReceivers(map.key('receivers'), global, context)
  checkTemplates(map, check)
  const names = new Map<string, number>()
  const muteTimeIntervals = readTimeIntervals(map.key('mute_time_intervals'), names)
  const timeIntervals = readTimeIntervals(map.key('time_intervals'), names)
  const route = readRootRoute(map.key('route'), {
    receivers: receiverNames(map.key('receivers')),
    timeIntervals: new Set(names.keys()),
  })
  const inhibitRules = readInhibitRules(map.key('inhibit_rules'))
  readUnused(map.key('tracing'), map.key('event_recorder'), context)
  if (!map.key('route').isPresent) map.node.error('no route is configured: route must be set')
  map.finish()
  if (!route) return undefined
  return { global, templates, route, inhibitRules, receivers, timeIntervals, muteTimeIntervals }
}

/** Every text of a receiver, and the labels of routes, may be a template. */
function checkTemplates(map: YamlMap, check: TemplateCheck): void {
  check.checkTexts(map.key('receivers'))
  const checkRoute = (node: YamlNode): void => {
    const route = node.isMap ? node.asMap() : undefined
    if (!route) return
    check.checkTexts(route.key('labels'))
    for (const child of route.key('routes').asList() ?? []) checkRoute(child)
  }
  checkRoute(map.key('route'))
}

/** All names, also those of receivers that have faults: a route to one of them is right. */
function receiverNames(node: YamlNode): ReadonlySet<string> {
  const items = node.asList() ?? []
  return new Set(
    items.flatMap((item) => (item.isMap ? (item.asMap()?.key('name').asString() ?? []) : [])),
  )
}

const TRACING = new Section({
  fields: {
    client_type: ['http', 'grpc'],
    endpoint: 'text',
    sampling_fraction: 'number',
    insecure: 'boolean',
    tls_config: TLS_SECTION,
    headers: 'textMap',
    compression: ['gzip'],
    timeout: 'duration',
  },
  required: ['endpoint'],
})

/** Keys that mean something to the original only. */
function readUnused(tracing: YamlNode, recorder: YamlNode, context: ReadContext): void {
  if (!tracing.isEmpty) tracing.warnAtKey('has no effect: own spans are not sent elsewhere')
  TRACING.read(tracing, context)
  if (recorder.isEmpty) return
  recorder.warnAtKey(
    'has no effect: what happened to each alert is recorded here (vedette alert why)',
  )
  const map = recorder.asMap()
  for (const kind of ['file', 'webhook', 'kafka', 'stdout']) map?.key(`${kind}_outputs`)
  map?.finish()
}
