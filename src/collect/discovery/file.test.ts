import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { fileDiscovery } from './file.ts'
import type { Discovery, TargetGroup } from './target-group.ts'

let folder = ''
let discovery: Discovery | undefined

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'file-sd-'))
})

afterEach(async () => {
  discovery?.stop()
  await rm(folder, { recursive: true })
})

function run(pattern: string): {
  next: (accept: (addresses: string[]) => boolean) => Promise<TargetGroup[]>
  faults: string[]
} {
  const faults: string[] = []
  let latest: readonly TargetGroup[] = []
  let wake: () => void = () => undefined
  discovery = fileDiscovery({
    patterns: [path.join(folder, pattern)],
    refreshIntervalMs: 60_000,
    onFault: (_, message) => {
      faults.push(message)
      wake()
    },
  })
  discovery.start((groups) => {
    latest = groups
    wake()
  })
  return {
    faults,
    async next(accept) {
      for (;;) {
        const addresses = latest.flatMap((group) =>
          group.targets.map((target) => target.get('__address__')),
        )
        if (accept(addresses)) return [...latest]
        await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}

describe('file discovery', () => {
  it('reads JSON and YAML, with the labels of the group and the name of the file', async () => {
    await writeFile(
      path.join(folder, 'a.json'),
      '[{"targets":["h1:1","h2:2"],"labels":{"env":"x"}}]',
    )
    await writeFile(path.join(folder, 'b.yml'), '- targets: ["h3:3"]\n')
    await writeFile(path.join(folder, 'c.txt'), 'not this one')
    const groups = await run('*').next((found) => found.length >= 2)
    expect(groups.flatMap((group) => group.targets.map(String)).length).toBeGreaterThanOrEqual(2)
    discovery?.stop()
    const only = await run('*.json').next((found) => found.length === 2)
    expect(only[0]?.targets[0]?.toObject()).toEqual({
      __address__: 'h1:1',
      __meta_filepath: path.join(folder, 'a.json'),
      env: 'x',
    })
  })

  it('follows changes of the files', async () => {
    const file = path.join(folder, 't.yml')
    await writeFile(file, '- targets: ["h1:1"]\n')
    const { next } = run('t.yml')
    await next((found) => found.join() === 'h1:1')
    await writeFile(`${file}.new`, '- targets: ["h1:1", "h2:1"]\n')
    await rename(`${file}.new`, file)
    await next((found) => found.join() === 'h1:1,h2:1')
  })

  it('keeps the targets of a file that has become unreadable, and says so', async () => {
    const file = path.join(folder, 't.yml')
    await writeFile(file, '- targets: ["h1:1"]\n')
    const { next, faults } = run('t.yml')
    await next((found) => found.join() === 'h1:1')
    await writeFile(file, 'targets: {')
    await next(() => faults.length > 0)
    await next((found) => found.join() === 'h1:1')
  })
})
