import { isObject, objectOf, objectsOf } from './json-value.ts'
import type { JsonObject } from './json-value.ts'
import type { MigrationContext } from './panel-migration.ts'

/**
 * Transformations in the newest form: `labelsToFields` merged by itself before version 31, `timeSeriesTable` had one map for
 * all queries before version 39, and `seriesToColumns` is now called `joinByField`.
 */
export function migrateTransformations(panel: JsonObject, context: MigrationContext): JsonObject {
  if (!Array.isArray(panel['transformations'])) return panel
  const out: JsonObject[] = []
  for (const one of objectsOf(panel['transformations'])) {
    const options = objectOf(one['options'])
    if (one['id'] === 'timeSeriesTable' && isObject(options['refIdToStat'])) {
      const stats = Object.entries(options['refIdToStat'])
      out.push({ ...one, options: Object.fromEntries(stats.map(([id, stat]) => [id, { stat }])) })
    } else if (one['id'] === 'seriesToColumns') {
      out.push({ ...one, id: 'joinByField', options })
    } else {
      out.push(one)
    }
    if (one['id'] === 'labelsToFields' && context.schemaVersion < 31) {
      out.push({ id: 'merge', options: {} })
    }
  }
  return { ...panel, transformations: out }
}
