import { existsSync } from 'node:fs'
import { userInfo } from 'node:os'
import { Option, type Command } from 'commander'
import { createAccessControl, type AccessControl } from '../access/access-control.ts'
import type { Caller } from '../access/principal.ts'
import { ALL_SCOPES } from '../access/scope.ts'
import { Problem } from '../model/problem.ts'
import { silentLog } from '../self/log.ts'
import { placeOfMetadata } from '../start-metadata.ts'
import { openMetadataBeside } from '../store/metadata/open.ts'
import { loadPlace } from './load-place.ts'

/** Where users and tokens are kept: as `start` was told. */
export interface AccessPlace {
  readonly config?: string
  readonly data?: string
}

/** Adds `--data` and `--config`. */
export function withAccessPlace(command: Command): Command {
  return command
    .addOption(new Option('--data <folder>', 'the data directory of the server (default: data)'))
    .addOption(new Option('--config <path>', 'what the server is started with, if anything'))
}

/**
 * Works on the users and tokens of a server, whether it runs or not: who may open its database may do everything. A server that
 * runs knows of it within ten seconds. Throws a `Problem`.
 */
export async function withAccess<T>(
  place: AccessPlace,
  work: (control: AccessControl, by: Caller) => Promise<T>,
): Promise<T> {
  const config = loadPlace(place)
  if (config.metadata.url === undefined && !existsSync(config.dataFolder)) {
    const advice = 'name the one that the server was started with: --data DIR, or --config PATH'
    throw new Problem('not_found', `there is no data directory ${config.dataFolder}: ${advice}`)
  }
  const log = silentLog()
  const metadata = await openMetadataBeside(placeOfMetadata(config), log)
  const control = createAccessControl({ metadata, log, isLocal: () => true })
  try {
    return await work(control, commandLine())
  } finally {
    await control.close()
    await metadata.close()
  }
}

function commandLine(): Caller {
  const name = `command line (${userInfo().username})`
  return { principal: { kind: 'loopback', name, scopes: ALL_SCOPES }, address: '' }
}
