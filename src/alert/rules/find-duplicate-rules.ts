import type { NamedText, RuleGroupConfig } from './rule-config.ts'

/** A metric or alert that more than one rule of a file makes, with the same labels. */
export interface DuplicateRule {
  readonly name: string
  readonly labels: readonly NamedText[]
  /** Where its rules begin, in the order of the file. */
  readonly lines: readonly number[]
}

/** Finds the rules that write over each other (promtool's lint `duplicate-rules`), sorted by name and labels. */
export function findDuplicateRules(groups: readonly RuleGroupConfig[]): readonly DuplicateRule[] {
  const found = new Map<string, DuplicateRule & { readonly lines: number[] }>()
  for (const { name, labels, line } of groups.flatMap((group) => group.rules)) {
    const key = JSON.stringify([name, labels])
    const known = found.get(key)
    if (known === undefined) found.set(key, { name, labels, lines: [line] })
    else known.lines.push(line)
  }
  return [...found]
    .filter(([, { lines }]) => lines.length > 1)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([, duplicate]) => duplicate)
}
