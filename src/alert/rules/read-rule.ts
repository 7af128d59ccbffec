import { isValidLabelName, type NameValidation } from '../../ingest/relabel.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { readExpression } from './read-expression.ts'
import { findTemplateFault } from './rule-templates.ts'
import type { AlertingRuleConfig, NamedText, RuleConfig, RuleLanguage } from './rule-config.ts'

export interface ReadRuleOptions {
  readonly validation: NameValidation
  /** Keys that no rule has are passed over. */
  readonly ignoreUnknownKeys: boolean
  readonly language: RuleLanguage
}

/** Reads one rule by the constraints of Prometheus (model/rulefmt, Rule.Validate); undefined when it cannot be used. */
export function readRule(
  node: YamlNode,
  groupLabels: readonly NamedText[],
  options: ReadRuleOptions,
): RuleConfig | undefined {
  const map = node.asMap()
  if (!map) return node.isEmpty ? node.error("one of 'record' or 'alert' must be set") : undefined
  const record = readName(map.key('record'))
  const alert = readName(map.key('alert'))
  const kind = readKind(map, record, alert)
  const expression = readExpression(map, map.key('expr'), options.language)
  const forMs = map.key('for').durationMs() ?? 0
  const keepFiringForMs = map.key('keep_firing_for').durationMs() ?? 0
  const labels = readTexts(map.key('labels'), options.validation, 'label')
  const annotations = readTexts(map.key('annotations'), options.validation, 'annotation')
  if (!options.ignoreUnknownKeys) map.finish()
  if (kind === 'recording') checkRecording(map, record, forMs, keepFiringForMs, options.validation)
  if (kind === 'alerting') checkTemplates(map, alert)
  if (kind === undefined || expression === undefined) return undefined
  const common = { ...expression, labels: mergeTexts(groupLabels, labels), line: node.line }
  if (kind === 'recording') return { kind, name: record, ...common }
  return { kind, name: alert, ...common, forMs, keepFiringForMs, annotations }
}

function readName(node: YamlNode): string {
  return node.asRawString() ?? ''
}

function readKind(map: YamlMap, record: string, alert: string): RuleConfig['kind'] | undefined {
  if (record !== '' && alert !== '') {
    return map.key('alert').errorAtKey("only one of 'record' and 'alert' must be set")
  }
  if (record === '' && alert === '') {
    return map.node.error("one of 'record' or 'alert' must be set")
  }
  return record === '' ? 'alerting' : 'recording'
}

function checkRecording(
  map: YamlMap,
  record: string,
  forMs: number,
  keepFiringForMs: number,
  validation: NameValidation,
): void {
  const forbid = (name: string): undefined =>
    map.key(name).errorAtKey(`invalid field '${name}' in recording rule`)
  if ((map.key('annotations').asMap()?.entries().length ?? 0) > 0) forbid('annotations')
  if (forMs !== 0) forbid('for')
  if (keepFiringForMs !== 0) forbid('keep_firing_for')
  const node = map.key('record')
  if (!isValidMetricName(record, validation)) {
    node.error(`invalid recording rule name: ${record}`)
  }
  if (/[{}]/.test(record)) {
    node.error(`braces present in the recording rule name; should it be in expr?: ${record}`)
  }
}

function isValidMetricName(name: string, validation: NameValidation): boolean {
  return validation === 'legacy'
    ? /^[a-zA-Z_:][a-zA-Z0-9_:]*$/.test(name)
    : isValidLabelName(name, validation)
}

/** Reads `labels:` or `annotations:`. Their texts are templates, in which `$` is not ours to expand. */
export function readTexts(
  node: YamlNode,
  validation: NameValidation,
  what: 'label' | 'annotation',
): NamedText[] {
  const out: NamedText[] = []
  for (const entry of node.asMap()?.entries() ?? []) {
    const isReserved = what === 'label' && entry.name === '__name__'
    if (isReserved || !isValidLabelName(entry.name, validation)) {
      entry.errorAtKey(`invalid ${what} name: ${entry.name}`)
    }
    out.push([entry.name, entry.asRawString() ?? ''])
  }
  return out.sort(byName)
}

/** The labels of the group, of which those of the rule replace equal ones. */
function mergeTexts(group: readonly NamedText[], rule: readonly NamedText[]): readonly NamedText[] {
  return [...new Map([...group, ...rule])].sort(byName)
}

function byName([a]: NamedText, [b]: NamedText): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function checkTemplates(map: YamlMap, alert: AlertingRuleConfig['name']): void {
  for (const what of ['labels', 'annotations']) {
    for (const entry of map.key(what).asMap()?.entries() ?? []) {
      const text = entry.isScalar ? entry.asRawString() : undefined
      const fault = text === undefined ? undefined : findTemplateFault(alert, text)
      if (fault !== undefined) entry.error(fault)
    }
  }
}
