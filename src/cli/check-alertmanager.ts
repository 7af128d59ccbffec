import type { Command } from 'commander'
import {
  readAlertmanagerFile,
  type AlertmanagerConfig,
} from '../alert/config/alertmanager-config.ts'
import { addFileCheck } from './check-file.ts'
import { count } from './count.ts'
import type { Exit } from './program.ts'

/** `vedette check alertmanager`: what `amtool check-config` does. */
export function addCheckAlertmanager(check: Command, exit: Exit): void {
  addFileCheck(check, exit, {
    name: 'alertmanager',
    summary: 'read alertmanager.yml as the server would',
    description:
      'Reads files of Alertmanager as the server would and says what is wrong, as file:line:col, and what they set up.\n' +
      'Exit code 1 when something is wrong.',
    example: 'alertmanager.yml',
    read: (file, faults) => {
      const config = readAlertmanagerFile(file, { faults, env: process.env })
      return config && summarize(config)
    },
  })
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
