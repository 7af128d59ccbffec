import type { NameValidation, RelabelConfig } from '../../ingest/relabel.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { atMostOne, unlessZero, type ReadContext } from '../../yaml/context.ts'
import { checkStaticTargets, readDiscovery, type DiscoveryConfigs } from './discovery.ts'
import { readHttpClient, type HttpClientConfig } from '../../outbound/http-client.ts'
import { readRelabelConfigs } from './relabel.ts'
import { SIGV4_SECTION } from './remote-auth.ts'
import { listWithoutDiscoveries } from './scrape-config.ts'
import type { PlainRecord } from '../../yaml/section.ts'

/** Alertmanagers that alerts are sent to. */
export interface AlertmanagerConfig {
  readonly scheme: 'http' | 'https'
  readonly pathPrefix: string
  readonly timeoutMs: number
  readonly http: HttpClientConfig
  readonly sigv4: PlainRecord | undefined
  readonly discovery: DiscoveryConfigs
  readonly relabelConfigs: readonly RelabelConfig[]
  readonly alertRelabelConfigs: readonly RelabelConfig[]
}

export interface AlertingConfig {
  readonly alertRelabelConfigs: readonly RelabelConfig[]
  readonly alertmanagers: readonly AlertmanagerConfig[]
}

/** Reads `alerting:` (config.go, AlertingConfig). */
export function readAlerting(
  node: YamlNode,
  validation: NameValidation,
  context: ReadContext,
): AlertingConfig {
  const map = node.asMap()
  if (!map) return { alertRelabelConfigs: [], alertmanagers: [] }
  const alertmanagers = map.key('alertmanagers').asList() ?? []
  const config = {
    alertRelabelConfigs: readRelabelConfigs(map.key('alert_relabel_configs'), validation),
    alertmanagers: alertmanagers.flatMap((item) => {
      if (item.isEmpty) item.error('an empty Alertmanager')
      const inner = item.asMap()
      return inner ? [readAlertmanager(inner, validation, context)] : []
    }),
  }
  map.finish()
  return config
}

function readAlertmanager(
  map: YamlMap,
  validation: NameValidation,
  context: ReadContext,
): AlertmanagerConfig {
  atMostOne(map, ['sigv4', 'basic_auth', 'authorization', 'oauth2'])
  const relabelConfigs = readRelabelConfigs(map.key('relabel_configs'), validation)
  // Version 1 of the API is gone from Alertmanager, and so from Prometheus 3.
  map.key('api_version').asOneOf(['v2'])
  const config: AlertmanagerConfig = {
    scheme: map.key('scheme').asOneOf(['http', 'https']) ?? 'http',
    pathPrefix: map.key('path_prefix').asString() ?? '',
    timeoutMs: unlessZero(map.key('timeout').durationMs()) ?? 10_000,
    http: readHttpClient(map, context),
    sigv4: SIGV4_SECTION.read(map.key('sigv4'), context),
    discovery: readDiscovery(map, context),
    relabelConfigs,
    alertRelabelConfigs: readRelabelConfigs(map.key('alert_relabel_configs'), validation),
  }
  checkStaticTargets(map, relabelConfigs)
  map.finish(listWithoutDiscoveries)
  return config
}
