import { SegmentedControl, Select, Text } from '@mantine/core'
import { useDeferredValue } from 'react'
import type { RuleGroupJson } from '../../../../src/contract/prometheus.ts'
import { formatValue } from '../../format/format-value.ts'
import { Card } from '../../shell/page.tsx'
import { EmptyState, ErrorState, LoadingState } from '../../shell/states.tsx'
import { formatAgo } from '../../time/format-time.ts'
import { useRules } from './alert-api.ts'
import { useSearchText, useTypedSearchText } from './alert-filters.ts'
import { AlertsFrame } from './alerts-frame.tsx'
import styles from './alerts.module.css'
import { WordBadge } from './badges.tsx'
import { FilterField } from './filter-field.tsx'
import { filterRules, RULE_STATES, stateOf, type RuleState } from './filter-rules.ts'
import { RuleRow } from './rule-row.tsx'

/** What is evaluated, and how that goes. */
export function RulesPage() {
  const { data, error, refetch, dataUpdatedAt } = useRules()
  return (
    <AlertsFrame title="Rules">
      {error !== null && !data && <ErrorState error={error} onRetry={() => void refetch()} />}
      {!data && error === null && <LoadingState />}
      {data && <Rules groups={data.groups} nowMs={dataUpdatedAt} />}
    </AlertsFrame>
  )
}

interface RulesProps {
  readonly groups: readonly RuleGroupJson[]
  readonly nowMs: number
}

const NAMES: Readonly<Record<RuleState, string>> = {
  all: 'All',
  firing: 'Firing',
  pending: 'Pending',
  inactive: 'Inactive',
  recording: 'Recording',
}

function Rules({ groups, nowMs }: RulesProps) {
  const text = useTypedSearchText('filter')
  const [state, setState] = useSearchText('state', 'all')
  const [health, setHealth] = useSearchText('health', 'all')
  const wanted = useDeferredValue(text.settled)
  const shown = filterRules(groups, { text: wanted, state, health })
  const all = groups.flatMap(({ rules }) => rules)
  const count = (one: RuleState): number =>
    one === 'all' ? all.length : all.filter((rule) => stateOf(rule) === one).length
  return (
    <>
      <div className={styles['filters']}>
        <FilterField
          label="Filter rules"
          placeholder="Name, expression, label, group, file"
          text={text}
        />
        <div className={styles['scrollX']}>
          <SegmentedControl
            aria-label="State"
            data={RULE_STATES.map((one) => ({ value: one, label: `${NAMES[one]} ${count(one)}` }))}
            value={state}
            onChange={setState}
          />
        </div>
        <Select
          aria-label="Health"
          className={styles['groupBy'] ?? ''}
          allowDeselect={false}
          data={[
            { value: 'all', label: 'any health' },
            { value: 'ok', label: 'healthy' },
            { value: 'err', label: 'with an error' },
            { value: 'unknown', label: 'not yet evaluated' },
          ]}
          value={health}
          onChange={(next) => next !== null && setHealth(next)}
        />
      </div>
      {shown.map((group) => (
        <GroupCard key={`${group.file} ${group.name}`} group={group} nowMs={nowMs} />
      ))}
      {shown.length === 0 && (
        <Card>
          <EmptyState title={groups.length === 0 ? 'There are no rules' : 'No rule like that'}>
            {groups.length === 0 &&
              'Name files of rules under rule_files of the configuration, or put them in rules/.'}
          </EmptyState>
        </Card>
      )}
    </>
  )
}

interface GroupCardProps {
  readonly group: RuleGroupJson
  readonly nowMs: number
}

function GroupCard({ group, nowMs }: GroupCardProps) {
  const { name, file, language, rules, interval, evaluationTime, lastEvaluation } = group
  const lastMs = Date.parse(lastEvaluation)
  const faulty = rules.filter(({ health }) => health === 'err').length
  return (
    <Card
      isFlush
      className={styles['lazy']}
      title={
        <span className={styles['bundleHead']}>
          {name}
          {language === 'logql' && <WordBadge word="logs" tone="dim" />}
          {language === 'traceql' && <WordBadge word="traces" tone="dim" />}
          {faulty > 0 && <WordBadge word={`${faulty} failing`} tone="bad" />}
          <Text component="span" size="xs" c="dimmed" fw={400} className={styles['anywhere']}>
            {file}
          </Text>
        </span>
      }
      actions={
        <span className={styles['dim']}>
          every {formatValue(interval, 'seconds')},{' '}
          {lastMs > 0
            ? `last ${formatAgo(lastMs, nowMs)} in ${formatValue(evaluationTime, 'seconds')}`
            : 'not evaluated yet'}
        </span>
      }
    >
      <ul className={styles['rows']}>
        {rules.map((rule, i) => (
          <RuleRow key={i} rule={rule} language={language} nowMs={nowMs} />
        ))}
      </ul>
    </Card>
  )
}
