import type { Command } from 'commander'
import { readLogsPart, type LogsConfig } from '../logs-config.ts'
import { formatDurationMs } from '../model/duration.ts'
import { addFileCheck } from './check-file.ts'
import { count } from './count.ts'
import type { Exit } from './program.ts'

/** `vedette check loki`: what `loki -verify-config` does. */
export function addCheckLoki(check: Command, exit: Exit): void {
  addFileCheck(check, exit, {
    name: 'loki',
    summary: 'read a Loki file as the server would',
    description:
      'Reads files of Loki as the server would and says what is wrong, as file:line:col, what has no effect here, and what they\n' +
      'set. Exit code 1 when something is wrong.',
    example: 'loki.yml',
    read: (file, faults) =>
      summarize(readLogsPart(undefined, { loki: file }, { faults, env: process.env })),
  })
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
