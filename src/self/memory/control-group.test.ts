import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { readMemoryLimit } from './control-group.ts'

function machine(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), 'vedette-group-'))
  onTestFinished(() => rmSync(root, { recursive: true }))
  for (const [file, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, file)), { recursive: true })
    writeFileSync(join(root, file), text)
  }
  return root
}

it('is the lowest limit of the group and those above it (version 2)', () => {
  const root = machine({
    'proc/self/cgroup': '0::/system.slice/vedette.service\n',
    'sys/fs/cgroup/system.slice/memory.max': '419430400\n',
    'sys/fs/cgroup/system.slice/vedette.service/memory.max': 'max\n',
  })
  expect(readMemoryLimit(root)).toBe(419430400)
})

it('is that of the root of what is mounted, in a container', () => {
  const root = machine({
    'proc/self/cgroup': '0::/\n',
    'sys/fs/cgroup/memory.max': '314572800\n',
  })
  expect(readMemoryLimit(root)).toBe(314572800)
})

it('is read of version 1 as well, whose largest number means none', () => {
  const root = machine({
    'proc/self/cgroup': '9:cpu:/x\n4:memory:/docker/abc\n0::/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
    'sys/fs/cgroup/memory/docker/abc/memory.limit_in_bytes': '536870912\n',
  })
  expect(readMemoryLimit(root)).toBe(536870912)
  const none = machine({
    'proc/self/cgroup': '4:memory:/\n',
    'sys/fs/cgroup/memory/memory.limit_in_bytes': '9223372036854771712\n',
  })
  expect(readMemoryLimit(none)).toBeUndefined()
})

it('is unknown where there are no control groups', () => {
  expect(readMemoryLimit(machine({}))).toBeUndefined()
})
