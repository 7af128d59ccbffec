import { readFileSync } from 'node:fs'
import { Option, type Command } from 'commander'
import { findDuplicateRules, type DuplicateRule } from '../alert/rules/find-duplicate-rules.ts'
import { readRuleFile, readRuleText } from '../alert/rules/read-rule-file.ts'
import type { RuleGroupConfig, RuleLanguage } from '../alert/rules/rule-config.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { count } from './count.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'

interface CheckRulesOptions {
  readonly lint: 'all' | 'duplicate-rules' | 'none'
  readonly lintFatal: boolean
  readonly ignoreUnknownFields: boolean
  readonly language: RuleLanguage
}

/** promtool's own. */
const LINT_EXIT_CODE = 3

/** `vedette check rules`: what `promtool check rules` does. */
export function addCheckRules(check: Command, exit: Exit): void {
  check
    .command('rules')
    .summary('read rule files as the server would')
    .description(
      'Reads rule files as the server would and says what is wrong, as file:line:col. Rules that write over each other are told\n' +
        'as a warning. Exit code 1 when something is wrong, 3 when there are warnings and --lint-fatal is given.',
    )
    .argument('[file...]', 'rule files (default: standard input)')
    .addOption(
      new Option('--lint <what>', 'what is warned about')
        .choices(['all', 'duplicate-rules', 'none'])
        .default('duplicate-rules'),
    )
    .option('--lint-fatal', 'warnings make the exit code 3', false)
    .option('--ignore-unknown-fields', 'pass over keys that no rule file has', false)
    .addOption(
      new Option('--language <language>', 'of groups that do not say theirs with type')
        .choices(['promql', 'logql', 'traceql'])
        .default('promql'),
    )
    .action((files: string[], options: CheckRulesOptions) => {
      const text = (files.length === 0 ? [undefined] : files)
        .map((file) => checkFile(file, options, exit))
        .join('')
      process.stdout.write(text)
    })
}

function checkFile(file: string | undefined, options: CheckRulesOptions, exit: Exit): string {
  const faults = new FaultList()
  const name = file ?? 'standard input'
  const { language, ignoreUnknownFields: ignoreUnknownKeys } = options
  const read = { faults, ignoreUnknownKeys, language }
  const groups =
    file === undefined
      ? readRuleText(readFileSync(0, 'utf8'), name, read)
      : readRuleFile(file, read)
  const duplicates = options.lint === 'none' || faults.hasErrors ? [] : findDuplicateRules(groups)
  if (faults.hasErrors) exit.code = 1
  else if (duplicates.length > 0 && options.lintFatal && exit.code === 0) exit.code = LINT_EXIT_CODE
  const lines = [
    ...faults.items.map(formatFault),
    ...duplicates.map((duplicate) => describeDuplicate(name, duplicate)),
    `${name}: ${summarize(groups, faults.errorCount, duplicates.length)}`,
    ...(faults.hasErrors && language === 'promql' ? hintAtLogql(file) : []),
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

/** For a file that is wrong as PromQL and right as LogQL: it was written for the ruler of Loki. */
function hintAtLogql(file: string | undefined): readonly string[] {
  if (file === undefined) return []
  const faults = new FaultList()
  const groups = readRuleFile(file, { faults, language: 'logql' })
  if (faults.hasErrors || groups.length === 0) return []
  return [`${file}: these are rules on logs: check them with --language logql`]
}

function describeDuplicate(file: string, { name, labels, lines }: DuplicateRule): string {
  const set = labels.map(([label, text]) => `${label}=${JSON.stringify(text)}`).join(', ')
  const others = lines.slice(1).join(', ')
  return `${file}:${lines[0]}: warning: ${name}{${set}} is written by another rule too (line ${others}): they overwrite each other`
}

function summarize(groups: readonly RuleGroupConfig[], errors: number, warnings: number): string {
  if (errors > 0) return `bad: ${count(errors, 'error')}`
  const rules = groups.reduce((sum, group) => sum + group.rules.length, 0)
  const found = `good: ${count(rules, 'rule')} in ${count(groups.length, 'group')}`
  return warnings === 0 ? found : `${found}, ${count(warnings, 'warning')}`
}
