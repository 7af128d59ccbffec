import { readFileSync } from 'node:fs'
import path from 'node:path'
import type { Command } from 'commander'
import { messageOf, Problem } from '../model/problem.ts'
import { createLog } from '../self/log.ts'
import { startEngineAlone } from '../start-engine.ts'

import { withProgress } from './progress.ts'
import { untilSignal } from './signals.ts'
import { UsageError } from './usage-error.ts'

interface EngineVerbOptions {
  readonly listen: string
  readonly passwordFile: string
  readonly data: string
}

/** `vedette engine`: the store alone, behind ClickHouse's HTTP interface. */
export function addEngine(program: Command): void {
  program
    .command('engine')
    .summary('run the store alone, for other servers or an SQL client')
    .description(
      'Runs the store alone behind the HTTP interface of ClickHouse, with a password: for servers that are started with\n' +
        '--clickhouse.url, or for an SQL client. It is not encrypted: leave it on 127.0.0.1 or put a TLS proxy before it.',
    )
    .requiredOption('--listen <host:port>', 'where to listen, e.g. 127.0.0.1:8123')
    .requiredOption(
      '--password-file <file>',
      'a file that holds the password; the user is "vedette"',
    )
    .option('--data <folder>', 'the data directory; no server may use it at the same time', 'data')
    .addHelpText(
      'after',
      `
Example:
  head -c 24 /dev/urandom | base64 > password
  vedette engine --listen 127.0.0.1:8123 --password-file password --data /var/lib/vedette
  curl -u "vedette:$(cat password)" http://127.0.0.1:8123/ -d 'SELECT count() FROM vedette.samples'`,
    )
    .action(runEngine)
}

async function runEngine(options: EngineVerbOptions): Promise<void> {
  const listen = {
    ...readAddress(options.listen),
    user: 'vedette',
    password: readPassword(options.passwordFile),
  }
  const signaled = untilSignal()
  let isServing = false
  const write = (line: string): void => {
    // Before that a failure ends this program, and its message says all.
    if (isServing) process.stderr.write(line)
  }
  const engine = await withProgress('starting the engine', async () =>
    startEngineAlone({
      dataFolder: path.resolve(options.data),
      listen,
      log: createLog({ level: 'warn', write }),
    }),
  )
  isServing = true
  process.stdout.write(`the engine answers on ${engine.url} as user "vedette"; Ctrl-C ends it\n`)
  await signaled
  await engine.stop()
}

function readAddress(text: string): { host: string; port: number } {
  const found = /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9_.-]+)):([0-9]{1,5})$/.exec(text)
  const port = Number(found?.[3])
  if (!found || port > 65_535) {
    throw new UsageError(
      `--listen: must be HOST:PORT such as 127.0.0.1:8123, not ${JSON.stringify(text)}`,
    )
  }
  return { host: found[1] ?? found[2] ?? '', port }
}

const LEAST_PASSWORD_LENGTH = 12

function readPassword(file: string): string {
  let password: string
  try {
    password = readFileSync(file, 'utf8').trim()
  } catch (thrown) {
    throw new Problem('bad_data', `--password-file: ${file} cannot be read: ${messageOf(thrown)}`)
  }
  if (password.length < LEAST_PASSWORD_LENGTH) {
    throw new Problem(
      'bad_data',
      `--password-file: the password in ${file} must have at least ${LEAST_PASSWORD_LENGTH} characters`,
    )
  }
  return password
}
