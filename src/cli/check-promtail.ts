import type { Command } from 'commander'
import type { TailConfig } from '../collect/tail/config/promtail-config.ts'
import { readPromtailFile } from '../collect/tail/config/promtail-part.ts'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'

/** `vedette check promtail`: what `promtail -check-syntax` does. */
export function addCheckPromtail(check: Command, exit: Exit): void {
  check
    .command('promtail')
    .summary('read promtail.yml as the server would')
    .description(
      'Reads files of promtail as the server would and says what is wrong, as file:line:col, what has no effect here, and what\n' +
        'they set up. Exit code 1 when something is wrong.',
    )
    .argument('<file...>', 'promtail.yml')
    .action((files: string[]) => {
      process.stdout.write(files.map((file) => checkFile(file, exit)).join(''))
    })
}

function checkFile(file: string, exit: Exit): string {
  const faults = new FaultList()
  const part = readPromtailFile(file, { faults, env: process.env, aliases: {} })
  if (faults.hasErrors) exit.code = 1
  const warnings = faults.items.length - faults.errorCount
  const found =
    faults.hasErrors || part === undefined
      ? `bad: ${count(faults.errorCount, 'error')}`
      : `good: ${summarize(part.config)}`
  const lines = [
    ...faults.items.map(formatFault),
    `${file}: ${found}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}

function summarize({ jobs }: TailConfig): string {
  const stages = jobs.reduce((sum, job) => sum + job.stages.length, 0)
  const journals = jobs.filter((job) => job.journal !== undefined).length
  return [
    count(jobs.length, 'scrape job'),
    count(stages, 'pipeline stage'),
    ...(journals > 0 ? [count(journals, 'journal')] : []),
  ].join(', ')
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`
}
