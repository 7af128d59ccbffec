import type { GettableAlertJson } from '../../contract/alertmanager.ts'
import { showLabels } from './compare-series.ts'
import type { ComparisonDraft } from './difference.ts'

/** The alerts of two Alertmanagers, the running one and that of this program, which sends nothing. */
export interface TwoAlertmanagers {
  readonly there: readonly GettableAlertJson[]
  readonly here: readonly GettableAlertJson[]
  /** Names of the alerts that the rules of both make; others came from elsewhere. */
  readonly alertNames: ReadonlySet<string>
}

/** Compares who hears of which alert, and which are held back. */
export function compareNotifications(
  { there, here, alertNames }: TwoAlertmanagers,
  draft: ComparisonDraft,
): void {
  const ours = new Map(here.map((alert) => [showLabels(alert.labels), alert]))
  for (const alert of there) {
    const place = showLabels(alert.labels)
    const other = ours.get(place)
    const name = alert.labels['alertname'] ?? ''
    if (!alertNames.has(name)) {
      draft.skip('notifications', place, 'no rule of these two makes it: it comes from elsewhere')
      continue
    }
    // Whether it fires in both is compared as an alert.
    if (other === undefined) continue
    draft.compared.notifications++
    const [theirs, mine] = [alert, other].map(receiversOf)
    if (theirs !== mine)
      draft.differ('notifications', place, `${theirs} hears of it there, ${mine} here`)
    compareState(place, alert, other, draft)
  }
}

function receiversOf({ receivers }: GettableAlertJson): string {
  const names = receivers.map(({ name }) => name).sort()
  return names.length === 0 ? 'nobody' : names.join(' and ')
}

function compareState(
  place: string,
  there: GettableAlertJson,
  here: GettableAlertJson,
  draft: ComparisonDraft,
): void {
  if (there.status.silencedBy.length > 0) {
    draft.skip('notifications', place, 'it is silenced there; silences are not taken over')
    return
  }
  const [theirs, mine] = [there, here].map(({ status }) =>
    status.state === 'suppressed' ? 'held back' : 'told',
  )
  if (theirs !== mine) draft.differ('notifications', place, `${theirs} there, ${mine} here`)
}
