import path from 'node:path'
import type { Command } from 'commander'
import { readModules, type ProbeModules } from '../collect/probes/probe-module.ts'
import type { FaultList } from '../yaml/fault.ts'
import { readYamlFile } from '../yaml/read-file.ts'
import { addFileCheck } from './check-file.ts'
import { count } from './count.ts'
import type { Exit } from './program.ts'

/** `vedette check blackbox`: what `blackbox_exporter --config.check` does. */
export function addCheckBlackbox(check: Command, exit: Exit): void {
  addFileCheck(check, exit, {
    name: 'blackbox',
    summary: 'read a modules file of blackbox_exporter as the server would',
    description:
      'Reads modules files of blackbox_exporter as the server would and says what is wrong, as file:line:col, and what has no\n' +
      'effect here. Exit code 1 when something is wrong.',
    example: 'blackbox.yml',
    read: readFile,
  })
}

function readFile(file: string, faults: FaultList): string | undefined {
  const root = readYamlFile(file, { faults, env: process.env })
  const context = { folder: path.dirname(path.resolve(file)), warnsUnsupported: true }
  return root && summarize(readModules(root, context))
}

function summarize(modules: ProbeModules): string {
  return `${count(modules.size, 'module')}: ${[...modules.keys()].join(', ')}`
}
