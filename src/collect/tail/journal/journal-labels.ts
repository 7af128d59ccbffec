import { compileRelabel, type RelabelConfig } from '../../../ingest/relabel.ts'
import { Labels } from '../../../model/labels.ts'
import { publicLabels } from '../public-labels.ts'
import { journalLabel, priorityKeyword, type JournalEntry } from './journal-entry.ts'

const MAX_KEPT = 10_000
const KEYWORD = '__journal_priority_keyword'

/** Gives the labels of a journal entry; undefined when rules drop it, or it has none. */
export type JournalLabels = (entry: JournalEntry) => Labels | undefined

/**
 * Labels of entries by promtail's rules: those of the job and `__journal_*` of the fields go through relabelling, what begins with
 * `__` falls. Fields that no rule looks at do not matter, so that entries which agree in the others are relabelled once.
 */
export function createJournalLabels(
  own: Readonly<Record<string, string>>,
  rules: readonly RelabelConfig[],
): JournalLabels {
  const relabel = compileRelabel(rules)
  const wanted = rules.some(({ action }) => action === 'labelmap')
    ? undefined
    : new Set(rules.flatMap(({ sourceLabels, targetLabel }) => [...sourceLabels, targetLabel]))
  let known = new Map<string, Labels | undefined>()
  return ({ fields }) => {
    const pairs: [string, string][] = []
    const add = (name: string, value: string): void => {
      if (wanted === undefined || wanted.has(name)) pairs.push([name, value])
    }
    for (const [field, value] of fields) {
      add(journalLabel(field), value)
      if (field === 'PRIORITY') add(KEYWORD, priorityKeyword(value))
    }
    const found = Labels.fromPairs([...pairs, ...Object.entries(own)])
    if (known.has(found.key)) return known.get(found.key)
    if (known.size >= MAX_KEPT) known = new Map()
    const relabeled = relabel.apply(found)
    const labels = relabeled === undefined ? Labels.EMPTY : publicLabels(relabeled)
    const stream = labels.size === 0 ? undefined : labels
    known.set(found.key, stream)
    return stream
  }
}
