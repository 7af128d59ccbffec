import { Labels } from '../../../model/labels.ts'
import type { AlertingRule } from '../../../alert/rules/alerting-rule.ts'
import type { NamedText } from '../../../alert/rules/rule-config.ts'
import type { RuleGroup, RunningRule } from '../../../alert/rules/rule-group.ts'
import type { LogRulesView } from '../../loki/doors.ts'
import type { AlertingRuleState, RecordingRuleState, RuleGroupState, RulesView } from '../doors.ts'

/** What the rules are doing, as the API shows it. `groups` are sorted by file and name. */
export function createRulesView(groups: () => readonly RuleGroup[]): RulesView {
  return { groups: () => groups().map(groupState) }
}

/** Of these rules those on logs, as the Loki API shows them. */
export function createLogRulesView(rules: RulesView, isServed: () => boolean): LogRulesView {
  return {
    isServed,
    groups: () => rules.groups().filter(({ language }) => language === 'logql'),
  }
}

function groupState(group: RuleGroup): RuleGroupState {
  const { config, intervalMs, evaluationMs, lastEvaluationMs } = group
  return {
    name: config.name,
    file: config.file,
    language: config.language,
    intervalMs,
    ownIntervalMs: config.intervalMs,
    limit: config.limit,
    evaluationMs,
    lastEvaluationMs,
    rules: group.rules.map(ruleState),
  }
}

function ruleState(running: RunningRule): AlertingRuleState | RecordingRuleState {
  const { rule, health, lastError, evaluationMs, lastEvaluationMs } = running
  const { name, query, written, labels } = rule.config
  const common = {
    ...{ name, query, written, labels: toLabels(labels) },
    ...{ health, lastError, evaluationMs, lastEvaluationMs },
  }
  if (rule.kind === 'recording') return { ...common, type: 'recording' }
  return { ...common, type: 'alerting', ...alertingState(rule) }
}

function alertingState({ config, state, activeAlerts }: AlertingRule) {
  return {
    state,
    forMs: config.forMs,
    keepFiringForMs: config.keepFiringForMs,
    annotations: toLabels(config.annotations),
    alerts: activeAlerts,
  }
}

/** The texts as they are written: templates are not filled in. */
function toLabels(texts: readonly NamedText[]): Labels {
  return Labels.fromPairs(texts)
}
