import { createLog, type Log } from '../self/log.ts'
import type { Terminal } from './terminal.ts'

/** The log of what a verb runs by itself, beside a server: warnings and worse, as remarks. */
export function warningLog(terminal: Terminal): Log {
  return createLog({ level: 'warn', format: 'logfmt', write: (line) => terminal.remark(line) })
}
