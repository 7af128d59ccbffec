import type { Command } from 'commander'
import { readLogsPart, type LogsConfig } from '../logs-config.ts'
import { formatDurationMs } from '../model/duration.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'

/** `vedette check loki`: what `loki -verify-config` does. */
export function addCheckLoki(check: Command, exit: Exit): void {
  check
    .command('loki')
    .summary('read a Loki file as the server would')
    .description(
      'Reads files of Loki as the server would and says what is wrong, as file:line:col, what has no effect here, and what they\n' +
        'set. Exit code 1 when something is wrong.',
    )
    .argument('<file...>', 'loki.yml')
    .action((files: string[]) => {
      process.stdout.write(files.map((file) => checkFile(file, exit)).join(''))
    })
}

function checkFile(file: string, exit: Exit): string {
  const faults = new FaultList()
  const config = readLogsPart(undefined, { loki: file }, { faults, env: process.env })
  if (faults.hasErrors) exit.code = 1
  const warnings = faults.items.length - faults.errorCount
  const found = faults.hasErrors
    ? `bad: ${count(faults.errorCount, 'error')}`
    : `good: ${summarize(config)}`
  const lines = [
    ...faults.items.map(formatFault),
    `${file}: ${found}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

/** What decides how long lines are kept and whether they can be deleted: what nobody wants to be wrong about. */
function summarize({ retention, deletion }: LogsConfig): string {
  const { timeMs, rules } = retention
  const kept = Number.isFinite(timeMs) ? `for ${formatDurationMs(timeMs)}` : 'for ever'
  return [
    `lines are kept ${kept}`,
    ...(rules.length > 0 ? [`${count(rules.length, 'rule')} for other streams`] : []),
    ...(deletion.isEnabled ? [] : ['requests to delete are refused']),
  ].join(', ')
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
