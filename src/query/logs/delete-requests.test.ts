import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { Labels } from '../../model/labels.ts'
import { Problem } from '../../model/problem.ts'
import { silentLog } from '../../self/log.ts'
import type { LinesToDelete } from '../../store/lines-to-delete.ts'
import type { Metadata } from '../../store/metadata/metadata.ts'
import { openMetadata } from '../../store/metadata/open.ts'
import { DeleteRequests } from './delete-requests.ts'
import type { HiddenLines } from './hiding-lines.ts'

const showPeriod = (ms: number): string => `${ms / 1000}s`

let folder = ''
let metadata: Metadata
let nowMs = 0
let cancelPeriodMs = 0
let wanted: LinesToDelete[] = []
let pending: readonly HiddenLines[] = []
let fault: Problem | undefined

function create(): DeleteRequests {
  return new DeleteRequests({
    metadata,
    isReady: () => true,
    deleteLines: (given) => {
      if (fault !== undefined) return Promise.reject(fault)
      wanted.push(given)
      return Promise.resolve(3)
    },
    cancelPeriodMs: () => cancelPeriodMs,
    onPending: (given) => {
      pending = given
    },
    log: silentLog(),
    nowMs: () => nowMs,
  })
}

beforeEach(async () => {
  folder = mkdtempSync(path.join(tmpdir(), 'delete-requests-'))
  metadata = await openMetadata({ path: path.join(folder, 'metadata.db') }, silentLog())
  nowMs = 1_000_000
  cancelPeriodMs = 0
  wanted = []
  fault = undefined
})
afterEach(async () => {
  await metadata.close()
  rmSync(folder, { recursive: true })
})

const request = (query: string) => ({ query, startMs: 1000, endMs: 2000, createdBy: 'ada' })

describe('a request to delete lines', () => {
  it('is carried out once, with both of its times', async () => {
    const requests = create()
    const id = await requests.add(request('{app="web"}'))
    expect(id).toMatch(/^[0-9a-f]{8}$/)
    await requests.carryOut()
    await requests.carryOut()
    expect(wanted).toHaveLength(1)
    expect(wanted[0]).toMatchObject({ startNs: 1_000_000_000n, endNs: 2_000_000_001n, needles: [] })
    expect(wanted[0]?.judge).toBeUndefined()
    expect(await requests.list()).toMatchObject([{ id, processedMs: nowMs, lines: 3 }])
  })

  it('waits as long as it may be cancelled', async () => {
    cancelPeriodMs = 60_000
    const requests = create()
    const id = await requests.add(request('{app="web"}'))
    const other = await requests.add(request('{app="db"}'))
    await requests.carryOut()
    expect(wanted).toHaveLength(0)
    expect(pending).toHaveLength(2)
    await requests.cancel(other, false, showPeriod)
    expect(pending).toMatchObject([{ startNs: 1_000_000_000n, endNs: 2_000_000_001n }])
    nowMs += 60_001
    await expect(requests.cancel(id, false, showPeriod)).rejects.toThrow(
      'past the deadline of 60s since its creation is not allowed',
    )
    await requests.carryOut()
    expect(wanted).toHaveLength(1)
    expect(pending).toHaveLength(0)
    await expect(requests.cancel(id, true, showPeriod)).rejects.toThrow('already processed')
    await expect(requests.cancel('none', true, showPeriod)).rejects.toMatchObject({
      code: 'not_found',
    })
  })

  it('is tried again after a failure, also by the next program', async () => {
    fault = new Problem('unavailable', 'the engine is away')
    await create().add(request('{app="web"}'))
    const first = create()
    await first.carryOut()
    expect(await first.list()).toMatchObject([{ processedMs: undefined }])
    fault = undefined
    await create().carryOut()
    expect(wanted).toHaveLength(1)
  })

  it('leaves to the engine what it can decide, and judges the rest by the query', async () => {
    const requests = create()
    for (const stages of [
      '|= "secret" != "kept"',
      '|= ""',
      '!= ""',
      '|~ "s.cret"',
      '| json | level="debug"',
      '|= ip("10.0.0.0/8")',
    ]) {
      await requests.add(request(`{app="web"} ${stages}`))
    }
    await requests.carryOut()
    const judges = (text: string): (boolean | undefined)[] =>
      wanted.map(({ judge }) => judge?.(text, Labels.EMPTY, Labels.EMPTY, 0n))
    expect(wanted[0]?.needles).toEqual([{ anyOf: ['secret'] }, { anyOf: ['kept'], isAbsent: true }])
    expect(judges('{"level":"debug"}')).toEqual([undefined, true, false, false, true, false])
    expect(judges('s_cret 10.1.2.3')).toEqual([undefined, true, false, true, false, true])
  })

  it('must be for lines', async () => {
    const requests = create()
    for (const query of ['rate({app="web"}[1m])', '{app="web"', '{}']) {
      await expect(requests.add(request(query))).rejects.toThrow('invalid query expression')
    }
  })
})
