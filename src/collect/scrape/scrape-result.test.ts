import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import type { RejectReason } from '../../model/samples.ts'
import { tallyRefusals } from './scrape-result.ts'

const series = Labels.from({ __name__: 'up' })

function refusals(reason: RejectReason, count: number) {
  return Array.from({ length: count }, () => ({ series, timestampMs: 0, reason, message: reason }))
}

describe('tallyRefusals', () => {
  it('counts by reason what is not shown one by one', () => {
    const rejected = refusals('duplicate_timestamp', 100)
    const rejectedByReason = new Map<RejectReason, number>([
      ['duplicate_timestamp', 150],
      ['out_of_bounds', 30],
      ['series_limit', 20],
    ])
    expect(tallyRefusals({ accepted: 0, rejected, rejectedCount: 200, rejectedByReason })).toEqual({
      duplicates: 150,
      outOfBounds: 30,
      refused: 20,
      refusal: 'series_limit',
    })
  })

  it('counts the rest as the last one where a sink tells no counts', () => {
    const rejected = [...refusals('out_of_bounds', 1), ...refusals('series_limit', 1)]
    expect(tallyRefusals({ accepted: 0, rejected, rejectedCount: 7 })).toEqual({
      duplicates: 0,
      outOfBounds: 1,
      refused: 6,
      refusal: 'series_limit',
    })
  })
})
