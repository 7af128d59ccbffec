import { readDatasource } from './datasource.ts'
import { changeEach, isObject, objectOf, textOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { MigrationContext } from './panel-migration.ts'

/** Annotation queries with a reference for a source, and Grafana's own list told apart (schema version 36). */
export function migrateAnnotations(raw: JsonObject, context: MigrationContext): JsonObject[] {
  return changeEach(objectOf(raw['annotations'])['list'], (one) => {
    const ref = readDatasource(one['datasource'], context.datasources)
    const { datasource: _source, ...rest } = one
    const target = objectOf(rest['target'])
    const expr = textOf(rest['expr']) ?? textOf(target['expr'])
    const migrated: JsonObject = { ...rest, ...(ref ? { datasource: ref } : {}) }
    // Newer files keep the query beside the annotation's own keys, older ones among them.
    if (expr !== undefined && rest['expr'] === undefined) migrated['expr'] = expr
    if (isObject(rest['filter'])) migrated['filter'] = rest['filter']
    return migrated
  })
}
