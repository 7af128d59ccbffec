import type { Command } from 'commander'
import { readCollectorFile, type CollectorPart } from '../collector-config.ts'
import { addFileCheck } from './check-file.ts'
import { count } from './count.ts'
import type { Exit } from './program.ts'

/** `vedette check otel`: what `otelcol validate` does. */
export function addCheckOtel(check: Command, exit: Exit): void {
  addFileCheck(check, exit, {
    name: 'otel',
    summary: 'read a file of the OpenTelemetry Collector as the server would',
    description:
      'Reads files of the OpenTelemetry Collector as the server would and says what is wrong, as file:line:col, what has no\n' +
      'effect here, and what the pipelines do. Exit code 1 when something is wrong.',
    example: 'otel-collector.yml',
    read: (file, faults) => {
      const part = readCollectorFile(file, { faults, env: process.env, aliases: {} })
      return part && summarize(part)
    },
  })
}

function summarize({ pipelines }: CollectorPart): string {
  const exporters = new Map(
    pipelines.flatMap((each) => each.exporters.map(({ id, spec }) => [id, spec.kind] as const)),
  )
  const sent = [...exporters].filter(([, kind]) => kind === 'remote').map(([id]) => id)
  const isKept = [...exporters.values()].includes('own')
  return [
    `${count(pipelines.length, 'pipeline')} (${pipelines.map(({ id }) => id).join(', ')})`,
    isKept ? 'data is stored here' : 'nothing is stored here',
    ...(sent.length > 0 ? [`sent on by ${sent.join(', ')}`] : []),
  ].join(', ')
}
