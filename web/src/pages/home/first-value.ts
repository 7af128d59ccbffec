import type { QueryDataJson } from '../../../../src/contract/prometheus.ts'
import { parseSample } from '../../api/chart-data-of.ts'

/** The value of a scalar, or of the first series. */
export function firstValue(data: QueryDataJson | undefined): number | undefined {
  if (data?.resultType === 'vector') {
    const point = data.result[0]?.value
    return point && parseSample(point)
  }
  return data?.resultType === 'scalar' ? parseSample(data.result) : undefined
}
