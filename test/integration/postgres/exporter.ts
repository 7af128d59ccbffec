import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { createInterface } from 'node:readline'

const PROGRAM = 'prometheus-postgres-exporter'

/** Whether Debian's postgres_exporter is installed. */
export function hasExporter(): boolean {
  return (process.env['PATH'] ?? '')
    .split(delimiter)
    .some((folder) => existsSync(join(folder, PROGRAM)))
}

/** Debian's postgres_exporter, with the program's own metrics left out of its page. */
export interface Exporter {
  readonly page: () => Promise<string>
  readonly stop: () => Promise<void>
}

export async function startExporter(
  dsn: string,
  env: Readonly<Record<string, string>> = {},
): Promise<Exporter> {
  const child = spawn(PROGRAM, ['--web.listen-address=127.0.0.1:0'], {
    env: { PATH: process.env['PATH'] ?? '', DATA_SOURCE_NAME: dsn, ...env },
    stdio: ['ignore', 'ignore', 'pipe'],
  })
  let address = ''
  for await (const line of createInterface(child.stderr)) {
    address = /"Listening on" address=(\S+)/.exec(line)?.[1] ?? ''
    if (address !== '') break
  }
  if (address === '') throw new Error(`${PROGRAM} did not start`)
  child.stderr.resume()
  return {
    page: async () => (await fetch(`http://${address}/metrics`)).text(),
    stop: async () => {
      child.kill()
      if (child.exitCode === null && child.signalCode === null) await once(child, 'exit')
    },
  }
}
