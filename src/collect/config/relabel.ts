import {
  DEFAULT_RELABEL,
  isValidLabelName,
  RELABEL_ACTIONS,
  type NameValidation,
  type RelabelAction,
  type RelabelConfig,
} from '../../ingest/relabel.ts'
import { checkAnchored, RegexError } from '../../model/regex.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { nameRule } from './label-set.ts'

/** Reads a list of relabelling rules with the constraints of Prometheus (model/relabel, Config.Validate). */
export function readRelabelConfigs(
  node: YamlNode,
  validation: NameValidation,
): readonly RelabelConfig[] {
  const out: RelabelConfig[] = []
  for (const item of node.asList() ?? []) {
    const map = item.asMap()
    if (map) out.push(readRule(map, validation))
    else if (item.isEmpty) item.error('an empty relabelling rule')
  }
  return out
}

const NEEDS_TARGET: ReadonlySet<RelabelAction> = new Set([
  'replace',
  'hashmod',
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
] as const)
const NO_REPLACEMENT: ReadonlySet<RelabelAction> = new Set([
  'lowercase',
  'uppercase',
  'keepequal',
  'dropequal',
] as const)

function readRule(map: YamlMap, nameValidation: NameValidation): RelabelConfig {
  const action = readAction(map.key('action'))
  const rule: RelabelConfig = {
    action,
    sourceLabels: readSourceLabels(map.key('source_labels')),
    separator: orEmpty(map.key('separator'), (node) => node.asString(), DEFAULT_RELABEL.separator),
    regex: readRegex(map.key('regex')),
    modulus: map.key('modulus').asBigInt(0n, 2n ** 64n - 1n) ?? 0n,
    targetLabel: map.key('target_label').asRawString() ?? '',
    replacement: orEmpty(
      map.key('replacement'),
      (node) => node.asRawString(),
      DEFAULT_RELABEL.replacement,
    ),
    nameValidation,
  }
  map.finish()
  checkNeeds(map, rule)
  checkNames(map, rule)
  checkUnused(map, rule)
  return rule
}

/** In Prometheus a key with nothing behind it is the empty text here, not the default. */
function orEmpty(
  node: YamlNode,
  read: (node: YamlNode) => string | undefined,
  fallback: string,
): string {
  if (node.isPresent && node.isEmpty) return ''
  return read(node) ?? fallback
}

function readAction(node: YamlNode): RelabelAction {
  if (node.isPresent && node.isEmpty)
    node.errorAtKey(`must be one of ${RELABEL_ACTIONS.join(', ')}`)
  const written = node.asString()
  // Prometheus takes an action in any case.
  const found = RELABEL_ACTIONS.find((action) => action === written?.toLowerCase())
  return found ?? node.asOneOf(RELABEL_ACTIONS) ?? DEFAULT_RELABEL.action
}

function readSourceLabels(node: YamlNode): readonly string[] {
  const names = node.asStrings() ?? []
  if (names.includes('')) node.error('a label name must not be empty')
  return names
}

function readRegex(node: YamlNode): string {
  const source = orEmpty(node, (value) => value.asString(), DEFAULT_RELABEL.regex)
  try {
    checkAnchored(source)
    return source
  } catch (thrown) {
    if (!(thrown instanceof RegexError)) throw thrown
    node.error(`not a regular expression of RE2: ${thrown.message}`)
    return DEFAULT_RELABEL.regex
  }
}

function checkNeeds(map: YamlMap, rule: RelabelConfig): void {
  if (rule.action === 'hashmod' && rule.modulus === 0n) {
    map.node.error('action hashmod needs a modulus above 0')
  }
  if (NEEDS_TARGET.has(rule.action) && rule.targetLabel === '') {
    map.node.error(`action ${rule.action} needs a target_label`)
  }
}

/** Letters, digits and `_`, with `$1` or `${name}` in between: what the legacy scheme allows in a name to be expanded. */
const LEGACY_TEMPLATE = /^(?:[a-zA-Z_]|\$(?:\{\w+\}|\w+))(?:\w|\$(?:\{\w+\}|\w+))*$/

function checkNames(map: YamlMap, rule: RelabelConfig): void {
  const { action, targetLabel, replacement, nameValidation } = rule
  const isTemplate = (text: string): boolean =>
    nameValidation === 'utf8' ? isValidLabelName(text, 'utf8') : LEGACY_TEMPLATE.test(text)
  const isTarget =
    action === 'replace' && targetLabel.includes('$')
      ? isTemplate(targetLabel)
      : isValidLabelName(targetLabel, nameValidation)
  if (NEEDS_TARGET.has(action) && targetLabel !== '' && !isTarget) {
    map
      .key('target_label')
      .error(`${JSON.stringify(targetLabel)} is not a valid label name${nameRule(nameValidation)}`)
  }
  if (action === 'labelmap' && !isTemplate(replacement)) {
    map.node.error(
      `action labelmap needs a replacement that is a label name, not ${JSON.stringify(replacement)}${nameRule(nameValidation)}`,
    )
  }
}

function checkUnused(map: YamlMap, rule: RelabelConfig): void {
  const { action } = rule
  const forbid = (names: readonly (keyof typeof YAML_NAMES)[], reason: string): void => {
    for (const name of names) {
      const isSet =
        name === 'sourceLabels'
          ? rule.sourceLabels.length > 0
          : rule[name] !== DEFAULT_RELABEL[name]
      if (isSet) map.key(YAML_NAMES[name]).errorAtKey(reason)
    }
  }
  if (action === 'labeldrop' || action === 'labelkeep') {
    forbid(
      ['sourceLabels', 'targetLabel', 'modulus', 'separator', 'replacement'],
      `has no meaning for action ${action}, which takes only a regex`,
    )
  } else if (action === 'keepequal' || action === 'dropequal') {
    forbid(
      ['regex', 'modulus', 'separator', 'replacement'],
      `has no meaning for action ${action}, which takes only source_labels and target_label`,
    )
  } else if (NO_REPLACEMENT.has(action)) {
    forbid(['replacement'], `has no meaning for action ${action}`)
  }
}

const YAML_NAMES = {
  sourceLabels: 'source_labels',
  targetLabel: 'target_label',
  modulus: 'modulus',
  separator: 'separator',
  replacement: 'replacement',
  regex: 'regex',
} as const
