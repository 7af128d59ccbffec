import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ContainerCollector } from './collect.ts'
import { makeFakeMachine, v1Files, v2Files, v2Root, type FakeMachine } from './fake-machine.ts'

const WEB = `/docker/${'aa'.repeat(32)}`
const DB = `/docker/${'bb'.repeat(32)}`

let machine: FakeMachine
let collector: ContainerCollector
beforeEach(() => {
  machine = makeFakeMachine()
  collector = new ContainerCollector({ ...machine.settings, dockerOnly: true }, () => undefined)
})
afterEach(() => {
  collector.close()
  machine.dispose()
})

async function kills(id: string): Promise<number | undefined> {
  const page = String(await collector.page(new AbortController().signal))
  const found = page
    .split('\n')
    .find((line) => line.startsWith(`container_oom_events_total{id="${id}"}`))
  return found === undefined ? undefined : Number(found.split(' ')[1])
}

/** What the group above all containers has counted of them, those that are gone included. */
function parentHas(count: number): void {
  machine.write({
    'cgroup/docker/memory.events': `low 0\nmax 9\noom ${count}\noom_kill ${count}\n`,
  })
}

function start(
  id: string,
  oomKills: number,
  memoryMax = '209715200',
  memoryBytes = 104_857_600,
): void {
  if (existsSync(join(machine.root, `cgroup${id}`))) machine.remove(`cgroup${id}`)
  machine.write(v2Files(id, { oomKills, memoryMax, memoryBytes }))
}

describe('kills for lack of memory', () => {
  beforeEach(() => machine.write(v2Root()))

  it('count on when a container is started anew', async () => {
    parentHas(1)
    start(WEB, 1)
    expect(await kills(WEB)).toBe(1)
    start(WEB, 0)
    expect(await kills(WEB)).toBe(1)
    machine.write(v2Files(WEB, { oomKills: 2 }))
    parentHas(3)
    expect(await kills(WEB)).toBe(3)
  })

  it('are seen though they ended the container between two scrapes', async () => {
    parentHas(0)
    start(WEB, 0, '209715200', 200_000_000)
    start(DB, 0)
    expect(await kills(WEB)).toBe(0)
    // Both were started anew, and one of them because it was killed.
    parentHas(1)
    start(WEB, 0)
    start(DB, 0)
    expect([await kills(WEB), await kills(DB)]).toEqual([1, 0])
    expect([await kills(WEB), await kills(DB)]).toEqual([1, 0])
  })

  it('wait for a container that comes back later', async () => {
    parentHas(5)
    start(WEB, 0)
    expect(await kills(WEB)).toBe(0)
    machine.remove(`cgroup${WEB}`)
    parentHas(6)
    expect(await kills(WEB)).toBeUndefined()
    start(WEB, 0)
    expect(await kills(WEB)).toBe(1)
  })

  it('of those that live are theirs alone', async () => {
    parentHas(0)
    start(WEB, 0)
    start(DB, 0)
    expect(await kills(DB)).toBe(0)
    machine.remove(`cgroup${WEB}`)
    machine.write(v2Files(DB, { oomKills: 1 }))
    parentHas(1)
    expect(await kills(DB)).toBe(1)
    start(WEB, 0)
    expect(await kills(WEB)).toBe(0)
  })
})

it('count on in the old hierarchies as well', async () => {
  machine.write({ ...v1Files(''), ...v1Files(WEB) })
  expect(await kills(WEB)).toBe(1)
  machine.remove(`cgroup/memory${WEB}`)
  machine.remove(`cgroup/cpu,cpuacct${WEB}`)
  machine.write(v1Files(WEB))
  expect(await kills(WEB)).toBe(2)
})
