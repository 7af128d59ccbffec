import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { startServer } from './server.ts'
import { own, ownFolder } from './tools/owned.ts'
import { runVedette } from './tools/run-vedette.ts'
import { SteadyPusher } from './tools/steady-pusher.ts'
import { SteadySender } from './tools/steady-sender.ts'
import { queryValue } from './tools/query.ts'

it('a backup under load brings back every acknowledged item, and one that is damaged is refused', async () => {
  const folder = ownFolder()
  const dataDir = join(folder, 'data')
  const target = join(folder, 'target')
  let server = own(await startServer({ dataDir, listeners: ['loki'] }))
  const nowMs = Date.now()
  const lines = new SteadyPusher(() => server.url('loki'), {
    labels: { job: 'backup' },
    ...{ streams: 3, linesEach: 50, firstNs: BigInt(nowMs - 600_000) * 1_000_000n },
  })
  const samples = new SteadySender(server.url('prometheus'), {
    labels: { __name__: 'backed_up' },
    ...{ seriesCount: 20, samplesEach: 5, timestampOf: (k) => nowMs - 3_000_000 + k * 10 },
  })
  const backUp = async (...args: readonly string[]): Promise<string> => {
    const ran = await runVedette('backup', target, '--data', dataDir, ...args)
    expect(ran, ran.err).toMatchObject({ code: 0 })
    return ran.out
  }
  const added = await runVedette('user', 'add', 'backed.up', '--generate', '--data', dataDir)
  expect(added.code, added.err).toBe(0)
  const first = await backUp()
  const [linesBefore, samplesBefore] = [lines.acknowledged, samples.acknowledged]
  expect(linesBefore).toBeGreaterThan(0)
  expect(samplesBefore).toBeGreaterThan(0)
  const second = await backUp('--incremental', '--keep', '5')
  console.log(first + second)
  await Promise.all([lines.finish(), samples.finish()])
  await server.kill()

  const verified = await runVedette('backup', 'verify', target, '--scratch', folder)
  expect(verified, verified.err).toMatchObject({ code: 0 })
  expect(verified.out).toMatch(/is whole: [\d,]+ rows in \d+ tables/)
  const back = join(folder, 'back')
  const restored = await runVedette('restore', target, '--data', back)
  expect(restored.code, restored.err).toBe(0)
  const again = await runVedette('restore', target, '--data', back)
  expect(again.err).toContain('is not empty: nothing is overwritten')

  server = own(await startServer({ dataDir: back, listeners: ['loki'] }))
  await lines.verifyAtLeast(linesBefore)
  const prometheus = server.url('prometheus')
  const least = await queryValue(prometheus, 'min(count_over_time(backed_up[2h]))', nowMs)
  expect(least).toBeGreaterThanOrEqual(samplesBefore)
  expect(await queryValue(prometheus, 'count(count_over_time(backed_up[2h]))', nowMs)).toBe(20)
  const users = await runVedette('user', 'list', '--data', back)
  expect(users.out).toContain('backed.up')

  for (const object of filesBelow(join(target, 'objects'))) {
    writeFileSync(object, readFileSync(object).subarray(0, -3))
  }
  const damaged = await runVedette('backup', 'verify', target, '--scratch', folder)
  expect(damaged.code).toBe(1)
  expect(damaged.err).toMatch(/changed or cut off|ends too early/)
}, 900_000)

function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
}
