import { describe, expect, it } from 'vitest'
import { ToldFaults } from './told-faults.ts'

const place = { server: 's', database: '', collector: 'wal', isMinor: false }

describe('faults', () => {
  it('are told of when they begin, change and end', () => {
    const told: string[] = []
    const faults = new ToldFaults((_place, reason) => told.push(reason))
    for (let at = 0; at < 10; at++) faults.fault(place, 'a', `a ${at}`, at * 15_000)
    faults.fault(place, 'b', 'b', 200_000)
    faults.well(place)
    faults.well(place)
    expect(told).toEqual(['a 0', 'b', ''])
  })

  it('that come and go are told of every ten minutes', () => {
    const told: number[] = []
    let now = 0
    const faults = new ToldFaults((_place, reason) => reason !== '' && told.push(now))
    for (now = 0; now <= 1_200_000; now += 30_000) {
      faults.fault(place, 'a', 'a', now)
      faults.well(place)
    }
    expect(told).toEqual([0, 600_000, 1_200_000])
  })
})
