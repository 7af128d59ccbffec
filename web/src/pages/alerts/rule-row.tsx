import { Button } from '@mantine/core'
import { IconChevronDown, IconChevronRight } from '@tabler/icons-react'
import { useState } from 'react'
import type {
  AlertJson,
  AlertingRuleJson,
  RuleGroupJson,
  RuleJson,
} from '../../../../src/contract/prometheus.ts'
import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'
import { formatDurationMs } from '../../../../src/model/duration.ts'
import { formatValue } from '../../format/format-value.ts'
import { TextLink } from '../../shell/text-link.tsx'
import { formatAgo } from '../../time/format-time.ts'
import { severityOf } from './alert-view.ts'
import styles from './alerts.module.css'
import { SeverityBadge, WordBadge } from './badges.tsx'
import { stateOf } from './filter-rules.ts'
import { LabelChips } from './label-chips.tsx'
import { LinkedText } from './linked-text.tsx'
import { PromqlText } from './promql-text.tsx'

export interface RuleRowProps {
  readonly rule: RuleJson
  /** Absent where the expression is PromQL. */
  readonly language: RuleGroupJson['language']
  readonly nowMs: number
}

const TONES = { firing: 'bad', pending: 'warn', inactive: 'good', recording: 'dim' } as const
const MOST_INSTANCES = 50

/** A rule with its expression, what is wrong with it, and its alerts when asked for. */
export function RuleRow({ rule, language, nowMs }: RuleRowProps) {
  const state = stateOf(rule)
  const lastMs = Date.parse(rule.lastEvaluation)
  const alerts = rule.type === 'alerting' ? (rule.alerts ?? []) : []
  return (
    <li className={styles['rule']} data-health={rule.health}>
      <div className={styles['ruleHead']}>
        <WordBadge word={state} tone={TONES[state]} />
        <strong className={styles['anywhere']}>{rule.name}</strong>
        {rule.type === 'alerting' && <Severity rule={rule} />}
        <span className={styles['ruleFacts']}>
          {rule.health === 'err' && <WordBadge word="error" tone="bad" />}
          {lastMs > 0 && (
            <span className={styles['dim']}>
              {formatAgo(lastMs, nowMs)}, {formatValue(rule.evaluationTime, 'seconds')}
            </span>
          )}
          <TextLink
            to={language === 'logql' ? '/logs' : '/explore'}
            search={{ q: rule.query, ...(language === 'traceql' ? { lang: language } : {}) }}
          >
            {language === 'logql' ? 'Logs' : 'Explore'}
            <span className="visually-hidden"> {rule.name}</span>
          </TextLink>
        </span>
      </div>
      <div className={styles['expression']}>
        {language === undefined ? <PromqlText query={rule.query} /> : <code>{rule.query}</code>}
      </div>
      {rule.lastError !== undefined && <p className={styles['fault']}>{rule.lastError}</p>}
      {rule.type === 'alerting' && <Conditions rule={rule} />}
      <LabelChips labels={rule.labels} />
      {alerts.length > 0 && <Instances name={rule.name} alerts={alerts} nowMs={nowMs} />}
    </li>
  )
}

function Severity({ rule }: { readonly rule: AlertingRuleJson }) {
  const word = rule.labels['severity']
  if (word === undefined) return null
  return <SeverityBadge severity={severityOf(rule.labels)} word={word} />
}

function Conditions({ rule }: { readonly rule: AlertingRuleJson }) {
  const { duration, keepFiringFor, annotations } = rule
  const summary = annotations['summary'] ?? annotations['description'] ?? ''
  const holds = duration > 0 ? `for ${formatDurationMs(duration * 1000)}` : 'at once'
  const keeps = keepFiringFor > 0 ? `, kept ${formatDurationMs(keepFiringFor * 1000)}` : ''
  return (
    <p className={styles['dim']}>
      Fires {holds}
      {keeps}
      {summary !== '' && (
        <>
          : <LinkedText text={summary} />
        </>
      )}
    </p>
  )
}

interface InstancesProps {
  readonly name: string
  readonly alerts: readonly AlertJson[]
  readonly nowMs: number
}

/** Alerts of a rule; those that fire lead to their page. */
function Instances({ name, alerts, nowMs }: InstancesProps) {
  const [isOpen, setOpen] = useState(false)
  const filter = formatAlertMatcher({ name: 'alertname', op: '=', value: name })
  const Icon = isOpen ? IconChevronDown : IconChevronRight
  return (
    <div>
      <Button
        variant="subtle"
        size="compact-xs"
        leftSection={<Icon size={14} />}
        aria-expanded={isOpen}
        onClick={() => setOpen(!isOpen)}
      >
        {alerts.length === 1 ? '1 alert' : `${alerts.length} alerts`}
        <span className="visually-hidden">&nbsp;of {name}</span>
      </Button>
      {isOpen && (
        <ul className={styles['instances']}>
          {alerts.slice(0, MOST_INSTANCES).map((alert, i) => (
            <li key={i}>
              <WordBadge word={alert.state} tone={alert.state === 'firing' ? 'bad' : 'warn'} />
              <LabelChips labels={alert.labels} without={['alertname']} />
              <span className={styles['dim']}>
                value {formatValue(Number(alert.value))},{' '}
                {formatAgo(Date.parse(alert.activeAt), nowMs)}
              </span>
            </li>
          ))}
          {alerts.length > MOST_INSTANCES && <li>and {alerts.length - MOST_INSTANCES} more</li>}
          <li>
            <TextLink to="/alerts" search={{ filter, state: 'all' }}>
              See what fires of it
            </TextLink>
          </li>
        </ul>
      )}
    </div>
  )
}
