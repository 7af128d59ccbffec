import { CompiledQuery } from 'kysely'
import { Problem } from '../../model/problem.ts'
import type { Metadata } from './metadata.ts'

/**
 * Writes the metadata as it is at this moment into a new SQLite file. Rejects with a `Problem` for a PostgreSQL, which has its own
 * way.
 */
export async function snapshotMetadata(metadata: Metadata, file: string): Promise<void> {
  if (metadata.kind !== 'sqlite') {
    throw new Problem('bad_data', 'the metadata is in a PostgreSQL: back that up with pg_dump')
  }
  await metadata.db.executeQuery(CompiledQuery.raw('VACUUM INTO ?', [file]))
}
