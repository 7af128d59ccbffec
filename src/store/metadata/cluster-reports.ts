import type { Metadata } from './metadata.ts'

/** What a member tells the others of its share of the work: JSON, in place of what it told before. */
export async function saveReport({ db }: Metadata, member: string, body: string): Promise<void> {
  await db
    .insertInto('cluster_reports')
    .values({ member, body })
    .onConflict((conflict) => conflict.column('member').doUpdateSet({ body }))
    .execute()
}

/** What the other members told last, by their ids. */
export async function listReports(
  { db }: Metadata,
  member: string,
): Promise<ReadonlyMap<string, string>> {
  const rows = await db
    .selectFrom('cluster_reports')
    .selectAll()
    .where('member', '!=', member)
    .execute()
  return new Map(rows.map((row) => [row.member, row.body]))
}
