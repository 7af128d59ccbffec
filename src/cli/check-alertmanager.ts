import type { Command } from 'commander'
import {
  readAlertmanagerFile,
  type AlertmanagerConfig,
} from '../alert/config/alertmanager-config.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'

/** `vedette check alertmanager`: what `amtool check-config` does. */
export function addCheckAlertmanager(check: Command, exit: Exit): void {
  check
    .command('alertmanager')
    .summary('read alertmanager.yml as the server would')
    .description(
      'Reads files of Alertmanager as the server would and says what is wrong, as file:line:col, and what they set up.\n' +
        'Exit code 1 when something is wrong.',
    )
    .argument('<file...>', 'alertmanager.yml')
    .action((files: string[]) => {
      process.stdout.write(files.map((file) => checkFile(file, exit)).join(''))
    })
}

function checkFile(file: string, exit: Exit): string {
  const faults = new FaultList()
  const config = readAlertmanagerFile(file, { faults, env: process.env })
  if (faults.hasErrors) exit.code = 1
  const warnings = faults.items.length - faults.errorCount
  const found =
    faults.hasErrors || !config
      ? `bad: ${count(faults.errorCount, 'error')}`
      : `good: ${summarize(config)}`
  const lines = [
    ...faults.items.map(formatFault),
    `${file}: ${found}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function summarize(config: AlertmanagerConfig): string {
  const { inhibitRules, receivers, templates, timeIntervals, muteTimeIntervals } = config
  return [
    'global config',
    count(countRoutes(config.route), 'route'),
    count(inhibitRules.length, 'inhibit rule'),
    count(receivers.length, 'receiver'),
    count(timeIntervals.length + muteTimeIntervals.length, 'time interval'),
    count(templates.length, 'template'),
  ].join(', ')
}

function countRoutes(route: AlertmanagerConfig['route']): number {
  return route.routes.reduce((sum, child) => sum + countRoutes(child), 1)
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
