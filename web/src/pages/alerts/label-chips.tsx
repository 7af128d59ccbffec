import type { LabelSetJson } from '../../../../src/contract/alertmanager.ts'
import { formatAlertMatcher } from '../../../../src/lang/alert-matchers/print.ts'
import styles from './alerts.module.css'
import { sortedLabels, type MatcherDraft } from './matcher-draft.ts'

export interface LabelChipsProps {
  readonly labels: LabelSetJson
  /** Names that are shown elsewhere. */
  readonly without?: readonly string[]
  /** A chip was pressed: its matcher. */
  readonly onChoose?: ((matcher: string) => void) | undefined
}

const NONE: readonly string[] = []

/** The labels of an alert; where something can be filtered by them, they are buttons. */
export function LabelChips({ labels, without = NONE, onChoose }: LabelChipsProps) {
  const shown = sortedLabels(labels).filter(([name]) => !without.includes(name))
  if (shown.length === 0) return null
  return (
    <span className={styles['chips']}>
      {shown.map(([name, value]) => {
        const text = formatAlertMatcher({ name, op: '=', value })
        return onChoose === undefined ? (
          <span key={name} className={styles['chip']}>
            <span className={styles['chipName']}>{name}</span> {value}
          </span>
        ) : (
          <button
            key={name}
            type="button"
            className={styles['chip']}
            title={`Filter by ${text}`}
            onClick={() => onChoose(text)}
          >
            <span className={styles['chipName']}>{name}</span> {value}
          </button>
        )
      })}
    </span>
  )
}

/** Matchers of a silence or a route, as Alertmanager writes them. */
export function MatcherChips({ matchers }: { readonly matchers: readonly MatcherDraft[] }) {
  return (
    <span className={styles['chips']}>
      {matchers.map((matcher, i) => (
        <span key={i} className={styles['chip']} data-matcher>
          {formatAlertMatcher(matcher)}
        </span>
      ))}
    </span>
  )
}
