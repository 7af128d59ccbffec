import type { Command } from 'commander'
import { FaultList, formatFault } from '../yaml/fault.ts'
import { count } from './count.ts'
import { printable } from './printable.ts'
import type { Exit } from './program.ts'

/** A kind of file that `vedette check` reads. */
export interface CheckedKind {
  /** The verb behind `check`, and what its help says. */
  readonly name: string
  readonly summary: string
  readonly description: string
  /** The usual name of such a file. */
  readonly example: string
  /** Reads a file as the server would: what is wrong goes to `faults`; the answer says what the file sets up, undefined when it cannot be read. */
  readonly read: (file: string, faults: FaultList) => string | undefined
}

/** Adds a verb that reads files and says of each whether it is good, with exit code 1 when one is not. */
export function addFileCheck(check: Command, exit: Exit, kind: CheckedKind): void {
  check
    .command(kind.name)
    .summary(kind.summary)
    .description(kind.description)
    .argument('<file...>', kind.example)
    .action((files: string[]) => {
      process.stdout.write(files.map((file) => checkFile(file, kind, exit)).join(''))
    })
}

function checkFile(file: string, { read }: CheckedKind, exit: Exit): string {
  const faults = new FaultList()
  const sets = read(file, faults)
  if (faults.hasErrors) exit.code = 1
  const warnings = faults.items.length - faults.errorCount
  const found =
    faults.hasErrors || sets === undefined
      ? `bad: ${count(faults.errorCount, 'error')}`
      : `good: ${sets}`
  const lines = [
    ...faults.items.map(formatFault),
    `${file}: ${found}${warnings > 0 ? `, ${count(warnings, 'warning')}` : ''}`,
  ]
  return lines.map((line) => `${printable(line)}\n`).join('')
}
