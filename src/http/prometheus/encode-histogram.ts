import { formatSampleValue } from '../../formats/go-float.ts'
import type { HistogramTable } from '../../model/histograms/histogram-table.ts'
import { BucketWalk } from '../../query/promql/histograms/bucket-walk.ts'

const walk = new BucketWalk()

/** A native histogram as the HTTP API has it: `{"count":"3","sum":"4.5","buckets":[[0,"1","2","3"]]}`, without empty buckets. */
export function encodeHistogram(table: HistogramTable, row: number): string {
  walk.load(table, row)
  const count = formatSampleValue(table.totals[row] as number)
  const sum = formatSampleValue(table.sums[row] as number)
  let out = `{"count":"${count}","sum":"${sum}"`
  for (let i = 0; i < walk.length; i++) {
    const lower = walk.lowers[i] as number
    const upper = walk.uppers[i] as number
    out += i === 0 ? ',"buckets":[' : ','
    out += `[${walk.bordersOf(i)},"${formatSampleValue(lower)}","${formatSampleValue(upper)}",`
    out += `"${formatSampleValue(walk.counts[i] as number)}"]`
  }
  return out + (walk.length > 0 ? ']}' : '}')
}
