import type { ColumnDefinitionBuilder, CreateTableBuilder } from 'kysely'
import type { DatabaseKind } from './metadata.ts'

/** Adds the primary key `id`: a number that counts up and is never given twice. */
export function withSerialId<Table extends string, Columns extends string>(
  table: CreateTableBuilder<Table, Columns>,
  kind: DatabaseKind,
): CreateTableBuilder<Table, Columns | 'id'> {
  return kind === 'sqlite'
    ? table.addColumn('id', 'integer', (column) => column.primaryKey().autoIncrement())
    : table.addColumn('id', 'bigserial', (column) => column.primaryKey())
}

/** For `addColumn`: a column that always has a value. */
export function required(column: ColumnDefinitionBuilder): ColumnDefinitionBuilder {
  return column.notNull()
}
