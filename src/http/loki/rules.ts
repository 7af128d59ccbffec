import { basename } from 'node:path'
import { readRuleGroupText } from '../../alert/rules/read-rule-file.ts'
import { formatExponent } from '../../formats/go-float.ts'
import { formatDurationMs } from '../../model/duration.ts'
import { FaultList, formatFault } from '../../yaml/fault.ts'
import { printYaml } from '../../yaml/print.ts'
import type { Exchange, Route } from '../exchange.ts'
import type { Params } from '../params.ts'
import type {
  ActiveAlert,
  AlertingRuleState,
  RecordingRuleState,
  RuleGroupState,
} from '../prometheus/doors.ts'
import { formatTime } from '../prometheus/times.ts'
import type { Answer } from '../send.ts'
import type { LokiDoors } from './doors.ts'
import { errorAnswer, guarded } from './respond.ts'

type RuleDoors = Pick<LokiDoors, 'rules' | 'log'>
type RuleState = AlertingRuleState | RecordingRuleState

/**
 * The API of Loki's ruler (pkg/ruler/base/api.go): `/prometheus/api/v1/…` as JSON with what the rules are doing, and the rules as their
 * files have them as YAML, with the older path. A namespace is the name of a file. Rules come from files, so that the API
 * cannot change them, as where Loki has them in a local folder.
 */
export function ruleRoutes({ rules, log }: RuleDoors): Route[] {
  const route = (
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    handle: (exchange: Exchange) => Answer,
  ): Route => ({
    methods: [method],
    path,
    permission: method === 'GET' ? 'logs:read' : 'write',
    handle: guarded(log, path, (exchange) =>
      rules.isServed() ? handle(exchange) : errorAnswer(404, '404 page not found\n'),
    ),
  })
  const list = (exchange: Exchange, namespace?: string): Answer =>
    listRules(rules.groups(), exchange.params, namespace)
  return [
    route('GET', '/prometheus/api/v1/rules', ({ params }) => showRules(rules.groups(), params)),
    route('GET', '/prometheus/api/v1/alerts', () => showAlerts(rules.groups())),
    ...['/loki/api/v1/rules', '/api/prom/rules'].flatMap((path) => [
      route('GET', path, (exchange) => list(exchange)),
      route('GET', `${path}/:namespace`, (exchange) =>
        list(exchange, exchange.pathParam('namespace')),
      ),
      route('GET', `${path}/:namespace/:group`, (exchange) => showGroup(rules.groups(), exchange)),
      route('POST', `${path}/:namespace`, ({ body }) => refuseGroup(body)),
      route('DELETE', `${path}/:namespace`, refuseChange('DeleteNamespace')),
      route('DELETE', `${path}/:namespace/:group`, refuseChange('DeleteRuleGroup')),
    ]),
  ]
}

function showRules(groups: readonly RuleGroupState[], params: Params): Answer {
  const type = params.get('type').toLowerCase()
  if (type !== '' && type !== 'alert' && type !== 'record') {
    return rulerAnswer(400, {
      errorType: 'bad_data',
      error: `not supported value ${JSON.stringify(type)}`,
    })
  }
  const isWanted = (name: string, key: string): boolean => {
    const names = params.all(key)
    return names.length === 0 || names.includes(name)
  }
  const shown = groups.flatMap((group) => {
    const file = basename(group.file)
    if (!isWanted(group.name, 'rule_group') || !isWanted(file, 'file')) return []
    const rules = group.rules.filter(
      (rule) =>
        isWanted(rule.name, 'rule_name') &&
        (type === '' || (type === 'alert') === (rule.type === 'alerting')),
    )
    return rules.length === 0 ? [] : [groupJson(group, file, rules)]
  })
  const sorted = shown.sort((a, b) => (a.file < b.file ? -1 : a.file > b.file ? 1 : 0))
  return rulerAnswer(200, { data: { groups: sorted } })
}

function showAlerts(groups: readonly RuleGroupState[]): Answer {
  const alerts = groups
    .flatMap(({ rules }) => rules)
    .flatMap((rule) => (rule.type === 'alerting' ? rule.alerts.map(alertJson) : []))
  return rulerAnswer(200, { data: { alerts } })
}

function rulerAnswer(
  status: number,
  {
    data = null,
    errorType = '',
    error = '',
  }: { data?: unknown; errorType?: string; error?: string },
): Answer {
  const word = error === '' ? 'success' : 'error'
  const body = JSON.stringify({ status: word, data, errorType, error })
  return { status, contentType: 'application/json', body }
}

function groupJson(group: RuleGroupState, file: string, rules: readonly RuleState[]) {
  return {
    name: group.name,
    file,
    rules: rules.map(ruleJson),
    interval: group.intervalMs / 1000,
    limit: group.limit,
    lastEvaluation: formatTime(group.lastEvaluationMs),
    evaluationTime: group.evaluationMs / 1000,
  }
}

