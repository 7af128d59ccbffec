import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readFilterPolicies } from './filter-policies-section.ts'
import { dimensionLabel, sanitizeLabel } from './label-name.ts'
import { readBuckets } from './read-buckets.ts'
import { readPositiveDurationMs } from './read-positive-duration.ts'
import type {
  Dimension,
  Intrinsic,
  Multiplier,
  ServiceGraphSettings,
  SpanMetricsSettings,
} from './settings.ts'
import { TEMPO_TARGET_INFO } from './tempo-form.ts'

/** Sides of requests that may wait at the same time, whatever a file says: each is some 200 bytes. */
const MOST_ITEMS = 1_000_000
const INTRINSICS: readonly (readonly [label: string, of: Intrinsic])[] = [
  ['service', 'service'],
  ['span_name', 'name'],
  ['span_kind', 'kind'],
  ['status_code', 'status'],
  ['status_message', 'message'],
]

/** Reads `processor.span_metrics` of a generator or of overrides; what is not written stays as it is in `base`. */
export function readSpanMetrics(
  node: YamlNode | undefined,
  base: SpanMetricsSettings,
): SpanMetricsSettings {
  const map = node?.asMap()
  if (map === undefined) return base
  const intrinsics = readIntrinsics(map.key('intrinsic_dimensions'), base.intrinsics)
  const dimensions = map.key('dimensions').asStrings()?.map(plainDimension)
  const mappings = readMappings(map.key('dimension_mappings'))
  const hasTargetInfo = map.key('enable_target_info').asBool() ?? base.targetInfoName !== undefined
  const hasInstance = map.key('enable_instance_label').asBool()
  const settings: SpanMetricsSettings = {
    ...base,
    intrinsics,
    dimensions: [
      ...(dimensions ?? base.dimensions.filter(isPlain)),
      ...(mappings ?? base.dimensions.filter((one) => !isPlain(one))),
    ],
    buckets: readBuckets(map.key('histogram_buckets')) ?? base.buckets,
    targetInfoName: hasTargetInfo ? TEMPO_TARGET_INFO : undefined,
    hasJob: hasTargetInfo,
    hasInstance: hasTargetInfo && (hasInstance ?? (base.hasInstance || !base.hasJob)),
    targetInfoWithout:
      map.key('target_info_excluded_dimensions').asStrings() ?? base.targetInfoWithout,
    multiplier: readMultiplier(map, base.multiplier),
    filters: readFilterPolicies(map.key('filter_policies')) ?? base.filters,
  }
  map.finish()
  return settings
}

/** Reads `processor.service_graphs`, as `readSpanMetrics` does its own. */
export function readServiceGraph(
  node: YamlNode | undefined,
  base: ServiceGraphSettings,
): ServiceGraphSettings {
  const map = node?.asMap()
  if (map === undefined) return base
  // How many threads do the work: here it is done by one.
  map.key('workers')
  const settings: ServiceGraphSettings = {
    ...base,
    waitMs: readPositiveDurationMs(map.key('wait')) ?? base.waitMs,
    maxItems: map.key('max_items').asInteger({ min: 1, max: MOST_ITEMS }) ?? base.maxItems,
    buckets: readBuckets(map.key('histogram_buckets')) ?? base.buckets,
    dimensions: map.key('dimensions').asStrings() ?? base.dimensions,
    prefixesDimensions: map.key('enable_client_server_prefix').asBool() ?? base.prefixesDimensions,
    hasMessagingHistogram:
      map.key('enable_messaging_system_latency_histogram').asBool() ?? base.hasMessagingHistogram,
    peerAttributes: map.key('peer_attributes').asStrings() ?? base.peerAttributes,
    databaseAttributes: map.key('database_name_attributes').asStrings() ?? base.databaseAttributes,
    hasVirtualNodeLabel: map.key('enable_virtual_node_label').asBool() ?? base.hasVirtualNodeLabel,
    multiplier: readMultiplier(map, base.multiplier),
    filters: readFilterPolicies(map.key('filter_policies')) ?? base.filters,
  }
  map.finish()
  return settings
}

function readMultiplier(map: YamlMap, base: Multiplier): Multiplier {
  return {
    attribute: map.key('span_multiplier_key').asString() ?? base.attribute,
    usesTraceState: map.key('enable_tracestate_span_multiplier').asBool() ?? base.usesTraceState,
  }
}

function readIntrinsics(
  node: YamlNode,
  base: SpanMetricsSettings['intrinsics'],
): SpanMetricsSettings['intrinsics'] {
  const map = node.asMap()
  if (map === undefined) return base
  const found = INTRINSICS.filter(([label, of]) => {
    const wasThere = base.some((one) => one.of === of)
    return map.key(label).asBool() ?? wasThere
  })
  map.finish()
  return found.map(([label, of]) => ({ label, of }))
}

function plainDimension(name: string): Dimension {
  return {
    ...{ label: dimensionLabel(name), sources: [name] },
    ...{ join: '', first: 'resource', fallback: '' },
  }
}

/** One of `dimensions`, not of `dimension_mappings`. */
function isPlain({ label, sources }: Dimension): boolean {
  return sources.length === 1 && label.replace(/^__/, '') === sanitizeLabel(sources[0] ?? '')
}

function readMappings(node: YamlNode): readonly Dimension[] | undefined {
  return node.asList()?.flatMap((item) => {
    const map = item.asMap()
    if (map === undefined) return []
    const name = map.key('name').asString() ?? ''
    const sources = map.key('source_labels').asStrings() ?? []
    const join = map.key('join').asString() ?? ''
    map.finish()
    if (name === '') return item.error('name must be set') ?? []
    if (sources.length === 0) return item.error('source_labels must not be empty') ?? []
    return [{ label: dimensionLabel(name), sources, join, first: 'resource', fallback: '' }]
  })
}
