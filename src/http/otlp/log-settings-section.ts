import {
  DEFAULT_INDEX_ATTRIBUTES,
  DEFAULT_OTLP_LOG_SETTINGS,
  indexRule,
  type AttributeAction,
  type AttributeRule,
  type OtlpLogSettings,
} from '../../formats/otlp/log-rules.ts'
import { checkAnchored, RegexError } from '../../model/regex.ts'
import type { YamlNode } from '../../yaml/node.ts'

const ACTIONS = ['index_label', 'structured_metadata', 'drop'] as const
const WITHOUT_LABELS = ['structured_metadata', 'drop'] as const

/**
 * Reads `limits_config.otlp_config` of a Loki file, with the rules of Loki (pkg/loghttp/push/otlplabels/config.go). `ownIndex` is the
 * file's `distributor.otlp_config.default_resource_attributes_as_index_labels`, which stands in the place of Loki's own list.
 */
export function readOtlpLogSettings(
  node: YamlNode | undefined,
  ownIndex: readonly string[] | undefined,
): OtlpLogSettings {
  const index = indexRule(ownIndex ?? DEFAULT_INDEX_ATTRIBUTES)
  const map = node?.asMap()
  if (map === undefined) {
    return ownIndex === undefined
      ? DEFAULT_OTLP_LOG_SETTINGS
      : { ...DEFAULT_OTLP_LOG_SETTINGS, resource: [index] }
  }
  const resource = map.key('resource_attributes').asMap()
  const ignoresDefaults = resource?.key('ignore_defaults').asBool() === true
  const rules = resource === undefined ? [] : readRules(resource.key('attributes_config'), ACTIONS)
  resource?.finish()
  const settings = {
    resource: ignoresDefaults ? rules : [index, ...rules],
    scope: readRules(map.key('scope_attributes'), WITHOUT_LABELS),
    log: readRules(map.key('log_attributes'), ACTIONS),
    severityTextAsLabel: map.key('severity_text_as_label').asBool() ?? false,
  }
  map.finish()
  return settings
}

function readRules(node: YamlNode, actions: readonly AttributeAction[]): AttributeRule[] {
  return (node.asList() ?? []).flatMap((item) => {
    const map = item.asMap()
    if (map === undefined) return item.isEmpty ? (item.error('an empty rule') ?? []) : []
    const action = map.key('action').asOneOf(actions) ?? 'structured_metadata'
    const attributes = map.key('attributes').asStrings() ?? []
    const regex = readRegex(map.key('regex'))
    map.finish()
    if (attributes.length === 0 && regex === undefined) {
      if (map.key('regex').isEmpty) item.error('attributes or regex must be set')
      return []
    }
    if (attributes.length > 0 && regex !== undefined) {
      item.error('only one of attributes or regex must be set')
    }
    return [{ action, attributes, regex }]
  })
}

function readRegex(node: YamlNode): string | undefined {
  const source = node.asString()
  if (source === undefined) return undefined
  try {
    checkAnchored(source)
    return source
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    return node.error(`not a regular expression of RE2: ${thrown.message}`)
  }
}
