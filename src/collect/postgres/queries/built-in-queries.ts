import { ACTIVITY } from './activity.ts'
import type { BuiltInQuery } from './built-in-query.ts'
import { DATABASES } from './databases.ts'
import { REPLICATION } from './replication.ts'
import { SERVER } from './server.ts'
import { STATEMENTS } from './statements.ts'
import { TABLES } from './tables.ts'

/** Every query that comes with the program, in the order in which they are asked. */
export const BUILT_IN_QUERIES: readonly BuiltInQuery[] = [
  ...SERVER,
  ...DATABASES,
  ...ACTIVITY,
  ...REPLICATION,
  ...STATEMENTS,
  ...TABLES,
]

/** A family of the built-in queries, for the table in the documentation. */
export interface DescribedFamily {
  readonly collector: string
  readonly name: string
  readonly type: string
  readonly help: string
}

/** The families that the built-in queries may give, but for those of settings, whose names the server chooses. */
export function describeFamilies(): DescribedFamily[] {
  return BUILT_IN_QUERIES.flatMap(({ collector, shape }) =>
    [...shape.columns].flatMap(([column, what]): DescribedFamily[] => {
      if (what.use !== 'value' && what.use !== 'histogram') return []
      const name = what.name ?? `${shape.prefix}_${column}`
      const type = what.use === 'histogram' ? 'histogram' : what.type
      return [{ collector, name, type, help: what.help }]
    }),
  )
}
