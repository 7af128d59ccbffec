import type { HistogramTable } from '../../../model/histograms/histogram-table.ts'
import { formatG } from '../go-format.ts'
import { BucketWalk } from './bucket-walk.ts'

const OPENING = ['(', '[', '(', '['] as const
const CLOSING = [']', ')', ')', ']'] as const

/** A histogram as text: `{count:3, sum:4, (0.5,1]:1, (1,2]:2}` (float_histogram.go, String). */
export function showHistogram(table: HistogramTable, row: number): string {
  const walk = new BucketWalk()
  walk.load(table, row)
  const parts = [
    `count:${formatG(table.totals[row] as number)}`,
    `sum:${formatG(table.sums[row] as number)}`,
  ]
  for (let i = 0; i < walk.length; i++) {
    const borders = walk.bordersOf(i)
    const bounds = `${formatG(walk.lowers[i] as number)},${formatG(walk.uppers[i] as number)}`
    const count = formatG(walk.counts[i] as number)
    parts.push(`${OPENING[borders]}${bounds}${CLOSING[borders]}:${count}`)
  }
  return `{${parts.join(', ')}}`
}
