import { execFileSync } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { mkdtempSync, rmSync, statfsSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { DiskWatermark, defaultWatermark, isFull } from './disk-watermark.ts'
import type { DiskState } from './protocol.ts'
import { startTestEngine } from './test-engine.ts'

const gibibyte = 1024 ** 3

describe('the default watermark', () => {
  it.each([
    [2, 0.4],
    [10, 1],
    [40, 2],
    [100, 5],
    [4000, 10],
  ])('of a disk of %d GiB is %d GiB', (disk, wanted) => {
    expect(defaultWatermark(disk * gibibyte) / gibibyte).toBeCloseTo(wanted, 2)
  })

  it('does not flicker', () => {
    expect(isFull(100, 100, false)).toBe(false)
    expect(isFull(99, 100, false)).toBe(true)
    expect(isFull(105, 100, true)).toBe(true)
    expect(isFull(110, 100, true)).toBe(false)
  })
})

it('stops merges and inserts below the watermark, and lets both go on above it', async () => {
  let free = 1000
  const asked: string[] = []
  const told: DiskState[] = []
  const watermark = new DiskWatermark({
    wantedBytes: 100,
    statfs: () => ({ bavail: free, bsize: 1, blocks: 1000 }),
    ask: (sql) => Promise.resolve(asked.push(sql)),
    onChange: (state) => told.push(state),
  })
  await watermark.check()
  watermark.refuseWhenFull()
  free = 50
  await watermark.check()
  await watermark.check()
  expect(() => watermark.refuseWhenFull()).toThrow(
    /has 50 bytes free, less than the 100.*NOT_ENOUGH_SPACE/,
  )
  free = 500
  await watermark.check()
  watermark.refuseWhenFull()
  expect(asked).toEqual(['SYSTEM STOP MERGES', 'SYSTEM START MERGES'])
  expect(told.map(({ full }) => full)).toEqual([true, false])
})

const [mountProgram, unmountProgram] = ['mount', 'umount']

/** Mounts a small disk, or answers undefined where that is not permitted. */
function mountSmallDisk(folder: string, megabytes: number): (() => void) | undefined {
  try {
    execFileSync(
      mountProgram,
      ['-t', 'tmpfs', '-o', `size=${megabytes}m`, 'vedette-test', folder],
      {
        stdio: 'ignore',
      },
    )
    return () => execFileSync(unmountProgram, ['-l', folder])
  } catch {
    return undefined
  }
}

it('survives a disk that fills up and resumes by itself', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'vedette-disk-'))
  const unmount = mountSmallDisk(folder, 200)
  if (unmount === undefined) {
    console.log(
      'NOTICE: the test of a full disk is skipped: mounting a small disk is not permitted here',
    )
    rmSync(folder, { recursive: true })
    return
  }
  const engine = await startTestEngine({
    dataDir: join(folder, 'data'),
    freeBytesWanted: 60 * 1024 * 1024,
  })
  try {
    await engine.ask('CREATE DATABASE o')
    await engine.ask('CREATE TABLE o.t (a UInt64 CODEC(NONE)) ENGINE = MergeTree ORDER BY a')
    // A column of one value takes no room.
    const rows = randomBytes(1024 * 1024)
    const insert = async (): Promise<number> =>
      (
        await engine.send(`/?query=${encodeURIComponent('INSERT INTO o.t FORMAT RowBinary')}`, {
          body: rows,
        })
      ).status
    let stored = 0
    while (stored < 1e8 && (await insert()) === 200) stored += rows.length / 8
    expect(await insert()).toBe(507)
    await reach(() => engine.handle.diskFull)
    expect(engine.handle.ready).toBe(true)
    // Even with the rest of the disk gone, what was acknowledged can be read.
    const { bavail, bsize } = statfsSync(folder)
    writeFileSync(join(folder, 'ballast'), Buffer.alloc(bavail * bsize - 4 * 1024 * 1024))
    expect(await engine.ask('SELECT count() FROM o.t')).toBe(`${stored}\n`)
    rmSync(join(folder, 'ballast'))
    await engine.ask('TRUNCATE TABLE o.t SYNC')
    await reach(() => !engine.handle.diskFull)
    expect(await insert()).toBe(200)
    expect(await engine.ask('SELECT count() FROM o.t')).toBe(`${rows.length / 8}\n`)
    expect(await engine.ask('CHECK TABLE o.t SETTINGS check_query_single_value_result = 1')).toBe(
      '1\n',
    )
  } finally {
    await engine.stop()
    unmount()
    rmSync(folder, { recursive: true })
  }
}, 60_000)

async function reach(condition: () => boolean): Promise<void> {
  const deadline = Date.now() + 15_000
  while (!condition()) {
    if (Date.now() > deadline) throw new Error('the condition did not come true')
    await new Promise((resolve) => setTimeout(resolve, 20))
  }
}
