import type { DataFrame } from '@grafana/data'
import type { JsonObject } from '../../../../src/lang/dashboard/json-value.ts'
import { extractFields, partitionByValues, rowsToFields } from './reshape-frames.ts'
import { calculateHeatmap, configFromData, joinByLabels } from './derive-frames.ts'
import { renameByRegex } from './safe-patterns.ts'
import { prepareTimeSeries, timeSeriesTable } from './series-frames.ts'

export type OwnTransformation = (frames: DataFrame[], options: JsonObject) => DataFrame[]

/** Transformations that Grafana has and its library has not. */
export const ownTransformations: Readonly<Record<string, OwnTransformation | undefined>> = {
  extractFields,
  rowsToFields,
  partitionByValues,
  prepareTimeSeries,
  timeSeriesTable,
  heatmap: calculateHeatmap,
  configFromData,
  joinByLabels,
  renameByRegex,
}
