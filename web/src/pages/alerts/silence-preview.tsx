import { Text } from '@mantine/core'
import { useAlerts, useMatchingAlerts } from './alert-api.ts'
import { summaryOf } from './alert-view.ts'
import styles from './alerts.module.css'
import { LabelChips } from './label-chips.tsx'
import type { MatcherDraft } from './matcher-draft.ts'

const MOST_SHOWN = 20

/** What a silence would hide of what fires now, judged by the server as the silence itself is. */
export function SilencePreview({ matchers }: { readonly matchers: readonly MatcherDraft[] }) {
  const { data, error } = useMatchingAlerts(matchers)
  const { data: all } = useAlerts()
  const fixed = matchers.filter(({ op }) => op === '=').map(({ name }) => name)
  if (matchers.length === 0) {
    return (
      <Text size="sm" c="dimmed">
        Name at least one label.
      </Text>
    )
  }
  return (
    <section className={styles['preview']} aria-label="What it hides" aria-live="polite">
      {error !== null ? (
        <Text size="sm" c="red" role="alert">
          {error.message}
        </Text>
      ) : data === undefined ? (
        <Text size="sm" c="dimmed">
          Looking…
        </Text>
      ) : (
        <>
          <strong>
            {data.length === 0
              ? 'Hides nothing of what fires now'
              : `Hides ${data.length} of ${all?.length ?? data.length} alerts that fire now`}
          </strong>
          <ul>
            {data.slice(0, MOST_SHOWN).map((alert) => (
              <li key={alert.fingerprint}>
                {summaryOf(alert)} <LabelChips labels={alert.labels} without={fixed} />
              </li>
            ))}
          </ul>
          {data.length > MOST_SHOWN && (
            <Text size="xs" c="dimmed">
              and {data.length - MOST_SHOWN} more
            </Text>
          )}
        </>
      )}
    </section>
  )
}
