import { realpathSync } from 'node:fs'
import { readRuleFile, type ReadRulesOptions } from './read-rule-file.ts'
import type { RuleGroupConfig } from './rule-config.ts'

/** Reads rule files; one that two paths lead to is read once. With an error among the faults nothing of it is for use. */
export function loadRules(
  files: readonly string[],
  options: ReadRulesOptions,
): readonly RuleGroupConfig[] {
  const byRealPath = new Map<string, string>()
  for (const file of files) {
    const real = realPath(file)
    if (!byRealPath.has(real)) byRealPath.set(real, file)
  }
  return [...byRealPath.values()].flatMap((file) => readRuleFile(file, options))
}

function realPath(file: string): string {
  try {
    return realpathSync(file)
  } catch {
    // Reading it will say what is wrong.
    return file
  }
}
