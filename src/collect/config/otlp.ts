import {
  DEFAULT_TRANSLATION,
  TRANSLATION_STRATEGIES,
  type OtlpTranslation,
} from '../../formats/otlp/translation.ts'
import type { NameValidation } from '../../ingest/relabel.ts'
import type { YamlNode } from '../../yaml/node.ts'

/** Reads `otlp:` (config.go, OTLPConfig). */
export function readOtlp(node: YamlNode, validation: NameValidation): OtlpTranslation {
  const map = node.asMap()
  if (!map) return DEFAULT_TRANSLATION
  const flag = (name: string, fallback: boolean): boolean => map.key(name).asBool() ?? fallback
  const promoteAll = flag('promote_all_resource_attributes', false)
  const promote = map.key('promote_resource_attributes')
  const ignore = map.key('ignore_resource_attributes')
  const promoted = readAttributes(promote)
  const ignored = readAttributes(ignore)
  if (promoteAll && promoted.length > 0) {
    promote.errorAtKey('excludes promote_all_resource_attributes: true')
  }
  if (!promoteAll && ignored.length > 0) {
    ignore.errorAtKey('needs promote_all_resource_attributes: true')
  }
  const strategy = map.key('translation_strategy')
  const config: OtlpTranslation = {
    promoteAllResourceAttributes: promoteAll,
    promoteResourceAttributes: promoted,
    ignoreResourceAttributes: ignored,
    translationStrategy:
      strategy.asOneOf(TRANSLATION_STRATEGIES) ?? DEFAULT_TRANSLATION.translationStrategy,
    keepIdentifyingResourceAttributes: flag('keep_identifying_resource_attributes', false),
    convertHistogramsToNhcb: flag('convert_histograms_to_nhcb', false),
    promoteScopeMetadata: flag('promote_scope_metadata', false),
    labelNameUnderscoreSanitization: flag('label_name_underscore_sanitization', true),
    labelNamePreserveMultipleUnderscores: flag('label_name_preserve_multiple_underscores', true),
  }
  if (validation === 'legacy' && config.translationStrategy.startsWith('No')) {
    strategy.error(`${config.translationStrategy} needs metric_name_validation_scheme utf8`)
  }
  map.finish()
  return config
}

function readAttributes(node: YamlNode): readonly string[] {
  const out: string[] = []
  for (const item of node.asList() ?? []) {
    const name = item.asString()?.trim() ?? ''
    if (name === '') item.error('must not be empty')
    else if (out.includes(name)) item.error(`${name} stands twice`)
    else out.push(name)
  }
  return out
}
