import { FaultList, type ConfigFault } from '../../../yaml/fault.ts'
import { readRuleFile } from '../read-rule-file.ts'
import type { RuleGroupConfig } from '../rule-config.ts'
import { readTestFile } from './read-test-file.ts'
import { runTestGroup, type TestFailure } from './run-test-group.ts'

export interface TestFileOptions {
  /** Which tests are run, by name; all by default. */
  readonly isWanted?: (name: string) => boolean
  /** Keys that no rule file has are passed over. */
  readonly ignoreUnknownKeys?: boolean
  /** `promql-delayed-name-removal`; off by default. */
  readonly delayedNameRemoval?: boolean
}

export interface TestFileResult {
  /** No error in the files, and no test that failed. */
  readonly isOk: boolean
  /** Of the file of tests and of its rule files. With an error among them no test was run. */
  readonly faults: readonly ConfigFault[]
  /** Those that were run, in the order of the file. */
  readonly tests: readonly { readonly name: string; readonly failures: readonly TestFailure[] }[]
}

/** Runs the unit tests of a file in promtool's format. */
export async function runTestFile(
  file: string,
  {
    isWanted = () => true,
    ignoreUnknownKeys = false,
    delayedNameRemoval = false,
  }: TestFileOptions = {},
): Promise<TestFileResult> {
  const faults = new FaultList()
  const found = readTestFile(file, faults)
  const rules = (found?.ruleFiles ?? []).flatMap((each) =>
    readRuleFile(each, { faults, ignoreUnknownKeys }),
  )
  if (found === undefined || faults.hasErrors) {
    return { isOk: false, faults: faults.items, tests: [] }
  }
  const { evaluationIntervalMs, isFuzzy } = found
  const options = { evaluationIntervalMs, isFuzzy, delayedNameRemoval }
  const ordered = orderGroups(rules, found.groupOrder)
  const tests: TestFileResult['tests'][number][] = []
  for (const group of found.groups) {
    if (!isWanted(group.name)) continue
    tests.push({ name: group.name, failures: await runTestGroup(group, ordered, options) })
  }
  const isOk = tests.every(({ failures }) => failures.length === 0)
  return { isOk, faults: faults.items, tests }
}

/** As `group_eval_order` wants it; groups that it does not name come with its first. */
function orderGroups(
  groups: readonly RuleGroupConfig[],
  order: readonly string[],
): readonly RuleGroupConfig[] {
  const rank = ({ name }: RuleGroupConfig): number => Math.max(0, order.indexOf(name))
  return groups.toSorted((a, b) => rank(a) - rank(b))
}
