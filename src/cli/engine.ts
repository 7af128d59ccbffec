import { readFileSync } from 'node:fs'
import { mkdirSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { Problem } from '../model/problem.ts'
import { createLog } from '../self/log.ts'
import { startEngine } from '../engine/supervise.ts'
import { untilSignal } from './signals.ts'

/** `vedette engine`: the store alone, behind ClickHouse's HTTP interface. */
export function addEngine(program: Command): void {
  program
    .command('engine')
    .description('run the store alone over TCP, for other servers or an SQL client')
    .requiredOption('--listen <host:port>', 'where to listen')
    .requiredOption('--password-file <file>', 'a file that holds the password; the user is "vedette"')
    .option('--data <folder>', 'the data directory', 'data')
    .action(async (options: { listen: string; passwordFile: string; data: string }) => {
      const at = options.listen.lastIndexOf(':')
      const port = Number(options.listen.slice(at + 1))
      if (at < 1 || !Number.isInteger(port) || port < 0 || port > 65_535) {
        throw new Problem('bad_data', `--listen ${options.listen}: must be HOST:PORT`)
      }
      const password = readFileSync(options.passwordFile, 'utf8').trim()
      if (password.length < 12) throw new Problem('bad_data', `--password-file: the password must have at least 12 characters`)
      const dataDir = path.resolve(options.data)
      mkdirSync(dataDir, { recursive: true, mode: 0o700 })
      const engine = await startEngine({
        dataDir,
        memoryBudgetBytes: 400 * 2 ** 20,
        log: createLog(),
        listen: { host: options.listen.slice(0, at), port, user: 'vedette', password },
      })
      await engine.whenReady()
      process.stdout.write(`the engine answers on http://${options.listen}\n`)
      await untilSignal()
      await engine.stop()
    })
}
