import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import type { ClickhouseConfig } from './clickhouse-config.ts'
import { messageOf, Problem } from './model/problem.ts'
import type { Log } from './self/log.ts'
import { StoreClient } from './store/client.ts'
import {
  checkServer,
  explainStoreFault,
  ServerAway,
  type CheckedServer,
} from './store/shared/check-server.ts'

const RETRY_MS = 2000
const TOLD_EVERY = 15

/** A way to a ClickHouse, which nobody has asked anything yet. Throws where the certificate cannot be read. */
export function connectClickhouse(clickhouse: ClickhouseConfig, database: string): StoreClient {
  const { urls, username, password, caFile, cluster } = clickhouse
  return new StoreClient({
    url: urls,
    database,
    isShared: true,
    ...(username === undefined ? {} : { username }),
    ...(password === undefined ? {} : { password: password.reveal() }),
    ...(caFile === undefined ? {} : { certificate: readCertificate(caFile) }),
    ...(cluster === undefined ? {} : { cluster }),
  })
}

function readCertificate(file: string): Buffer {
  try {
    return readFileSync(file)
  } catch (cause) {
    throw new Problem('bad_data', `clickhouse.ca_file: ${messageOf(cause)}`, { cause })
  }
}

/**
 * Resolves when the ClickHouse is there and fit to keep data in; undefined when `isStopping` before that. One that is away is waited for, as
 * the own engine is; anything else that is wrong rejects with a `Problem` that says what to do.
 */
export async function awaitClickhouse(
  client: StoreClient,
  clickhouse: ClickhouseConfig,
  log: Log,
  isStopping: () => boolean,
): Promise<CheckedServer | undefined> {
  for (let attempt = 1; !isStopping(); attempt++) {
    try {
      return await checkServer(client, clickhouse)
    } catch (thrown) {
      if (!(thrown instanceof ServerAway)) throw thrown
      if (attempt % TOLD_EVERY === 1)
        log.warn('the store cannot be opened yet; it is tried again', { reason: thrown.message })
      await sleep(RETRY_MS)
    }
  }
  return undefined
}

/** Runs what opens a store; what goes wrong is told with the address and what to do. */
export async function openingClickhouse<T>(
  clickhouse: ClickhouseConfig | undefined,
  open: () => Promise<T>,
): Promise<T> {
  try {
    return await open()
  } catch (thrown) {
    throw clickhouse === undefined ? thrown : explainStoreFault(thrown, clickhouse)
  }
}
