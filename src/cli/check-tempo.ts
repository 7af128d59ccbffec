import type { Command } from 'commander'
import { formatDurationMs } from '../model/duration.ts'
import { readTempoFile, type TracesConfig } from '../tempo-config.ts'
import { addFileCheck } from './check-file.ts'
import type { Exit } from './program.ts'

/** `vedette check tempo`: what `tempo -config.verify` does. */
export function addCheckTempo(check: Command, exit: Exit): void {
  addFileCheck(check, exit, {
    name: 'tempo',
    summary: 'read a file of Tempo as the server would',
    description:
      'Reads files of Tempo as the server would and says what is wrong, as file:line:col, what has no effect here, and what\n' +
      'they set. Exit code 1 when something is wrong.',
    example: 'tempo.yml',
    read: (file, faults) => summarize(readTempoFile(file, { faults, env: process.env })),
  })
}

function summarize({ retentionMs, generator }: TracesConfig): string {
  const kept =
    retentionMs === undefined
      ? 'as long as metrics'
      : Number.isFinite(retentionMs)
        ? `for ${formatDurationMs(retentionMs)}`
        : 'for ever'
  const made =
    generator === undefined ? 'no metrics are made of spans' : 'metrics are made of spans'
  return `traces are kept ${kept}, ${made}`
}
