import { describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { matcher } from '../../model/matcher.ts'
import { Problem } from '../../model/problem.ts'
import { silentLog } from '../../self/log.ts'
import type { NameQuery } from '../../store/metrics-source.ts'
import { FaultList } from '../../yaml/fault.ts'
import { FakeClock } from '../testing/fake-clock.ts'
import { PackSwitch } from './pack-switch.ts'
import { packWhenAsked, type Pack } from './packs-part.ts'
import { readRuleText } from './read-rule-file.ts'

const MIN = 60_000
const START_MS = Date.UTC(2026, 0, 1)

function pack(name: string, mode: Pack['mode'] = 'auto'): Pack {
  const text = `groups: [{name: g, rules: [{alert: ${name}, expr: up}]}]`
  return {
    manifest: {
      ...{
        folder: '',
        name,
        title: name,
        description: '',
        connect: '',
        variables: [],
        enable: undefined,
      },
      ...{ needs: name, needsMatchers: [matcher('__name__', '=', name)] },
    },
    mode,
    groups: readRuleText(text, `pack:${name}/a.yml`, { faults: new FaultList() }),
    replaced: [],
  }
}

/** An index of series by the time of their last sample. */
class Index {
  readonly seenMs = new Map<string, number>()
  asked = 0
  fails = false

  async series({ selectors, startMs }: NameQuery) {
    this.asked++
    if (this.fails) throw new Problem('unavailable', 'gone')
    const name = selectors[0]?.[0]?.value ?? ''
    const isThere = (this.seenMs.get(name) ?? -Infinity) >= startMs
    return { values: isThere ? [Labels.EMPTY] : [], truncated: false }
  }
}

function bench() {
  const index = new Index()
  const clock = new FakeClock(START_MS, () => packs.settled())
  const changes: string[] = []
  const names = (): string => packs.active.map(({ manifest }) => manifest.name).join()
  const packs: PackSwitch = new PackSwitch({
    source: index,
    clock,
    log: silentLog(),
    onChange: async () => void changes.push(names()),
  })
  return { index, clock, changes, packs, names }
}

describe('rules of packs', () => {
  it('are on from the first moment where their data is there, and where they are told to be', async () => {
    const { index, packs, names } = bench()
    index.seenMs.set('host', START_MS - MIN)
    const all = [pack('host'), pack('postgres'), pack('backups', 'on'), pack('http', 'off')]
    index.seenMs.set('http', START_MS)
    await packs.use({ packs: all })
    expect(names()).toBe('host,backups')
    expect(packs.groups.map(({ file }) => file)).toEqual(['pack:host/a.yml', 'pack:backups/a.yml'])
    expect(index.asked).toBe(2)
  })

  it('come on within a minute, and go six hours after the last sample', async () => {
    const { index, clock, packs, changes, names } = bench()
    await packs.use({ packs: [pack('postgres')] })
    expect(names()).toBe('')
    index.seenMs.set('postgres', START_MS + 10_000)
    await clock.advance(MIN)
    expect(changes).toEqual(['postgres'])
    await clock.advance(6 * 60 * MIN - MIN)
    expect(changes).toEqual(['postgres'])
    await clock.advance(MIN)
    expect(changes).toEqual(['postgres', ''])
  })

  it('stay as they are when nothing can be looked for', async () => {
    const { index, clock, packs, changes, names } = bench()
    index.seenMs.set('host', START_MS)
    await packs.use({ packs: [pack('host'), pack('postgres')] })
    index.fails = true
    await clock.advance(5 * MIN)
    expect(names()).toBe('host')
    expect(changes).toEqual([])
    index.fails = false
    index.seenMs.set('postgres', clock.nowMs())
    await clock.advance(MIN)
    expect(changes).toEqual(['host,postgres'])
  })

  it('are not asked for before their data is there', async () => {
    const { index, clock, packs } = bench()
    const { groups, ...rest } = pack('postgres')
    let asked = 0
    const read = (): Pack['groups'] => {
      asked++
      return groups
    }
    await packs.use({ packs: [packWhenAsked(rest, read)] })
    await clock.advance(MIN)
    expect(packs.groups).toEqual([])
    expect(asked).toBe(0)
    index.seenMs.set('postgres', clock.nowMs())
    await clock.advance(MIN)
    expect(packs.groups).toEqual(groups)
    expect(asked).toBe(1)
  })

  it('are looked for again when those that are to come on are damaged', async () => {
    const { index, clock, packs, changes } = bench()
    const { groups, ...rest } = pack('postgres')
    let fails = true
    const read = (): Pack['groups'] => {
      if (fails) throw new Problem('internal', 'damaged')
      return groups
    }
    await packs.use({ packs: [packWhenAsked(rest, read)] })
    index.seenMs.set('postgres', START_MS)
    await clock.advance(MIN)
    expect(changes).toEqual([])
    fails = false
    await clock.advance(MIN)
    expect(changes).toEqual(['postgres'])
  })

  it('are looked for no more after the end', async () => {
    const { index, clock, packs } = bench()
    await packs.use({ packs: [pack('host')] })
    await packs.stop()
    await clock.advance(5 * MIN)
    expect(index.asked).toBe(1)
  })
})
