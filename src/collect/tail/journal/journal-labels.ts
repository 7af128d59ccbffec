import { compileRelabel, type RelabelConfig } from '../../../ingest/relabel.ts'
import { Labels } from '../../../model/labels.ts'
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
    const labels = publicLabels(relabel.apply(found))
    known.set(found.key, labels)
    return labels
  }
}

/** Undefined when nothing is left. */
export function publicLabels(relabeled: Labels | undefined): Labels | undefined {
  if (relabeled === undefined) return undefined
  const hidden = new Set<string>()
  for (let i = 0; i < relabeled.flat.length; i += 2) {
    const name = relabeled.flat[i] as string
    if (name.startsWith('__')) hidden.add(name)
  }
  const labels = hidden.size === 0 ? relabeled : relabeled.without(hidden)
  return labels.size === 0 ? undefined : labels
}
