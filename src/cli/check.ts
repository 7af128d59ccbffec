import type { Command } from 'commander'
import { checkConfig } from '../config-check.ts'
import { formatFault } from '../yaml/fault.ts'
import { count } from './count.ts'
import { addCheckAlertmanager } from './check-alertmanager.ts'
import { addCheckLoki } from './check-loki.ts'
import { addCheckOtel } from './check-otel.ts'
import { addCheckPromtail } from './check-promtail.ts'
import { addCheckRules } from './check-rules.ts'
import { addCheckBlackbox } from './check-blackbox.ts'
import { addCheckTempo } from './check-tempo.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'

/** `vedette check config`, and the other verbs that check files. */
export function addCheck(program: Command, exit: Exit): void {
  const check = program
    .command('check')
    .summary('look at files without starting anything')
    .description('Looks at files without starting anything.')
  check
    .command('config')
    .summary('read configuration as start would')
    .description(
      'Reads configuration as "vedette start --config" would and says what is wrong, as file:line:col.\n' +
        'Files that the configuration names must be there too. Exit code 1 when something is wrong.',
    )
    .argument('<file...>', 'vedette.yml, prometheus.yml, or a folder that holds them')
    .option('--syntax-only', 'do not look whether the files that it names are there', false)
    .action((files: string[], options: { syntaxOnly: boolean }) => {
      const text = runCheck(files, options.syntaxOnly, exit)
      process.stdout.write(text)
    })
  addCheckRules(check, exit)
  addCheckAlertmanager(check, exit)
  addCheckPromtail(check, exit)
  addCheckLoki(check, exit)
  addCheckOtel(check, exit)
  addCheckTempo(check, exit)
  addCheckBlackbox(check, exit)
}

/** What is said about the files; sets the exit code. */
function runCheck(files: readonly string[], syntaxOnly: boolean, exit: Exit): string {
  const lines: string[] = []
  for (const file of files) {
    const { ok, faults, files: checked } = checkConfig([file], { env: process.env, syntaxOnly })
    for (const fault of faults) lines.push(printable(formatFault(fault)))
    const errors = faults.filter(({ severity }) => severity === 'error').length
    const summary = ok ? `good: ${checked[0]?.summary}` : `bad: ${count(errors, 'error')}`
    const warnings = faults.length - errors
    lines.push(
      `${printable(file)}: ${summary}${warnings === 0 ? '' : `, ${count(warnings, 'warning')}`}`,
    )
    if (!ok) exit.code = 1
  }
  return `${lines.join('\n')}\n`
}
