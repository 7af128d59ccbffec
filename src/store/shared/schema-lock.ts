import { randomUUID } from 'node:crypto'
import { hostname } from 'node:os'
import { setTimeout as sleep } from 'node:timers/promises'
import { Problem } from '../../model/problem.ts'
import type { StoreClient } from '../client.ts'
import { engineCodeOf } from '../engine-code.ts'

const RENEW_MS = 5000
const POLL_MS = 250
/** A holder that has not renewed for so long, by the clock of who waits, is taken for dead. */
const DEAD_AFTER_MS = 30_000
const TABLE_ALREADY_EXISTS = '57'
const UNKNOWN_TABLE = '60'

export interface SchemaLockTimes {
  readonly renewMs: number
  readonly deadAfterMs: number
}

/** Says that the lock is still held by who asks; throws `unavailable` when another took it over. */
export type CheckLock = () => Promise<void>

/**
 * Runs the work while no other process does the same on this store. The lock is a table: the engine makes it once, whoever asks
 * first (on a cluster the queue of distributed statements decides). Its comment is renewed while the work runs; when nobody does
 * so any more the next one takes it over. `isNeeded` is asked before the work, since another may have done it meanwhile.
 */
export async function withSchemaLock(
  client: StoreClient,
  isNeeded: () => Promise<boolean>,
  work: (check: CheckLock) => Promise<void>,
  { renewMs, deadAfterMs }: SchemaLockTimes = { renewMs: RENEW_MS, deadAfterMs: DEAD_AFTER_MS },
): Promise<void> {
  const holder = `${hostname().replaceAll(/[^A-Za-z0-9.-]/g, '-')} ${process.pid} ${randomUUID()}`
  if (!(await acquire(client, holder, isNeeded, deadAfterMs))) return
  const check: CheckLock = async () => {
    const comment = (await readLock(client))?.comment ?? ''
    if (comment.startsWith(holder)) return
    throw new Problem(
      'unavailable',
      'another process has taken over the migration of the store, because this one did not go on for too long',
    )
  }
  let renewals = 0
  const timer = setInterval(() => {
    const statement = `ALTER TABLE {db}.schema_lock MODIFY COMMENT '${holder} ${++renewals}'`
    client.command(statement).catch(() => undefined)
  }, renewMs)
  try {
    if (await isNeeded()) await work(check)
    await check()
  } finally {
    clearInterval(timer)
    const isOwn = await check().then(
      () => true,
      () => false,
    )
    if (isOwn) await client.command('DROP TABLE IF EXISTS {db}.schema_lock').catch(() => undefined)
  }
}

/** False when the work is no longer needed. */
async function acquire(
  client: StoreClient,
  holder: string,
  isNeeded: () => Promise<boolean>,
  deadAfterMs: number,
): Promise<boolean> {
  let seen = ''
  let sinceMs = performance.now()
  for (;;) {
    if (await isCreated(client, holder)) return true
    const lock = await readLock(client)
    const state = `${lock?.uuid} ${lock?.comment}`
    if (state !== seen) {
      seen = state
      sinceMs = performance.now()
    }
    if (lock !== undefined && performance.now() - sinceMs > deadAfterMs) {
      await removeDead(client, lock.uuid)
      continue
    }
    await sleep(POLL_MS)
    if (!(await isNeeded())) return false
  }
}

async function isCreated(client: StoreClient, holder: string): Promise<boolean> {
  try {
    await client.command(
      `CREATE TABLE {db}.schema_lock (holder String) ENGINE = Memory COMMENT '${holder} 0'`,
    )
    return true
  } catch (thrown) {
    if (engineCodeOf(thrown) === TABLE_ALREADY_EXISTS) return false
    throw thrown
  }
}

interface Lock {
  readonly uuid: string
  readonly comment: string
}

async function readLock(client: StoreClient): Promise<Lock | undefined> {
  const [row] = await client.rows(
    `SELECT toString(uuid) AS uuid, comment FROM system.tables WHERE database = {db_name} AND name = 'schema_lock'`,
  )
  return row === undefined
    ? undefined
    : { uuid: String(row['uuid']), comment: String(row['comment']) }
}

/** The name that the dead lock gets is its own: of two who want to remove it, one fails and looks again. */
async function removeDead(client: StoreClient, uuid: string): Promise<void> {
  const dead = `schema_lock_dead_${uuid.replaceAll(/[^0-9a-f]/g, '')}`
  try {
    await client.command(`RENAME TABLE {db}.schema_lock TO {db}.${dead}`)
  } catch (thrown) {
    if ([TABLE_ALREADY_EXISTS, UNKNOWN_TABLE].includes(engineCodeOf(thrown))) return
    throw thrown
  }
  await client.command(`DROP TABLE IF EXISTS {db}.${dead}`)
}
