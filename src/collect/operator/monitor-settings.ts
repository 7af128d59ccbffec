import {
  isJsonObject,
  objectOf,
  textOf,
  textsOf,
  type JsonObject,
} from '../discovery/json-value.ts'
import { convertObject, type ConvertContext } from './convert-keys.ts'
import { OperatorFault } from './operator-object.ts'

/** What all generated jobs follow. */
export interface MonitorOptions extends ConvertContext {
  /** Of ServiceMonitors that do not say theirs. */
  readonly serviceRole: 'endpoints' | 'endpointslice'
  /** Refuses files of this host in custom resources (`arbitraryFSAccessThroughSMs.deny`). */
  readonly deniesFiles: boolean
}

/** A job of `scrape_configs`, as plain values. */
export type JobText = Readonly<Record<string, unknown>>

const REQUEST_KEYS = new Set([
  ...['honor_labels', 'honor_timestamps', 'track_timestamps_staleness', 'params'],
  ...['follow_redirects', 'enable_http2', 'basic_auth', 'authorization', 'oauth2', 'tls_config'],
  ...['bearer_token', 'bearer_token_file', 'proxy_url', 'no_proxy', 'proxy_from_environment'],
  'proxy_connect_header',
])

const LIMIT_KEYS = new Set([
  ...['sample_limit', 'target_limit', 'label_limit', 'label_name_length_limit'],
  ...['label_value_length_limit', 'keep_dropped_targets', 'body_size_limit', 'scrape_protocols'],
  ...['fallback_scrape_protocol', 'scrape_native_histograms', 'always_scrape_classic_histograms'],
  ...['native_histogram_bucket_limit', 'convert_classic_histograms_to_nhcb'],
])

/** How the targets of an endpoint are asked: everything of it but its port and its rules. */
export function requestSettings(endpoint: JsonObject, options: MonitorOptions): JobText {
  const converted = convertObject(endpoint, options)
  if (options.deniesFiles) refuseFiles(converted)
  return {
    ...picked(converted, REQUEST_KEYS),
    ...named('scrape_interval', endpoint['interval']),
    ...named('scrape_timeout', endpoint['scrapeTimeout']),
    ...named('metrics_path', endpoint['path']),
    ...named('scheme', textOf(endpoint['scheme']).toLowerCase()),
  }
}

/** The limits that a monitor sets for all its targets. */
export function limitSettings(spec: JsonObject, options: MonitorOptions): JobText {
  const factor = spec['nativeHistogramMinBucketFactor']
  return {
    ...picked(convertObject(spec, options), LIMIT_KEYS),
    ...(factor === undefined ? {} : { native_histogram_min_bucket_factor: factor }),
  }
}

/** Discovery in the namespaces that a monitor selects: those of its selector, or its own. */
export function kubernetesDiscovery(
  role: string,
  namespace: string,
  { namespaceSelector, attachMetadata }: JsonObject,
): JobText {
  const selector = objectOf(namespaceSelector)
  const said = textsOf(selector['matchNames'])
  const names = selector['any'] === true ? [] : said.length === 0 ? [namespace] : said
  const isNode = isJsonObject(attachMetadata) && attachMetadata['node'] === true
  return {
    role,
    ...(names.length === 0 ? {} : { namespaces: { names } }),
    ...(isNode ? { attach_metadata: { node: true } } : {}),
  }
}

/** A key with its value, unless that is empty. */
export function named(key: string, value: unknown): JobText {
  return value === undefined || value === null || value === '' ? {} : { [key]: value }
}

/** Throws an `OperatorFault` when anything in it is read from a file of this host. */
export function refuseFiles(converted: unknown): void {
  if (Array.isArray(converted)) for (const item of converted) refuseFiles(item)
  if (!isJsonObject(converted)) return
  for (const [key, value] of Object.entries(converted)) {
    if ((key.endsWith('_file') && textOf(value) !== '') || key === 'file_sd_configs')
      throw new OperatorFault(`${key} names a file of this host, and operator.deny_files is set`)
    refuseFiles(value)
  }
}

function picked(converted: JsonObject, keys: ReadonlySet<string>): JobText {
  return Object.fromEntries(
    Object.entries(converted).filter(([key, value]) => keys.has(key) && value !== ''),
  )
}
