import { Button } from '@mantine/core'
import { IconCompass } from '@tabler/icons-react'
import type { LabelSetJson } from '../../../../src/contract/alertmanager.ts'
import type { WhyAlertJson, WhyJson } from '../../../../src/contract/alert-why.ts'
import type { ResolvedRange } from '../../time/time-range.ts'
import { AlertHistory } from './alert-history.tsx'
import styles from './alerts.module.css'
import { LinkedText } from './linked-text.tsx'
import { Deliveries } from './notifications.tsx'
import { PromqlText } from './promql-text.tsx'
import { RuleChart } from './rule-chart.tsx'
import { useNavigateTo } from './use-navigate-to.ts'

export interface WhyProps {
  readonly why: WhyJson
  readonly told: WhyAlertJson | undefined
  readonly labels: LabelSetJson
  readonly range: ResolvedRange
}

/** The rule of an alert, its history, who was told, and the same in sentences. */
export function Why({ why, told, labels, range }: WhyProps) {
  const go = useNavigateTo()
  return (
    <>
      {why.rules.map((rule) => (
        <section key={`${rule.file} ${rule.group} ${rule.alert}`} className={styles['part']}>
          <h3>
            The rule
            <Button
              variant="subtle"
              size="compact-xs"
              leftSection={<IconCompass size={14} />}
              onClick={() => go('/explore', { q: rule.query })}
            >
              Explore
            </Button>
          </h3>
          <RuleChart rule={rule} labels={labels} range={range} />
          <PromqlText query={rule.query} />
          <p className={styles['dim']}>
            {rule.for === '0s' ? 'at once' : `for ${rule.for}`}, group {rule.group} of {rule.file}
          </p>
          {rule.lastError !== '' && <p className={styles['fault']}>{rule.lastError}</p>}
        </section>
      ))}
      {told && (
        <>
          <section className={styles['part']}>
            <h3>History</h3>
            <AlertHistory told={told} range={range} />
          </section>
          <section className={styles['part']}>
            <h3>Notifications</h3>
            <Deliveries told={told} />
          </section>
          <section className={styles['part']}>
            <h3>Why</h3>
            <ol className={styles['story']} tabIndex={0} aria-label="The story">
              {told.story.map((sentence, i) => (
                <li key={i}>
                  <LinkedText text={sentence} />
                </li>
              ))}
            </ol>
            <p className={styles['dim']}>Times of the story are in UTC.</p>
          </section>
        </>
      )}
    </>
  )
}
