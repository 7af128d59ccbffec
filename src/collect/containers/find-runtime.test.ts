import { createServer } from 'node:net'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeFakeMachine, v1Files, v2Files, v2Root, type FakeMachine } from './fake-machine.ts'
import { describeContainers, findContainers } from './find-runtime.ts'

const ID = 'ab'.repeat(32)
const NONE = { docker: [], podman: [], containerd: [] }

let machine: FakeMachine
beforeEach(() => {
  machine = makeFakeMachine()
})
afterEach(() => machine.dispose())

it('finds nothing where there is nothing', () => {
  expect(findContainers(join(machine.root, 'cgroup'), NONE)).toBeUndefined()
  machine.write({ ...v2Root(), ...v2Files('/system.slice/cron.service') })
  expect(findContainers(join(machine.root, 'cgroup'), NONE)).toBeUndefined()
})

it.each([
  ['the unified hierarchy', (group: string) => ({ ...v2Root(), ...v2Files(group) })],
  ['the old hierarchies', (group: string) => ({ ...v1Files(''), ...v1Files(group) })],
])('counts the containers of %s', (_what, files) => {
  machine.write(files(`/docker/${ID}`))
  const found = findContainers(join(machine.root, 'cgroup'), NONE)
  expect(found).toEqual({ count: 1, runtimes: [] })
  expect(found && describeContainers(found)).toBe(
    '1 container; `containers: {}` in vedette.yml watches them (docs/collect/containers.md)',
  )
})

it('finds a runtime by its socket', async () => {
  const path = join(machine.root, 'docker.sock')
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(path, resolve))
  try {
    const found = findContainers(join(machine.root, 'cgroup'), { ...NONE, docker: [path] })
    expect(found).toEqual({ count: 0, runtimes: ['Docker'] })
    expect(found && describeContainers(found)).toContain('Docker, with no container yet; ')
  } finally {
    await new Promise<void>((resolve) => server.close(() => resolve()))
  }
})
