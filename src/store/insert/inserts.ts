import type { StoreClient } from '../client.ts'
import type { Block } from './blocks.ts'

/** One insert of a batch. The bytes are made when it is its turn. */
export interface Insert {
  readonly table: string
  readonly block: () => Block
  /** Where a row may not be inserted twice: whether the rows are in the table. Elsewhere the table folds them. */
  readonly isThere?: () => Promise<boolean>
  readonly onDone?: () => void
  /** Settings of the engine for this insert, as the SETTINGS clause writes them. */
  readonly settings?: string
  attempts: number
  done: boolean
}

/** An insert into a table that folds repeated rows. */
export function later(table: string, block: () => Block, settings = ''): Insert {
  return { table, block, settings, attempts: 0, done: false }
}

/**
 * Sends the inserts of a batch that are not done yet, in order. Each is one part with a token of its own, made of `batchToken` and
 * its place; one that was committed although its answer was lost is not inserted twice.
 */
export async function sendInserts(
  inserts: readonly Insert[],
  batchToken: string,
  client: StoreClient,
): Promise<void> {
  for (const [number, insert] of inserts.entries()) {
    if (insert.done) continue
    await send(insert, `${batchToken}-${number}`, client)
    insert.done = true
    insert.onDone?.()
  }
}

/**
 * The engine notes a token before the part gets its final name. When it dies in between, the insert counts as a repetition for
 * ever although its rows are nowhere: so whoever repeats one must look, and may have to insert under another token.
 */
async function send(insert: Insert, token: string, client: StoreClient): Promise<void> {
  insert.attempts++
  const { table, settings } = insert
  const { names, bytes, giveBack } = insert.block()
  if (insert.attempts === 1 || insert.isThere !== undefined) {
    await client.insertNative(table, names, bytes, token, settings)
    if (insert.attempts === 1 || (await insert.isThere?.()) === true) return giveBack?.()
  }
  await client.insertNative(table, names, bytes, `${token}-${insert.attempts}`, settings)
  giveBack?.()
}
