import { existsSync } from 'node:fs'
import { setTimeout as wait } from 'node:timers/promises'
import type { Command } from 'commander'
import { loadConfig } from '../config.ts'
import { Problem } from '../model/problem.ts'
import { unitFile } from '../operate/install/install.ts'
import { isActive, isBootedWithSystemd, systemctl } from '../operate/install/systemd.ts'
import { findHolder } from '../start-engine.ts'
import { SERVICE } from './install-verb.ts'
import { withAccessPlace, type AccessPlace } from './open-access.ts'
import { ownTerminal, type Terminal } from './terminal.ts'

/** Longer than a server takes to store what it has accepted, and to give up on it. */
const STOP_TIMEOUT_MS = 30_000

/** `vedette stop` and `vedette restart`. */
export function addServiceVerbs(program: Command): void {
  withAccessPlace(program.command('stop'))
    .summary('stop the server')
    .description(
      'Stops the service, if there is one and no data directory is named; otherwise the server that uses that directory. It\n' +
        'waits until everything that was accepted is stored.',
    )
    .action(async (place: AccessPlace) => runStop(place, ownTerminal()))
  program
    .command('restart')
    .summary('restart the service')
    .description('Restarts the service that `vedette install` has made, or starts it.')
    .action(() => {
      if (!hasService()) {
        throw new Problem(
          'not_found',
          'there is no service to restart (vedette install makes one): end the server and start it again',
        )
      }
      systemctl('restart', SERVICE)
      ownTerminal().write(`restarted ${SERVICE}\n`)
    })
}

async function runStop(place: AccessPlace, terminal: Terminal): Promise<void> {
  const isNamed = place.data !== undefined || place.config !== undefined
  if (!isNamed && isActive(SERVICE)) {
    systemctl('stop', SERVICE)
    terminal.write(`stopped ${SERVICE}\n`)
    return
  }
  const folder = dataFolderOf(place)
  const pid = findHolder(folder)
  if (pid === undefined) throw new Problem('not_found', `no server uses ${folder}`)
  process.kill(pid, 'SIGTERM')
  for (let waitedMs = 0; findHolder(folder) === pid; waitedMs += 100) {
    if (waitedMs >= STOP_TIMEOUT_MS) {
      throw new Problem(
        'timeout',
        `process ${pid} was told to end and has not for 30 s; it goes on`,
      )
    }
    await wait(100)
  }
  terminal.write(`stopped the server of ${folder} (process ${pid})\n`)
}

/** A configuration with faults names no other folder than it did when the server was started. */
function dataFolderOf(place: AccessPlace): string {
  const loaded = loadConfig({ flags: place, env: process.env })
  if (loaded.ok) return loaded.config.dataFolder
  if (place.data !== undefined) return place.data
  throw new Problem('bad_data', 'the configuration has faults: name the data directory with --data')
}

function hasService(): boolean {
  return isBootedWithSystemd() && existsSync(unitFile({ root: '/', unit: SERVICE }))
}
