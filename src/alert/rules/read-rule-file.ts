import type { NameValidation } from '../../ingest/relabel.ts'
import type { FaultList } from '../../yaml/fault.ts'
import type { YamlMap } from '../../yaml/map.ts'
import type { YamlNode } from '../../yaml/node.ts'
import { parseYaml } from '../../yaml/parse.ts'
import { readYamlFile } from '../../yaml/read-file.ts'
import { readRule, readTexts, type ReadRuleOptions } from './read-rule.ts'
import { renderIfPackFile } from './pack-rules.ts'
import type { RuleGroupConfig, RuleLanguage } from './rule-config.ts'

export interface ReadRulesOptions {
  /** Takes what is wrong, as file:line:col. With an error among it the groups are not for use. */
  readonly faults: FaultList
  /** Which names are allowed; `utf8` unless told otherwise. */
  readonly validation?: NameValidation
  /** Keys that no rule file has are passed over (promtool's --ignore-unknown-fields). */
  readonly ignoreUnknownKeys?: boolean
  /** Of groups that do not say theirs with `type`; PromQL unless told otherwise. */
  readonly language?: RuleLanguage
}

/**
 * Reads a rule file (model/rulefmt of Prometheus), strictly. A file that is empty has no groups. In one of a pack the variables
 * stand for their defaults.
 */
export function readRuleFile(file: string, options: ReadRulesOptions): readonly RuleGroupConfig[] {
  const rendered = renderIfPackFile(file, options.faults)
  if (rendered !== undefined) return readRuleText(rendered, file, options)
  const root = readYamlFile(file, { faults: options.faults })
  return root === undefined ? [] : readGroups(root, options)
}

/** The same for a text; `file` is the name that faults show. */
export function readRuleText(
  text: string,
  file: string,
  options: ReadRulesOptions,
): readonly RuleGroupConfig[] {
  const root = parseYaml(text, { file, faults: options.faults })
  return root === undefined ? [] : readGroups(root, options)
}

/** A group by itself, as a ruler's API takes it; undefined for a text without one. */
export function readRuleGroupText(
  text: string,
  file: string,
  options: ReadRulesOptions,
): RuleGroupConfig | undefined {
  const root = parseYaml(text, { file, faults: options.faults })
  const { validation = 'utf8', ignoreUnknownKeys = false, language = 'promql' } = options
  return root && readGroup(root, { validation, ignoreUnknownKeys, language })
}

function readGroups(root: YamlNode, options: ReadRulesOptions): readonly RuleGroupConfig[] {
  const { validation = 'utf8', ignoreUnknownKeys = false, language = 'promql' } = options
  const map = root.asMap()
  if (!map) return []
  const lines = new Map<string, number>()
  const groups: RuleGroupConfig[] = []
  for (const item of map.key('groups').asList() ?? []) {
    const group = readGroup(item, { validation, ignoreUnknownKeys, language })
    if (group === undefined) continue
    const first = lines.get(group.name)
    if (first !== undefined) {
      item.error(
        `groupname: ${JSON.stringify(group.name)} is repeated in the same file; first on line ${first}`,
      )
    } else lines.set(group.name, item.line)
    groups.push(group)
  }
  if (!ignoreUnknownKeys) map.finish()
  return groups
}

function readGroup(node: YamlNode, options: ReadRuleOptions): RuleGroupConfig | undefined {
  const map = node.asMap()
  if (!map) return node.isEmpty ? node.error('Groupname must not be empty') : undefined
  const nameNode = map.key('name')
  const name = nameNode.asRawString() ?? ''
  if (name === '' && (nameNode.isEmpty || nameNode.isScalar)) {
    node.error('Groupname must not be empty')
  }
  const language = readLanguage(map.key('type')) ?? options.language
  // Loki's rules allow no other names (pkg/ruler/compat.go, validateRule).
  const validation = language === 'logql' ? 'legacy' : options.validation
  const labels = readTexts(map.key('labels'), validation, 'label')
  const intervalMs = map.key('interval').durationMs()
  const group: RuleGroupConfig = {
    file: node.file,
    name,
    language,
    // 0 is "not said", as everywhere in Prometheus's files.
    intervalMs: intervalMs === 0 ? undefined : intervalMs,
    queryOffsetMs: map.key('query_offset').durationMs(),
    ...readWindow(map, language),
    limit: map.key('limit').asInteger() ?? 0,
    rules: (map.key('rules').asList() ?? []).flatMap(
      (rule) => readRule(rule, labels, { ...options, validation, language }) ?? [],
    ),
  }
  if (!options.ignoreUnknownKeys) map.finish()
  return group
}

/** `window`, a key of ours: expressions of TraceQL do not say how far back they look. */
function readWindow(map: YamlMap, language: RuleLanguage): { readonly windowMs?: number } {
  if (language !== 'traceql') return {}
  const node = map.key('window')
  const windowMs = node.durationMs()
  if (windowMs === 0) node.error('must be longer than 0')
  return windowMs === undefined ? {} : { windowMs }
}

const LANGUAGES: Readonly<Record<string, RuleLanguage>> = {
  ...{ prometheus: 'promql', loki: 'logql', tempo: 'traceql' },
}

/** `type` of a group, a key of ours in the manner of vmalert: what its expressions look at. */
function readLanguage(node: YamlNode): RuleLanguage | undefined {
  const text = node.asString()
  if (text === undefined) return undefined
  const language = Object.hasOwn(LANGUAGES, text) ? LANGUAGES[text] : undefined
  return language ?? node.error(`must be prometheus, loki or tempo, not ${JSON.stringify(text)}`)
}