function ruleJson(rule: RuleState) {
  const { name, query, health, lastError, lastEvaluationMs, evaluationMs } = rule
  const labels = rule.labels.toObject()
  const ran = {
    health,
    lastError,
    type: rule.type,
    lastEvaluation: formatTime(lastEvaluationMs),
    evaluationTime: evaluationMs / 1000,
  }
  if (rule.type === 'recording') return { name, query, labels, ...ran }
  return {
    ...{ state: rule.state, name, query, duration: rule.forMs / 1000, labels },
    annotations: rule.annotations.toObject(),
    alerts: rule.alerts.map(alertJson),
    ...ran,
  }
}

function alertJson(alert: ActiveAlert) {
  return {
    labels: alert.labels.toObject(),
    annotations: alert.annotations.toObject(),
    state: alert.state,
    activeAt: formatTime(alert.activeAtMs),
    value: formatExponent(alert.value),
  }
}

/** Groups by namespace as YAML; with `labels=name:value,…` only the rules that have one of them. */
function listRules(
  groups: readonly RuleGroupState[],
  params: Params,
  namespace: string | undefined,
): Answer {
  const wanted = groups.filter(
    ({ file }) => namespace === undefined || basename(file) === namespace,
  )
  if (wanted.length === 0) return errorAnswer(404, 'no rule groups found\n')
  const labels = params.get('labels')
  const pairs = labels === '' ? [] : labels.split(',').map((text) => text.split(':', 2))
  const isMeant = (rule: RuleState): boolean =>
    pairs.length === 0 ||
    pairs.some(
      ([name = '', value = '']) => rule.labels.has(name) && rule.labels.get(name) === value,
    )
  const byNamespace: Record<string, unknown[]> = {}
  for (const group of wanted) {
    const rules = group.rules.filter(isMeant)
    if (rules.length === 0 && pairs.length > 0) continue
    ;(byNamespace[basename(group.file)] ??= []).push(groupYaml(group, rules))
  }
  return yamlAnswer(byNamespace)
}

function showGroup(groups: readonly RuleGroupState[], exchange: Exchange): Answer {
  const namespace = exchange.pathParam('namespace')
  const name = exchange.pathParam('group')
  const group = groups.find((each) => each.name === name && basename(each.file) === namespace)
  if (group === undefined) return errorAnswer(404, 'group does not exist\n')
  return yamlAnswer(groupYaml(group, group.rules))
}

function yamlAnswer(value: unknown): Answer {
  return { contentType: 'application/yaml', body: printYaml(value) }
}

function groupYaml(group: RuleGroupState, rules: readonly RuleState[]) {
  const { name, ownIntervalMs, limit } = group
  return {
    name,
    ...(ownIntervalMs !== undefined && { interval: formatDurationMs(ownIntervalMs) }),
    ...(limit > 0 && { limit }),
    rules: rules.map(ruleYaml),
  }
}

function ruleYaml(rule: RuleState) {
  const labels = rule.labels.toObject()
  const common = {
    expr: rule.written,
    ...(rule.type === 'alerting' && rule.forMs > 0 && { for: formatDurationMs(rule.forMs) }),
    ...(rule.type === 'alerting' &&
      rule.keepFiringForMs > 0 && { keep_firing_for: formatDurationMs(rule.keepFiringForMs) }),
    ...(Object.keys(labels).length > 0 && { labels }),
  }
  if (rule.type === 'recording') return { record: rule.name, ...common }
  const annotations = rule.annotations.toObject()
  const hasTexts = Object.keys(annotations).length > 0
  return { alert: rule.name, ...common, ...(hasTexts && { annotations }) }
}

/** As Loki, which reads and judges a group before its store refuses it: what is wrong in one is said with its place (pkg/ruler/base/api.go, CreateRuleGroup). */
function refuseGroup(body: Buffer): Answer {
  const faults = new FaultList()
  const group = readRuleGroupText(body.toString('utf8'), 'rule group', {
    ...{ faults, language: 'logql', validation: 'legacy' },
  })
  const first = faults.items.find(({ severity }) => severity === 'error')
  if (first !== undefined) return errorAnswer(400, `${formatFault(first)}\n`)
  if (group === undefined) return errorAnswer(400, 'rule group: Groupname must not be empty\n')
  return errorAnswer(500, 'SetRuleGroup unsupported in rule local store\n')
}

/** Loki's answers where its rules are in a local folder (pkg/ruler/rulestore/local/local.go) for what is deleted. */
function refuseChange(verb: 'DeleteNamespace' | 'DeleteRuleGroup') {
  const error = `${verb} unsupported in rule local store`
  return (): Answer => rulerAnswer(500, { errorType: 'server_error', error })
}
