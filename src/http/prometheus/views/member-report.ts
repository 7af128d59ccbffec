import path from 'node:path'
import { Labels } from '../../../model/labels.ts'
import type {
  ActiveAlert,
  ActiveTarget,
  AlertingRuleState,
  RecordingRuleState,
  RuleGroupState,
} from '../doors.ts'

/**
 * How the rule groups and targets are that a member of a cluster works on, in JSON, so that the others can show them too. Times are
 * milliseconds; labels are `[name, value, …]`; what may be infinite is a text.
 */
export interface MemberReport {
  readonly groups: readonly ReportedGroup[]
  readonly targets: readonly ReportedTarget[]
}

interface ReportedGroup {
  readonly key: string
  readonly evaluationMs: number
  readonly lastEvaluationMs: number
  readonly rules: readonly ReportedRule[]
}

interface ReportedRule {
  readonly health: RecordingRuleState['health']
  readonly lastError: string
  readonly evaluationMs: number
  readonly lastEvaluationMs: number | null
  readonly state: ActiveAlert['state'] | null
  readonly alerts: readonly ReportedAlert[]
}

interface ReportedAlert {
  readonly labels: readonly string[]
  readonly annotations: readonly string[]
  readonly state: ActiveAlert['state']
  readonly activeAtMs: number
  readonly keepFiringSinceMs: number | null
  readonly value: string
}

interface ReportedTarget {
  readonly key: string
  readonly health: ActiveTarget['health']
  readonly lastError: string
  readonly lastScrapeMs: number
  readonly lastScrapeDurationMs: number
}

/** A storm of alerts must not fill the database: what is beyond is missing where others show it. */
const MAX_ALERTS = 2000

/** Whether JSON is a report, written by a member of this version or a similar one. */
export function isReport(json: unknown): json is MemberReport {
  if (typeof json !== 'object' || json === null) return false
  if (!('groups' in json) || !('targets' in json)) return false
  return Array.isArray(json.groups) && Array.isArray(json.targets)
}

/** What this member tells: what was evaluated or scraped here. */
export function reportOf(
  groups: readonly RuleGroupState[],
  targets: readonly ActiveTarget[],
): MemberReport {
  let room = MAX_ALERTS
  const toAlerts = (alerts: readonly ActiveAlert[]): readonly ReportedAlert[] => {
    const told = alerts.slice(0, room).map(reportAlert)
    room -= told.length
    return told
  }
  return {
    groups: groups.flatMap((group): ReportedGroup | readonly ReportedGroup[] => {
      const { lastEvaluationMs, evaluationMs } = group
      if (lastEvaluationMs === undefined) return []
      const rules = group.rules.map((rule): ReportedRule => ({
        ...{ health: rule.health, lastError: rule.lastError, evaluationMs: rule.evaluationMs },
        lastEvaluationMs: rule.lastEvaluationMs ?? null,
        state: rule.type === 'alerting' ? rule.state : null,
        alerts: rule.type === 'alerting' ? toAlerts(rule.alerts) : [],
      }))
      return { key: groupKey(group), evaluationMs, lastEvaluationMs, rules }
    }),
    targets: targets.flatMap((target): ReportedTarget | readonly ReportedTarget[] => {
      const { health, lastError, lastScrapeMs, lastScrapeDurationMs } = target
      if (lastScrapeMs === undefined) return []
      return { key: targetKey(target), health, lastError, lastScrapeMs, lastScrapeDurationMs }
    }),
  }
}

/** Rule groups, those that others evaluate as they say. */
export function withReportedGroups(
  groups: readonly RuleGroupState[],
  reports: readonly MemberReport[],
): readonly RuleGroupState[] {
  const told = new Map(reports.flatMap((report) => report.groups).map((one) => [one.key, one]))
  return groups.map((group) => {
    const found = group.lastEvaluationMs === undefined ? told.get(groupKey(group)) : undefined
    if (found === undefined || found.rules.length !== group.rules.length) return group
    const { evaluationMs, lastEvaluationMs } = found
    const rules = group.rules.map((rule, i) => withReport(rule, found.rules[i]))
    return { ...group, evaluationMs, lastEvaluationMs, rules }
  })
}

/** Targets, those that others scrape as they say. */
export function withReportedTargets(
  targets: readonly ActiveTarget[],
  reports: readonly MemberReport[],
): readonly ActiveTarget[] {
  const told = new Map(reports.flatMap((report) => report.targets).map((one) => [one.key, one]))
  return targets.map((target) => {
    const found = target.health === 'unknown' ? told.get(targetKey(target)) : undefined
    if (found === undefined) return target
    const { health, lastError, lastScrapeMs, lastScrapeDurationMs } = found
    return { ...target, health, lastError, lastScrapeMs, lastScrapeDurationMs }
  })
}

function withReport(
  rule: AlertingRuleState | RecordingRuleState,
  told: ReportedRule | undefined,
): AlertingRuleState | RecordingRuleState {
  if (told === undefined) return rule
  const { health, lastError, evaluationMs } = told
  const common = {
    ...{ health, lastError, evaluationMs },
    lastEvaluationMs: told.lastEvaluationMs ?? undefined,
  }
  if (rule.type === 'recording') return { ...rule, ...common }
  return { ...rule, ...common, state: told.state ?? rule.state, alerts: told.alerts.map(toAlert) }
}

function reportAlert(alert: ActiveAlert): ReportedAlert {
  const { labels, annotations, state, activeAtMs, keepFiringSinceMs, value } = alert
  return {
    ...{ labels: labels.flat, annotations: annotations.flat, state, activeAtMs },
    ...{ keepFiringSinceMs: keepFiringSinceMs ?? null, value: String(value) },
  }
}

function toAlert(told: ReportedAlert): ActiveAlert {
  const { labels, annotations, state, activeAtMs, keepFiringSinceMs, value } = told
  return {
    labels: Labels.fromSortedFlat([...labels]),
    annotations: Labels.fromSortedFlat([...annotations]),
    ...{ state, activeAtMs, value: Number(value) },
    keepFiringSinceMs: keepFiringSinceMs ?? undefined,
  }
}

/** Members may have their files in different folders. */
function groupKey({ file, name }: RuleGroupState): string {
  return `${path.basename(file)};${name}`
}

function targetKey({ scrapePool, labels, scrapeUrl }: ActiveTarget): string {
  return [scrapePool, labels.key, scrapeUrl].join('\uffff')
}
