import type { Command } from 'commander'
import type { TailConfig } from '../collect/tail/config/promtail-config.ts'
import { readPromtailFile } from '../collect/tail/config/promtail-part.ts'
import { addFileCheck } from './check-file.ts'
import { count } from './count.ts'
import type { Exit } from './program.ts'

/** `vedette check promtail`: what `promtail -check-syntax` does. */
export function addCheckPromtail(check: Command, exit: Exit): void {
  addFileCheck(check, exit, {
    name: 'promtail',
    summary: 'read promtail.yml as the server would',
    description:
      'Reads files of promtail as the server would and says what is wrong, as file:line:col, what has no effect here, and what\n' +
      'they set up. Exit code 1 when something is wrong.',
    example: 'promtail.yml',
    read: (file, faults) => {
      const part = readPromtailFile(file, { faults, env: process.env, aliases: {} })
      return part && summarize(part.config)
    },
  })
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
