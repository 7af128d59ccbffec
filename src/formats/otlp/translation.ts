import type { LabelNaming } from './metric-label-name.ts'
import type { MetricNaming } from './metric-name.ts'

export const TRANSLATION_STRATEGIES = [
  'UnderscoreEscapingWithSuffixes',
  'UnderscoreEscapingWithoutSuffixes',
  'NoUTF8EscapingWithSuffixes',
  'NoTranslation',
] as const

/** How metrics that arrive by OTLP are named and labelled: `otlp:` of Prometheus's configuration. */
export interface OtlpTranslation {
  readonly promoteAllResourceAttributes: boolean
  readonly promoteResourceAttributes: readonly string[]
  readonly ignoreResourceAttributes: readonly string[]
  readonly translationStrategy: (typeof TRANSLATION_STRATEGIES)[number]
  readonly keepIdentifyingResourceAttributes: boolean
  readonly convertHistogramsToNhcb: boolean
  readonly promoteScopeMetadata: boolean
  readonly labelNameUnderscoreSanitization: boolean
  readonly labelNamePreserveMultipleUnderscores: boolean
}

export const DEFAULT_TRANSLATION: OtlpTranslation = {
  promoteAllResourceAttributes: false,
  promoteResourceAttributes: [],
  ignoreResourceAttributes: [],
  translationStrategy: 'UnderscoreEscapingWithSuffixes',
  keepIdentifyingResourceAttributes: false,
  convertHistogramsToNhcb: false,
  promoteScopeMetadata: false,
  labelNameUnderscoreSanitization: true,
  labelNamePreserveMultipleUnderscores: true,
}

/** How names are made by a strategy. */
export function namingOf(translation: OtlpTranslation): MetricNaming & LabelNaming {
  const { translationStrategy: strategy } = translation
  return {
    escapes: strategy.startsWith('UnderscoreEscaping'),
    addsSuffixes: strategy.endsWith('WithSuffixes'),
    avoidsLeadingUnderscore: translation.labelNameUnderscoreSanitization,
    keepsUnderscores: translation.labelNamePreserveMultipleUnderscores,
  }
}
