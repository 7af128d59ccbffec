import { createHash } from 'node:crypto'
import type { AlertJson, RuleGroupJson, RuleJson, RulesJson } from '../../contract/prometheus.ts'
import { formatExponent, parseGoInt } from '../../formats/go-float.ts'
import type { Matcher } from '../../model/matcher.ts'
import type { Params } from '../params.ts'
import type { Answer } from '../send.ts'
import { invalidParam, readSelectors } from './decode-params.ts'
import type {
  ActiveAlert,
  AlertingRuleState,
  PrometheusDoors,
  RecordingRuleState,
  RuleGroupState,
} from './doors.ts'
import { success, type ApiRoute } from './respond.ts'
import { formatTime } from './times.ts'

type RuleState = AlertingRuleState | RecordingRuleState

export function ruleRoutes({ rules }: Pick<PrometheusDoors, 'rules'>): ApiRoute[] {
  const methods = ['GET'] as const
  return [
    { methods, path: '/rules', handle: ({ params }) => listRules(rules.groups(), params) },
    { methods, path: '/alerts', handle: () => listAlerts(rules.groups()) },
  ]
}

function listAlerts(groups: readonly RuleGroupState[]): Answer {
  const alerts = groups
    .flatMap((group) => group.rules)
    .flatMap((rule) => (rule.type === 'alerting' ? rule.alerts : []))
  return success({ alerts: alerts.map(alertJson) })
}

function alertJson(alert: ActiveAlert): AlertJson {
  const since = alert.keepFiringSinceMs
  return {
    labels: alert.labels.toObject(),
    annotations: alert.annotations.toObject(),
    state: alert.state,
    activeAt: formatTime(alert.activeAtMs),
    ...(since !== undefined && { keepFiringSince: formatTime(since) }),
    value: formatExponent(alert.value),
  }
}

/** What a request wants to see; an empty list of names wants all. */
interface RuleFilter {
  readonly names: ReadonlySet<string>
  readonly groups: ReadonlySet<string>
  readonly files: ReadonlySet<string>
  readonly selectors: readonly (readonly Matcher[])[]
  readonly type: '' | 'alert' | 'record'
  readonly excludeAlerts: boolean
}

function listRules(groups: readonly RuleGroupState[], params: Params): Answer {
  const filter = readFilter(params)
  const page = readPage(params)
  const shown: RuleGroupJson[] = []
  let isReached = page.token === ''
  let nextToken: string | undefined
  for (const group of groups) {
    isReached ||= tokenOf(group) === page.token
    if (!isReached || !wants(filter.groups, group.name) || !wants(filter.files, group.file))
      continue
    const json = groupJson(group, filter)
    if (json.rules.length === 0) continue
    if (shown.length === page.limit) {
      nextToken = tokenOf(group)
      break
    }
    shown.push(json)
  }
  if (!isReached) {
    const reason = `invalid group_next_token '${page.token}'. were rule groups changed?`
    throw invalidParam('group_next_token', reason)
  }
  const data: RulesJson = { groups: shown, ...(nextToken && { groupNextToken: nextToken }) }
  return success(data)
}

function readFilter(params: Params): RuleFilter {
  const selectors = readSelectors(params.all('match[]'))
  const type = params.get('type').toLowerCase()
  if (type !== '' && type !== 'alert' && type !== 'record') {
    throw invalidParam('type', `not supported value ${JSON.stringify(type)}`)
  }
  return {
    names: new Set(params.all('rule_name[]')),
    groups: new Set(params.all('rule_group[]')),
    files: new Set(params.all('file[]')),
    selectors,
    type,
    excludeAlerts: readExclude(params.get('exclude_alerts').toLowerCase()),
  }
}

function readExclude(text: string): boolean {
  if (['', '0', 'f', 'false'].includes(text)) return false
  if (['1', 't', 'true'].includes(text)) return true
  const reason = `strconv.ParseBool: parsing ${JSON.stringify(text)}: invalid syntax`
  throw invalidParam('exclude_alerts', `error converting exclude_alerts: ${reason}`)
}

/** How many groups an answer may have, and where it begins; without a limit all are shown from the first. */
function readPage(params: Params): { readonly limit: number; readonly token: string } {
  const text = params.get('group_limit')
  const token = params.get('group_next_token')
  if (text === '') {
    if (token === '') return { limit: -1, token }
    const reason = 'group_limit needs to be present in order to paginate over the groups'
    throw invalidParam('group_next_token', reason)
  }
  const limit = parseGoInt(text)
  if (typeof limit !== 'number') {
    const reason = limit.error.replace('strconv.Atoi', 'strconv.ParseInt')
    throw invalidParam('group_limit', `group_limit needs to be a valid number: ${reason}`)
  }
  if (limit <= 0) throw invalidParam('group_limit', 'group_limit needs to be greater than 0')
  return { limit, token }
}

function tokenOf({ file, name }: RuleGroupState): string {
  return createHash('sha256').update(`${file};${name}`).digest('hex')
}

function wants(names: ReadonlySet<string>, name: string): boolean {
  return names.size === 0 || names.has(name)
}

function groupJson(group: RuleGroupState, filter: RuleFilter): RuleGroupJson {
  return {
    name: group.name,
    file: group.file,
    ...(group.language !== 'promql' && { language: group.language }),
    rules: group.rules
      .filter((rule) => isShown(rule, filter))
      .map((rule) => ruleJson(rule, filter.excludeAlerts)),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    evaluationTime: group.evaluationMs / 1000,
    lastEvaluation: formatTime(group.lastEvaluationMs),
  }
}

function isShown(rule: RuleState, { names, selectors, type }: RuleFilter): boolean {
  if (type !== '' && (type === 'alert') !== (rule.type === 'alerting')) return false
  if (!wants(names, rule.name)) return false
  if (selectors.length === 0) return true
  return selectors.some((matchers) => matchers.every((m) => m.matches(rule.labels.get(m.name))))
}

function ruleJson(rule: RuleState, excludeAlerts: boolean): RuleJson {
  const common = {
    name: rule.name,
    query: rule.query,
    labels: rule.labels.toObject(),
    health: rule.health,
    ...(rule.lastError !== '' && { lastError: rule.lastError }),
    evaluationTime: rule.evaluationMs / 1000,
    lastEvaluation: formatTime(rule.lastEvaluationMs),
  }
  if (rule.type === 'recording') return { ...common, type: 'recording' }
  return {
    ...common,
    type: 'alerting',
    state: rule.state,
    duration: rule.forMs / 1000,
    keepFiringFor: rule.keepFiringForMs / 1000,
    annotations: rule.annotations.toObject(),
    alerts: excludeAlerts ? null : rule.alerts.map(alertJson),
  }
}
